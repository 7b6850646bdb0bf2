"""The spike-timing rule of Diehl and Cook."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from neurarium.core import part
from neurarium.core.errors import check_finite, check_positive
from neurarium.core.units import decay
from neurarium.plasticity._rule import AbstractRule
from neurarium.plasticity._traces import Bounds, bounded, check_bounds, mean_product


class DiehlCookSTDPState(NamedTuple):
    """Traces of the last spike of either side, ``(batch, units)``; the slow one is postsynaptic."""

    pre: Tensor
    post: Tensor
    slow: Tensor


@part(
    summary="STDP that grows when a neuron fires twice in a row on the same input; only last spikes count.",
    paper="doi:10.3389/fncom.2015.00099",
    tags=("local", "unsupervised", "spiking"),
)
@dataclass(frozen=True, kw_only=True)
class DiehlCookSTDP(AbstractRule[DiehlCookSTDPState]):
    """Triplet rule of nearest spikes, whose weights are scaled to a fixed sum between images.

    ``W = [W - a_minus mean_b m o s_preᵀ];  W = [W + a_plus mean_b m (s_post u) rᵀ]``, cut off at `bounds` each time.

    r (pre, `tau_plus_ms`), o (post, `tau_minus_ms`) and u (post, `tau_slow_ms`) are what earlier spikes left: each
    fades by ``exp(-dt / tau)`` and is *set* to one by a spike. Unlike :class:`TripletSTDP` no trace can pile up.

    Args:
        a_plus: growth at a postsynaptic spike.
        a_minus: loss at a presynaptic spike; negative grows, as in the code of Hussaini et al. (arXiv:2109.06452).
        tau_plus_ms: time constant of r.
        tau_minus_ms: time constant of o.
        tau_slow_ms: time constant of u.
        dt_ms: length of one step.
        bounds: least and largest weight; None leaves them free.
        total_weight: sum of a unit's incoming weights after :meth:`normalised`.

    Example:
        >>> rule, on, off = DiehlCookSTDP(a_plus=1.0, dt_ms=20.0), torch.ones(1, 1), torch.zeros(1, 1)
        >>> w, state = rule.step(on, on, torch.zeros(1, 1), rule.init_state(torch.zeros(1, 1)))
        >>> round(rule.step(off, on, w, state)[0].item(), 4)              # exp(-20 / 20) · exp(-20 / 40)
        0.2231

    Paper: Diehl and Cook 2015, Frontiers in Computational Neuroscience 9:99, and its code.
    """

    a_plus: float = 1e-2
    a_minus: float = 1e-4
    tau_plus_ms: float = 20.0
    tau_minus_ms: float = 20.0
    tau_slow_ms: float = 40.0
    dt_ms: float = 0.1
    bounds: Bounds | None = (0.0, 1.0)
    total_weight: float = 78.0

    def __post_init__(self) -> None:
        check_finite("DiehlCookSTDP", a_plus=self.a_plus, a_minus=self.a_minus)
        check_positive(
            "DiehlCookSTDP",
            tau_plus_ms=self.tau_plus_ms,
            tau_minus_ms=self.tau_minus_ms,
            tau_slow_ms=self.tau_slow_ms,
            dt_ms=self.dt_ms,
            total_weight=self.total_weight,
        )
        check_bounds("DiehlCookSTDP", self.bounds)

    def init_state(self, w: Float[Tensor, "post pre"]) -> DiehlCookSTDPState:
        """No spike yet."""
        pre, post = w.new_zeros(1, w.shape[1]), w.new_zeros(1, w.shape[0])
        return DiehlCookSTDPState(pre, post, post)

    def normalised(self, w: Float[Tensor, "post pre"]) -> Float[Tensor, "post pre"]:
        """`w` with the incoming weights of each unit scaled to `total_weight`; units without any stay so."""
        total = w.sum(1, keepdim=True)
        return w * torch.where(total > 0, self.total_weight / total, 0.0)

    def step(
        self,
        pre: Float[Tensor, "batch pre"],
        post: Float[Tensor, "batch post"],
        w: Float[Tensor, "post pre"],
        state: DiehlCookSTDPState,
        modulator: Float[Tensor, " batch"] | None = None,
    ) -> tuple[Float[Tensor, "post pre"], DiehlCookSTDPState]:
        """One step of time; `pre` and `post` are spikes."""
        r, o, u = (
            decay(self.dt_ms, tau) * trace + torch.zeros_like(spikes)
            for tau, trace, spikes in (
                (self.tau_plus_ms, state.pre, pre),
                (self.tau_minus_ms, state.post, post),
                (self.tau_slow_ms, state.slow, post),
            )
        )
        w = bounded(w - self.a_minus * mean_product(o, pre, modulator), self.bounds)
        w = bounded(w + self.a_plus * mean_product(post * u, r, modulator), self.bounds)
        fired = (torch.where(s > 0, 1.0, t).to(t) for s, t in ((pre, r), (post, o), (post, u)))
        return w, DiehlCookSTDPState(*fired)
