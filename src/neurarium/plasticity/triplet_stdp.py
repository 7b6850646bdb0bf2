"""Spike-timing-dependent plasticity of triplets of spikes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from jaxtyping import Float
from torch import Tensor

from neurarium.core import part
from neurarium.core.errors import bad, check_positive
from neurarium.core.units import decay
from neurarium.plasticity._rule import AbstractRule
from neurarium.plasticity._traces import Bounds, advance, bounded, check_bounds, mean_product
from neurarium.plasticity._triplet_fits import TRIPLET_FITS, TripletFit


class TripletSTDPState(NamedTuple):
    """Fast and slow traces of the spikes on either side, ``(batch, units)``."""

    r1: Tensor
    r2: Tensor
    o1: Tensor
    o2: Tensor


@part(
    summary="STDP whose growth needs a recent spike of the neuron itself, so that it depends on the rate.",
    paper="doi:10.1523/JNEUROSCI.1425-06.2006",
    tags=("local", "unsupervised", "spiking"),
)
@dataclass(frozen=True, kw_only=True)
class TripletSTDP(AbstractRule[TripletSTDPState]):
    """Triplet rule: a fast and a slow trace on each side, all spikes interact.

    ``ΔW = lr · mean_b m_b (s_post (a2_plus + a3_plus o2) r1ᵀ - o1 (s_pre (a2_minus + a3_minus r2))ᵀ)``

    The traces are what *earlier* spikes left; those of pre fade with tau_plus (r1) and tau_x (r2), those of post with
    tau_minus (o1) and tau_y (o2), and each spike then adds one. Unlike a pair rule it tells 40 Hz from 1 Hz: in visual
    cortex growth comes from triplets alone, and at high rates post before pre strengthens too.

    Args:
        fit: amplitudes and time constants; :data:`TRIPLET_FITS` holds the published ones.
        lr: factor on both amplitudes.
        dt_ms: length of one step.
        bounds: least and largest weight; None leaves them free.

    Raises:
        NeurariumError: for numbers out of range.

    Example:
        >>> import torch
        >>> rule, on, w = TripletSTDP(fit=TRIPLET_FITS["hippocampus"]), torch.ones(1, 1), torch.zeros(1, 1)
        >>> w, state = rule.step(on, on, w, rule.init_state(w))       # nothing before, so nothing yet
        >>> w.item()
        0.0

    Paper: Pfister and Gerstner 2006, Journal of Neuroscience 26:9673, equations 2 to 4.
    """

    fit: TripletFit = TRIPLET_FITS["visual cortex"]
    lr: float = 1.0
    dt_ms: float = 1.0
    bounds: Bounds | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.fit, TripletFit):
            raise bad("TripletSTDP", "fit", "be a TripletFit", self.fit, "TRIPLET_FITS holds published ones.")
        check_positive("TripletSTDP", lr=self.lr, dt_ms=self.dt_ms)
        check_bounds("TripletSTDP", self.bounds)

    def init_state(self, w: Float[Tensor, "post pre"]) -> TripletSTDPState:
        """No spike yet."""
        pre, post = w.new_zeros(1, w.shape[1]), w.new_zeros(1, w.shape[0])
        return TripletSTDPState(pre, pre, post, post)

    def step(
        self,
        pre: Float[Tensor, "batch pre"],
        post: Float[Tensor, "batch post"],
        w: Float[Tensor, "post pre"],
        state: TripletSTDPState,
        modulator: Float[Tensor, " batch"] | None = None,
    ) -> tuple[Float[Tensor, "post pre"], TripletSTDPState]:
        """One step of time; `pre` and `post` are spikes."""
        fit = self.fit
        r1, r1_next = advance(state.r1, pre, decay(self.dt_ms, fit.tau_plus_ms))
        r2, r2_next = advance(state.r2, pre, decay(self.dt_ms, fit.tau_x_ms))
        o1, o1_next = advance(state.o1, post, decay(self.dt_ms, fit.tau_minus_ms))
        o2, o2_next = advance(state.o2, post, decay(self.dt_ms, fit.tau_y_ms))
        growth = mean_product(post * (fit.a2_plus + fit.a3_plus * o2), r1, modulator)
        loss = mean_product(o1, pre * (fit.a2_minus + fit.a3_minus * r2), modulator)
        w = bounded(w + self.lr * (growth - loss), self.bounds)
        return w, TripletSTDPState(r1_next, r2_next, o1_next, o2_next)
