"""A learning rate that is a need of the learner."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from neurarium.core import part
from neurarium.core.errors import check_count, check_fraction, check_positive


class HomeostaticRateState(NamedTuple):
    """`rate`: learning rate of each learner."""

    rate: Tensor


@part(
    summary="A learning rate that what is perceived raises or lowers, taken where a short simulation gains by it.",
    paper="arxiv:2205.08645",
    tags=("homeostasis", "learning-rate"),
)
@dataclass(frozen=True, kw_only=True)
class HomeostaticRate:
    """Stimuli of classes from `first_exciting` on raise the rate of the learner that takes them, the others lower it.

    ``offer(class) = max(rate ± change · lr, floor)``, + for an exciting class
    ``rate' = offer(true class) if moved > kept else rate``

    The learner simulates one update twice: at its rate, and at the rate offered for the class that it *believes* it
    sees. `kept` and `moved` are the accuracies on recent samples after either. If moving is better it takes the
    stimulus, but then the *true* class moves the rate, so that a wrong belief can hurt. Only accuracies and classes
    are seen; any number of learners at once.

    Args:
        lr: rate at the start.
        change: one move, as a share of `lr`.
        first_exciting: first class that raises the rate.
        floor: smallest rate.

    Raises:
        NeurariumError: for numbers out of range.

    Example:
        >>> rule = HomeostaticRate(lr=0.1)
        >>> state = rule.init_state(torch.zeros(2))
        >>> kept, moved = torch.tensor([0.5, 0.5]), torch.tensor([0.6, 0.5])       # only the first gains
        >>> rule.step(torch.tensor([7, 7]), kept, moved, state).rate.tolist()
        [0.10999999940395355, 0.10000000149011612]

    Paper: Man, Damasio and Neven 2022, arXiv:2205.08645.
    """

    lr: float = 1e-3
    change: float = 0.1
    first_exciting: int = 5
    floor: float = 1e-8

    def __post_init__(self) -> None:
        check_positive("HomeostaticRate", lr=self.lr, floor=self.floor)
        check_fraction("HomeostaticRate", change=self.change)
        check_count("HomeostaticRate", first_exciting=self.first_exciting, least=0)

    def init_state(self, like: Float[Tensor, "*learners"]) -> HomeostaticRateState:
        """Every learner at the first rate."""
        return HomeostaticRateState(torch.full_like(like, self.lr))

    def offer(self, classes: Int[Tensor, "*learners"], state: HomeostaticRateState) -> Float[Tensor, "*learners"]:
        """The rate of each learner if a stimulus of that class were taken."""
        sign = torch.where(classes >= self.first_exciting, 1.0, -1.0).to(state.rate)
        return (state.rate + sign * self.change * self.lr).clamp_min(self.floor)

    def step(
        self,
        classes: Int[Tensor, "*learners"],
        kept: Float[Tensor, "*learners"],
        moved: Float[Tensor, "*learners"],
        state: HomeostaticRateState,
    ) -> HomeostaticRateState:
        """Take the stimuli, of these true classes, by which the simulation gained."""
        return HomeostaticRateState(torch.where(moved > kept, self.offer(classes, state), state.rate))
