"""The network of Izhikevich's paper: a thousand cells that find rhythms of their own."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from neurarium.core import AbstractDynamics, Rng, part
from neurarium.core.errors import bad, check_count, check_not_negative, check_positive
from neurarium.core.surrogate import Surrogate
from neurarium.nets.spiking import _izhikevich_kernels as kernels
from neurarium.nets.spiking._spike_list import SpikeList
from neurarium.neurons import Izhikevich, IzhikevichState
from neurarium.synapses import Dense


class IzhikevichNetworkState(NamedTuple):
    """`cells`: potential and recovery of all units; `current`: what the last spikes bring to the next step."""

    cells: IzhikevichState
    current: Tensor


@part(
    summary="All-to-all network of 4 regular-spiking to 1 fast-spiking Izhikevich cell, driven by noise.",
    paper="doi:10.1109/TNN.2003.820440",
    tags=("spiking", "biophysical", "differentiable"),
    example=dict(n_units=4, noise_std=20.0),
)
class IzhikevichNetwork(AbstractDynamics[IzhikevichNetworkState]):
    """Heterogeneous cells, each reaching all: weights uniform in (0, w_exc), and in (-w_inh, 0) from inhibitory cells.

    ``z, cells = Izhikevich(s x + current);  current = W z``, at every step. Cells lie between types by a draw r in
    (0, 1): ``c = -65 + 15 r²,  d = 8 - 6 r²`` (regular to chattering), ``a = 0.02 + 0.08 r,  b = 0.25 - 0.05 r`` if
    they inhibit. The published input x is standard normal: :meth:`noise` draws it, and :meth:`simulate` runs network
    and noise as one compiled loop. Every noise is a hash of its step and unit, so both ways see the same.

    Args:
        n_units: units; the first four fifths are excitatory.
        w_exc: largest excitatory weight.
        w_inh: largest inhibitory weight, as a size.
        noise_std: s of excitatory cells, the current for an input of 1; two fifths of it for inhibitory ones.
        dt_ms: length of one step.
        surrogate: pseudo-derivative of the spike, as in :class:`Izhikevich`.
        rng: streams ``cells``, ``weights`` and ``noise``.

    Example:
        >>> net = IzhikevichNetwork(rng=Rng(0))
        >>> spikes, state = net.simulate(1000, net.init_state(torch.zeros(1000)))
        >>> 4 < len(spikes.units) / 1000 < 12                                     # Hz
        True

    Paper: Izhikevich 2003, IEEE Transactions on Neural Networks 14, 1569-1572.
    """

    def __init__(
        self,
        *,
        n_units: int = 1000,
        w_exc: float = 0.5,
        w_inh: float = 1.0,
        noise_std: float = 5.0,
        dt_ms: float = 1.0,
        surrogate: Surrogate | None = None,
        rng: Rng,
    ) -> None:
        super().__init__()
        check_count("IzhikevichNetwork", least=3, n_units=n_units)
        check_positive("IzhikevichNetwork", w_exc=w_exc, w_inh=w_inh)
        check_not_negative("IzhikevichNetwork", noise_std=noise_std)
        self.n_units, n_exc = n_units, round(0.8 * n_units)
        self.key = np.uint64(rng.numpy("noise").integers(2**63))
        r = torch.rand(n_units, generator=rng("cells"), dtype=torch.float64)
        inhibits = torch.arange(n_units) >= n_exc
        laws = dict(
            a=torch.where(inhibits, 0.02 + 0.08 * r, 0.02),
            b=torch.where(inhibits, 0.25 - 0.05 * r, 0.2),
            c_mv=torch.where(inhibits, -65.0, -65 + 15 * r**2),
            d=torch.where(inhibits, 2.0, 8 - 6 * r**2),
        )
        self.cells = Izhikevich(dt_ms=dt_ms, surrogate=surrogate)
        for name, values in laws.items():  # the part's equations are elementwise: a number a unit serves as well
            delattr(self.cells, name)
            self.cells.register_buffer(name, values.to(torch.get_default_dtype()))
        self.register_buffer("scale", torch.where(inhibits, 0.4 * noise_std, noise_std))
        self.synapses = Dense(n_pre=n_units, n_post=n_units, rng=rng)
        draw = torch.rand(n_units, n_units, generator=rng("weights"), dtype=torch.float64)
        self.synapses.weight.data.copy_(draw * torch.where(inhibits, -w_inh, w_exc))

    def init_state(self, like: Float[Tensor, "*batch units"]) -> IzhikevichNetworkState:
        """The published start: ``v = -65``, ``u = b v``."""
        v = torch.full_like(like, -65.0)
        return IzhikevichNetworkState(IzhikevichState(v, self.cells.b.to(v) * v), torch.zeros_like(like))

    def step(
        self, x: Float[Tensor, "*batch units"], state: IzhikevichNetworkState
    ) -> tuple[Float[Tensor, "*batch units"], IzhikevichNetworkState]:
        """Cells, spikes, then the current these bring."""
        z, cells = self.cells.step(self.scale * x + state.current, state.cells)
        return z, IzhikevichNetworkState(cells, self.synapses(z))

    def noise(self, n_steps: int, *, first_step: int = 0) -> Float[Tensor, "time units"]:
        """The input of steps `first_step` on; the same numbers however the steps are split into calls."""
        return kernels.normals(self.key, n_steps, self.n_units, first_step).to(self.synapses.weight)

    @torch.no_grad()
    def simulate(
        self, n_steps: int, state: IzhikevichNetworkState, *, first_step: int = 0
    ) -> tuple[SpikeList, IzhikevichNetworkState]:
        """Run one trial under :meth:`noise` in a single compiled loop: the spikes of the stepped form, no gradients.

        Raises:
            NeurariumError: unless network and state are on the CPU, in one precision, the state without a batch.
        """
        check_count("simulate", n_steps=n_steps)
        (v, u), current = state
        weight = self.synapses.weight
        if v.ndim != 1 or weight.device.type != "cpu" or v.dtype != weight.dtype:
            must = "be one trial, on the CPU, in the precision of the weights"
            raise bad("IzhikevichNetwork", "state", must, v.dtype)
        laws = [getattr(self.cells, name).numpy() for name in ("a", "b", "c_mv", "d")]
        rows = weight.detach().mT.contiguous().numpy()
        half_dt = rows.dtype.type(0.5 * self.cells.dt_ms)
        noise = (self.key, self.scale.numpy(), first_step)
        v, u, current, steps, units = kernels.run(v, u, current, (*laws, rows, half_dt), noise, n_steps)
        return SpikeList(steps, units), IzhikevichNetworkState(IzhikevichState(v, u), current)
