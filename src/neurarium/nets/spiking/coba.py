"""The conductance-based balanced network of Vogels and Abbott."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from neurarium.core import Rng, part, spike
from neurarium.core.surrogate import Surrogate
from neurarium.nets.spiking import _balanced_kernels as kernels
from neurarium.nets.spiking._balanced import TAU_MEM_MS, THRESHOLD_MV, AbstractBalancedNetwork, BalancedState

REVERSAL_EXC_MV, REVERSAL_INH_MV = 60.0, -20.0  # above the reset, which is where the leak pulls to


@part(
    summary="Balanced network of 4 excitatory units to 1 inhibitory with conductance-based synapses.",
    paper="doi:10.1007/s10827-007-0038-6",
    tags=("spiking", "biophysical", "sparse", "differentiable"),
    example=dict(n_units=4, p_connect=0.5, refractory_ms=10.0, dt_ms=10.0),
)
class COBA(AbstractBalancedNetwork):
    """Leaky units with exponential conductances; once started the network keeps firing without any input.

    ``20 ms dv/dt = -v + (g_exc + x) (60 - v) + g_inh (-20 - v)`` in mV above the reset; at ``v >= 10`` a spike, v = 0
    and silence. ``5 ms dg_exc/dt = -g_exc;  10 ms dg_inh/dt = -g_inh``; a spike adds w_exc or w_inh.

    The potential is exact for conductances held over the step (exponential Euler), conductances are exact. Built of
    :class:`Sparse` and :class:`Exponential`; :meth:`simulate` runs the same network as one compiled loop. Conductances,
    and the input x to the excitatory ones, are in units of the leak's; the output is the spikes.

    Args:
        n_units: units; the first four fifths are excitatory.
        p_connect: chance that a unit reaches another. The default weights are made for 80 synapses a unit.
        w_exc: jump of the conductance at an excitatory spike.
        w_inh: the same at an inhibitory spike.
        refractory_ms: silence after a spike, in which the potential stays.
        dt_ms: length of one step.
        surrogate: pseudo-derivative of the spike, of ``v - 10``; default ``ATan(width=5)``.
        rng: children ``exc`` and ``inh`` draw the connections.

    Example:
        >>> net = COBA(rng=Rng(0))
        >>> spikes, state = net.simulate(2000, net.draw_state(rng=Rng(0)))      # 200 ms
        >>> 10 < len(spikes.units) / 4000 / 0.2 < 30                            # Hz
        True

    Paper: Brette et al. 2007, benchmark 1, after Vogels and Abbott 2005, doi:10.1523/JNEUROSCI.3508-05.2005.
    """

    kernel = staticmethod(kernels.run_coba)

    def __init__(
        self,
        *,
        n_units: int = 4000,
        p_connect: float = 0.02,
        w_exc: float = 0.6,
        w_inh: float = 6.7,
        refractory_ms: float = 5.0,
        dt_ms: float = 0.1,
        surrogate: Surrogate | None = None,
        rng: Rng,
    ) -> None:
        given = dict(n_units=n_units, p_connect=p_connect, w_exc=w_exc, w_inh=w_inh, refractory_ms=refractory_ms)
        super().__init__(**given, dt_ms=dt_ms, surrogate=surrogate, rng=rng)

    def draw_state(self, *, rng: Rng) -> BalancedState:
        """The published start of one trial: normal potentials and conductances (stream ``start``)."""
        draw = torch.randn(3, self.n_units, generator=rng("start"), dtype=torch.float64)
        mean, std = torch.tensor([[-5.0], [4.0], [20.0]]), torch.tensor([[5.0], [1.5], [12.0]])
        return self._state(*(mean + std * draw).to(next(self.parameters()).dtype).unbind(0))

    def _signed(self, w_inh: float) -> float:
        return w_inh

    def _cells(self, x: Tensor, state: BalancedState) -> tuple[Tensor, Tensor, Tensor]:
        g_exc, dt = state.g_exc + x, self.dt_ms / TAU_MEM_MS
        b = -(1 + g_exc + state.g_inh) * dt
        a = (REVERSAL_EXC_MV * g_exc + REVERSAL_INH_MV * state.g_inh) * dt
        is_open = state.left == 0
        v = torch.where(is_open, state.v + (a + b * state.v) * _phi(b), state.v)
        z = is_open * spike(v - THRESHOLD_MV, self.surrogate)
        left = (state.left - 1).clamp_min(0) + self.refractory_steps * (z.detach() > 0)
        return z, (1 - z) * v, left

    def _law(self) -> dict[str, float]:
        reversals = dict(reversal_exc=REVERSAL_EXC_MV, reversal_inh=REVERSAL_INH_MV)
        return dict(dt=self.dt_ms / TAU_MEM_MS, threshold=THRESHOLD_MV, **reversals)


def _phi(b: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    """``φ(b) = (exp(b) - 1) / b``, near 0 by its series, as the compiled loop has it."""
    is_far = b.abs() >= kernels.FAR
    x, far = torch.where(is_far, 0.0, 0.25 * b), torch.where(is_far, b, 1.0)
    p = torch.full_like(b, kernels.PHI[-1])
    for c in kernels.PHI[-2::-1]:
        p = c + x * p
    p = p * (1 + 0.5 * x * p)
    p = p * (1 + x * p)
    return torch.where(is_far, torch.expm1(far) / far, p)
