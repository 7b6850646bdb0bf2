"""Spike-timing-dependent plasticity of pairs of spikes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from jaxtyping import Float
from torch import Tensor

from neurarium.core import part
from neurarium.core.errors import check_finite, check_positive
from neurarium.core.units import decay
from neurarium.plasticity._rule import AbstractRule
from neurarium.plasticity._traces import Bounds, advance, bounded, check_bounds, mean_product


class PairSTDPState(NamedTuple):
    """`pre` and `post`: traces of the spikes on either side, ``(batch, units)``."""

    pre: Tensor
    post: Tensor


@part(
    summary="A synapse grows when its spike comes before the neuron's and shrinks when it comes after.",
    paper="doi:10.1038/78829",
    tags=("local", "unsupervised", "spiking"),
)
@dataclass(frozen=True, kw_only=True)
class PairSTDP(AbstractRule[PairSTDPState]):
    """Additive STDP: all pairs of spikes count, by one trace on each side.

    ``ΔW = mean_b m_b (a_plus · s_post rᵀ - a_minus · o s_preᵀ)``, where r and o are the traces that *earlier* spikes of
    the two sides left: ``r = exp(-dt / tau_plus) r + s_pre`` and ``o = exp(-dt / tau_minus) o + s_post`` afterwards.

    Two spikes with ``Δt = t_post - t_pre`` change W by ``a_plus exp(-Δt / tau_plus)`` if ``Δt > 0``, by
    ``-a_minus exp(Δt / tau_minus)`` if ``Δt < 0``, and not at all if they fall into one step.

    Args:
        a_plus: largest growth by one pair.
        a_minus: largest loss by one pair; negative amplitudes turn the window around.
        tau_plus_ms: time constant of the presynaptic trace.
        tau_minus_ms: time constant of the postsynaptic trace.
        dt_ms: length of one step.
        bounds: least and largest weight; None leaves them free.
        is_depression_modulated: the modulator scales the loss alone, as an astrocyte does.

    Example:
        >>> import torch
        >>> rule, on, off, w = PairSTDP(a_plus=1.0), torch.ones(1, 1), torch.zeros(1, 1), torch.zeros(1, 1)
        >>> w, state = rule.step(on, off, w, rule.init_state(w))      # first the synapse, one step later the neuron
        >>> round(rule.step(off, on, w, state)[0].item(), 4)
        0.9512

    Paper: Song, Miller and Abbott 2000, Nature Neuroscience 3:919.
    """

    a_plus: float = 0.01
    a_minus: float = 0.0105
    tau_plus_ms: float = 20.0
    tau_minus_ms: float = 20.0
    dt_ms: float = 1.0
    bounds: Bounds | None = None
    is_depression_modulated: bool = False

    def __post_init__(self) -> None:
        check_finite("PairSTDP", a_plus=self.a_plus, a_minus=self.a_minus)
        check_positive("PairSTDP", tau_plus_ms=self.tau_plus_ms, tau_minus_ms=self.tau_minus_ms, dt_ms=self.dt_ms)
        check_bounds("PairSTDP", self.bounds)

    def init_state(self, w: Float[Tensor, "post pre"]) -> PairSTDPState:
        """No spike yet."""
        return PairSTDPState(w.new_zeros(1, w.shape[1]), w.new_zeros(1, w.shape[0]))

    def step(
        self,
        pre: Float[Tensor, "batch pre"],
        post: Float[Tensor, "batch post"],
        w: Float[Tensor, "post pre"],
        state: PairSTDPState,
        modulator: Float[Tensor, " batch"] | None = None,
    ) -> tuple[Float[Tensor, "post pre"], PairSTDPState]:
        """One step of time; `pre` and `post` are spikes."""
        r, r_next = advance(state.pre, pre, decay(self.dt_ms, self.tau_plus_ms))
        o, o_next = advance(state.post, post, decay(self.dt_ms, self.tau_minus_ms))
        growth = mean_product(post, r, None if self.is_depression_modulated else modulator)
        loss = mean_product(o, pre, modulator)
        return bounded(w + self.a_plus * growth - self.a_minus * loss, self.bounds), PairSTDPState(r_next, o_next)
