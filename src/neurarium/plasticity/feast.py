"""Feature learning from events with a selection threshold for each unit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, no_type_check

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor

from neurarium.core import Rng, part
from neurarium.core.errors import bad, check_count, check_fraction, check_not_negative
from neurarium.core.kernels import compiled
from neurarium.plasticity._rule import AbstractRule


class FeastState(NamedTuple):
    """`threshold`: cosine from which each unit takes an event."""

    threshold: Tensor


@part(
    summary="Units compete for events, each above a threshold that rises when it wins and falls when all miss (FEAST).",
    paper="arxiv:1907.07853",
    tags=("local", "unsupervised", "competitive", "homeostatic", "events"),
)
@dataclass(frozen=True, kw_only=True)
class Feast(AbstractRule[FeastState]):
    """Rows of `w` become features of unit length that occur about equally often; event by event.

    Of the units with ``cos_k = w_k · s >= θ_k`` the one with the largest cosine wins the event, a unit vector s:
    ``w_k = (1 - lr) w_k + lr · s,  scaled to unit length;  θ_k = θ_k + rise``. If there is none the event is missed:
    ``θ_j = θ_j - fall`` for all j. Once thresholds settle, every unit wins ``fall / rise`` times as often as events
    are missed, so that of all events the share ``1 / (1 + n_units · fall / rise)`` is.

    Args:
        lr: share of the event in the winner's new weights.
        rise: rise of the winner's threshold.
        fall: fall of all thresholds when an event is missed.

    Raises:
        NeurariumError: for numbers out of range.

    Example:
        >>> rule, s = Feast(), torch.nn.functional.normalize(torch.rand(500, 9, generator=Rng(0)("events")))
        >>> w, state = rule.start(n_units=4, n_inputs=9, rng=Rng(0))
        >>> w, state, winner = rule.learn(s, w, state)     # -1 is a missed event
        >>> w.shape, winner.min().item(), winner.max().item()
        (torch.Size([4, 9]), -1, 3)

    Paper: Afshar et al. 2020, Sensors 20(6):1600, arXiv:1907.07853.
    """

    lr: float = 0.001
    rise: float = 0.001
    fall: float = 0.003

    def __post_init__(self) -> None:
        check_fraction("Feast", lr=self.lr)
        check_not_negative("Feast", rise=self.rise, fall=self.fall)

    def init_state(self, w: Float[Tensor, "post pre"]) -> FeastState:
        """Thresholds of 1, which nothing reaches: the first events make them fall, as in the first author's code."""
        return FeastState(torch.ones_like(w[:, 0]))

    def start(self, *, n_units: int, n_inputs: int, rng: Rng) -> tuple[Float[Tensor, "post pre"], FeastState]:
        """Positive random rows of unit length, from stream ``"weights"``, and their state."""
        check_count("Feast.start", n_units=n_units, n_inputs=n_inputs)
        draw = torch.rand(n_units, n_inputs, generator=rng("weights"), dtype=torch.float64)
        w = torch.nn.functional.normalize(draw, dim=1).to(torch.get_default_dtype())
        return w, self.init_state(w)

    def respond(self, pre: Float[Tensor, "*batch pre"], w: Float[Tensor, "post pre"]) -> Float[Tensor, "*batch post"]:
        """The units' answer to events of unit length: their cosines."""
        return pre @ w.mT

    def step(
        self,
        pre: Float[Tensor, "batch pre"],
        post: Float[Tensor, "batch post"],
        w: Float[Tensor, "post pre"],
        state: FeastState,
        modulator: Float[Tensor, " batch"] | None = None,
    ) -> tuple[Float[Tensor, "post pre"], FeastState]:
        """Take the events of a batch in order, their cosines `post` as given; the modulator scales all three rates.

        With one event a step this is the paper's rule; in a longer batch cosines are those of the weights at its
        beginning, while thresholds move on from event to event. :meth:`learn` has no such delay.
        """
        return self._present(pre, post, w, state, modulator)[:2]

    def learn(
        self, pre: Float[Tensor, "events pre"], w: Float[Tensor, "post pre"], state: FeastState
    ) -> tuple[Float[Tensor, "post pre"], FeastState, Int64[Tensor, " events"]]:
        """A step for every event of a stream, compiled; also gives the unit that won each event, -1 if missed."""
        return self._present(pre, None, w, state, None)

    def _present(
        self, pre: Tensor, post: Tensor | None, w: Tensor, state: FeastState, modulator: Tensor | None
    ) -> tuple[Tensor, FeastState, Tensor]:
        if pre.ndim != 2 or pre.shape[1] != w.shape[1]:
            raise bad("Feast", "pre", f"be (events, {w.shape[1]})", tuple(pre.shape))
        gain = pre.new_ones(len(pre)) if modulator is None else modulator
        events, cosines, gains = (
            np.ascontiguousarray(x.detach().to("cpu", w.dtype).numpy())
            for x in (pre, pre[:0] if post is None else post, gain)
        )
        rows, threshold = (x.detach().cpu().numpy().copy() for x in (w, state.threshold))
        winner = np.empty(len(pre), np.int64)
        _compete(events, cosines, gains, rows, threshold, self.lr, self.rise, self.fall, winner)
        after = FeastState(torch.from_numpy(threshold).to(w))
        return torch.from_numpy(rows).to(w), after, torch.from_numpy(winner).to(w.device)


@compiled()
@no_type_check
def _compete(events, cosines, gains, w, threshold, lr, rise, fall, winner):
    n_units, n_inputs = w.shape
    for i in range(len(events)):
        best, largest = -1, -np.inf
        for k in range(n_units):
            if len(cosines) > 0:
                cosine = cosines[i, k]
            else:
                cosine = w[k, 0] * events[i, 0]
                for j in range(1, n_inputs):
                    cosine += w[k, j] * events[i, j]
            if cosine >= threshold[k] and cosine > largest:
                best, largest = k, cosine
        winner[i] = best
        if best < 0:
            threshold -= gains[i] * fall
            continue
        threshold[best] += gains[i] * rise
        rate, square = gains[i] * lr, 0.0
        for j in range(n_inputs):
            w[best, j] = (1 - rate) * w[best, j] + rate * events[i, j]
            square += w[best, j] ** 2
        w[best] /= np.sqrt(square)
