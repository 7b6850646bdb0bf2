"""The current-based balanced network of Vogels and Abbott."""

from __future__ import annotations

import torch
from torch import Tensor

from neurarium.core import Rng, part
from neurarium.core.surrogate import Surrogate
from neurarium.core.units import decay
from neurarium.nets.spiking import _balanced_kernels as kernels
from neurarium.nets.spiking._balanced import (
    TAU_EXC_MS,
    TAU_INH_MS,
    TAU_MEM_MS,
    THRESHOLD_MV,
    AbstractBalancedNetwork,
    BalancedState,
)
from neurarium.neurons import LIF, HardReset, LIFState, Refractory, RefractoryState

DRIVE_MV = 11.0  # where the leak pulls to, above the reset


@part(
    summary="Balanced network of 4 excitatory units to 1 inhibitory with current-based synapses: irregular by itself.",
    paper="doi:10.1007/s10827-007-0038-6",
    tags=("spiking", "biophysical", "sparse", "differentiable"),
    example=dict(n_units=4, p_connect=0.5, refractory_ms=10.0, dt_ms=10.0),
)
class CUBA(AbstractBalancedNetwork):
    """Leaky units with exponential currents, driven above threshold and held back by each other.

    ``20 ms dv/dt = 11 + x + g_exc + g_inh - v`` in mV above the reset; at ``v >= 10`` a spike, v = 0 and silence.
    ``5 ms dg_exc/dt = -g_exc;  10 ms dg_inh/dt = -g_inh``; a spike adds w_exc or takes w_inh. Integrated exactly.

    Built of :class:`Sparse`, :class:`Exponential`, :class:`LIF` and :class:`Refractory`; :meth:`simulate` runs the same
    network as one compiled loop. The input x is a current in mV, held over the step; the output the spikes.

    Args:
        n_units: units; the first four fifths are excitatory.
        p_connect: chance that a unit reaches another. The default weights are made for 80 synapses a unit.
        w_exc: jump of the current at an excitatory spike, in mV.
        w_inh: drop of the current at an inhibitory spike, in mV.
        refractory_ms: silence after a spike.
        dt_ms: length of one step.
        surrogate: pseudo-derivative of the spike, of ``v - 10``; default ``ATan(width=5)``.
        rng: children ``exc`` and ``inh`` draw the connections.

    Example:
        >>> net = CUBA(n_units=500, p_connect=0.16, rng=Rng(0))
        >>> spikes, state = net.simulate(3000, net.draw_state(rng=Rng(0)))      # 300 ms
        >>> 1 < len(spikes.units) / 500 / 0.3 < 20                              # Hz
        True

    Paper: Brette et al. 2007, benchmark 2, after Vogels and Abbott 2005, doi:10.1523/JNEUROSCI.3508-05.2005.
    """

    kernel = staticmethod(kernels.run_cuba)

    def __init__(
        self,
        *,
        n_units: int = 4000,
        p_connect: float = 0.02,
        w_exc: float = 1.62,
        w_inh: float = 9.0,
        refractory_ms: float = 5.0,
        dt_ms: float = 0.1,
        surrogate: Surrogate | None = None,
        rng: Rng,
    ) -> None:
        given = dict(n_units=n_units, p_connect=p_connect, w_exc=w_exc, w_inh=w_inh, refractory_ms=refractory_ms)
        super().__init__(**given, dt_ms=dt_ms, surrogate=surrogate, rng=rng)
        lif = LIF(
            tau_mem_ms=TAU_MEM_MS, dt_ms=dt_ms, threshold=THRESHOLD_MV, reset=HardReset(), surrogate=self.surrogate
        )
        self.cells = Refractory(neuron=lif, refractory_ms=refractory_ms, dt_ms=dt_ms)
        self.kappa_exc, self.kappa_inh = (
            tau_ms / (TAU_MEM_MS - tau_ms) * (lif.alpha - decay(dt_ms, tau_ms)) for tau_ms in (TAU_EXC_MS, TAU_INH_MS)
        )

    def draw_state(self, *, rng: Rng) -> BalancedState:
        """The published start of one trial: potentials uniform between reset and threshold (stream ``start``)."""
        v = THRESHOLD_MV * torch.rand(self.n_units, generator=rng("start"), dtype=torch.float64)
        v = v.to(next(self.parameters()).dtype)
        return self._state(v, torch.zeros_like(v), torch.zeros_like(v))

    def _signed(self, w_inh: float) -> float:
        return -w_inh

    def _cells(self, x: Tensor, state: BalancedState) -> tuple[Tensor, Tensor, Tensor]:
        by_synapses = self.kappa_exc * state.g_exc + self.kappa_inh * state.g_inh
        by_current = (1 - self.cells.neuron.alpha) * (DRIVE_MV + x)
        before = RefractoryState(LIFState(state.v), state.left)
        z, after = self.cells.step(by_synapses + by_current, before)
        return z, after.cell.v, after.left

    def _law(self) -> dict[str, float]:
        alpha = self.cells.neuron.alpha
        kappas = dict(kappa_exc=self.kappa_exc, kappa_inh=self.kappa_inh)
        return dict(alpha=alpha, drive=(1 - alpha) * DRIVE_MV, threshold=THRESHOLD_MV, **kappas)
