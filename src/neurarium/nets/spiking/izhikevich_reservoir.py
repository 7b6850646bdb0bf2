"""Reservoir of unlike spiking cells."""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import linear

from neurarium.core import AbstractDynamics, Rng, part, spike, unroll
from neurarium.core.errors import bad, check_count, check_not_negative, check_positive, unknown
from neurarium.core.units import decay
from neurarium.nets.spiking._izhikevich_sweep import can_sweep, sweep
from neurarium.neurons import IZHIKEVICH_PRESETS
from neurarium.neurons.izhikevich import PEAK_MV, START_MV

CORTICAL = ("regular_spiking", "intrinsically_bursting", "chattering", "fast_spiking")


class IzhikevichReservoirState(NamedTuple):
    """`v`: potential after the reset, in mV; `u`: recovery; `i_syn`: synaptic current from the last spikes."""

    v: Tensor
    u: Tensor
    i_syn: Tensor


@part(
    summary="Fixed sparse network of Izhikevich neurons of several kinds; only a read-out of it is learned.",
    paper="arxiv:2510.14382",
    tags=("spiking", "reservoir", "heterogeneous", "differentiable"),
    example=dict(n_inputs=3, n_units=12, kinds=("resonator",), n_connections=4, dt_ms=2.0),
)
class IzhikevichReservoir(AbstractDynamics[IzhikevichReservoirState]):
    """Izhikevich neurons of several kinds, joined at random; gives spikes.

    Each neuron is :class:`neurarium.neurons.Izhikevich` with its kind's constants, driven by ``W_in x + i``:
    ``i = exp(-dt / tau_syn) i + W_rec z``, so a spike acts from the next step on. Weights are fixed buffers.
    A cell may excite one cell and inhibit another. Where no gradient is asked for, a compiled sweep visits only the
    synapses of cells that fire. At 1 ms the potential overshoots its peak by up to a volt, and that leaves a mark on
    the recovery: trials differ by it. Steps of 0.25 ms repeat themselves better.

    Args:
        n_inputs, n_units: sizes; ``weight_in`` is uniform in [-1, 1): scale x to the current that is wanted.
        kinds: names in ``IZHIKEVICH_PRESETS``; each neuron's kind is drawn among them.
        n_connections: incoming recurrent connections of each neuron.
        gain: ``weight_rec`` is normal with standard deviation ``gain / sqrt(n_connections)``.
        tau_syn_ms: time constant of the synaptic current.
        dt_ms: length of one step.
        rng: streams ``"connections"``, ``"weights"`` and ``"kinds"``.

    Raises:
        NeurariumError: for numbers out of range, an unknown kind, or more connections than neurons.

    Example:
        >>> z, state = IzhikevichReservoir(n_inputs=1, n_units=50, rng=Rng(0))(20 * torch.ones(100, 4, 1))
        >>> z.shape, bool(z.sum() > 0)
        (torch.Size([100, 4, 50]), True)

    Paper: Yamada and Chao 2025; the neurons Izhikevich 2003, doi:10.1109/TNN.2003.820440.
    """

    def __init__(
        self,
        *,
        n_inputs: int,
        n_units: int,
        kinds: tuple[str, ...] = CORTICAL,
        n_connections: int = 20,
        gain: float = 1.0,
        tau_syn_ms: float = 20.0,
        dt_ms: float = 1.0,
        rng: Rng,
    ) -> None:
        super().__init__()
        owner, draw = "IzhikevichReservoir", rng("weights")
        check_count(owner, n_inputs=n_inputs, n_units=n_units, n_connections=n_connections)
        check_positive(owner, tau_syn_ms=tau_syn_ms, dt_ms=dt_ms)
        check_not_negative(owner, gain=gain)
        if n_connections > n_units:
            raise bad(owner, "n_connections", f"be at most n_units={n_units}", n_connections)
        if not kinds:
            raise bad(owner, "kinds", "name at least one kind of neuron", kinds)
        for kind in kinds:
            if kind not in IZHIKEVICH_PRESETS:
                raise unknown("kind of Izhikevich neuron", kind, IZHIKEVICH_PRESETS)
        self.n_units, self.dt_ms, self.kept = n_units, dt_ms, decay(dt_ms, tau_syn_ms)
        self.kinds = [kinds[i] for i in torch.randint(len(kinds), (n_units,), generator=rng("kinds")).tolist()]
        for name in ("a", "b", "c_mv", "d"):
            self.register_buffer(name, torch.tensor([IZHIKEVICH_PRESETS[kind][name] for kind in self.kinds]))
        sources = torch.rand(n_units, n_units, generator=rng("connections")).topk(n_connections).indices
        drawn = torch.randn(n_units, n_connections, generator=draw) * (gain / n_connections**0.5)
        self.register_buffer("weight_rec", torch.zeros(n_units, n_units).scatter_(1, sources, drawn))
        self.register_buffer("weight_in", 2 * torch.rand(n_units, n_inputs, generator=draw) - 1)

    def init_state(self, like: Float[Tensor, "*batch inputs"]) -> IzhikevichReservoirState:
        """The published start of every neuron: ``v = -65``, ``u = b v``; no synaptic current."""
        v = like.new_full((*like.shape[:-1], self.n_units), START_MV)
        return IzhikevichReservoirState(v, self.b * v, torch.zeros_like(v))

    def step(
        self, x: Float[Tensor, "*batch inputs"], state: IzhikevichReservoirState
    ) -> tuple[Float[Tensor, "*batch units"], IzhikevichReservoirState]:
        """Two half steps of the potential, one of the recovery, spike, reset; then the spikes reach the synapses."""
        return self._recur(linear(x, self.weight_in), state)

    def unroll(
        self, x: Float[Tensor, "time *batch inputs"], state: IzhikevichReservoirState
    ) -> tuple[Float[Tensor, "time *batch units"], IzhikevichReservoirState]:
        """Repeated `step`; where no gradient is asked for, by a sweep that visits only what fires."""
        drive, cells = linear(x, self.weight_in), (self.a, self.b, self.c_mv, self.d)
        if len(x) == 0 or not can_sweep(drive, *state, self.weight_rec, *cells):
            return unroll(self._recur, drive, state)
        spikes, last = sweep(self.weight_rec, cells, drive, state, self.kept, self.dt_ms)
        return spikes, IzhikevichReservoirState(*last)

    def _recur(self, drive: Tensor, state: IzhikevichReservoirState) -> tuple[Tensor, IzhikevichReservoirState]:
        v, u, current = state.v, state.u, drive + state.i_syn
        for _ in range(2):
            v = v + 0.5 * self.dt_ms * (0.04 * v**2 + 5 * v + 140 - u + current)
        u = u + self.dt_ms * self.a * (self.b * v - u)
        z = spike((v - PEAK_MV) / PEAK_MV)
        fired = z.detach()
        i_syn = self.kept * state.i_syn + linear(z, self.weight_rec)
        return z, IzhikevichReservoirState((1 - fired) * v + fired * self.c_mv, u + fired * self.d, i_syn)
