"""A goal, a delay, two ways on offer: which one leads nearer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pandas as pd
import torch

from neurarium.core.card import task
from neurarium.core.errors import check_count, check_not_negative
from neurarium.core.rng import Rng
from neurarium.tasks._trials import Trials, balanced

GOALS = (7, 9, 17, 19)
DIRECTIONS = "urdl"
PROBLEMS = (
    (9, "ul", "u"),
    (9, "rd", "r"),
    (19, "ld", "d"),
    (17, "rd", "d"),
    (17, "ul", "l"),
    (7, "ur", "u"),
    (19, "lr", "r"),
    (7, "lr", "l"),
)


@task(
    summary="One-choice inference in a maze: remember the goal, then choose the offered move that leads to it.",
    source="generated",
    paper="arxiv:2409.17693",
    tags=("cognitive", "trials", "memory"),
)
@dataclass(frozen=True, kw_only=True)
class OneChoiceMaze:
    """See a goal, wait, see two moves on offer, and take the one that leads to the goal.

    There are eight :data:`PROBLEMS` (goal, moves on offer, right move), equally frequent. Neither the goal alone
    (best score 1/2) nor the offer alone (5/8) tells the answer.

    Input channels: four goals (7, 9, 17, 19; one-hot), four moves (up, right, down, left; two on), with noise on all
    channels at every step. Classes: the four moves. Only the last step, period ``decision``, counts (mask). Table:
    goal, offer, move, answer.

    Args:
        goal_steps: steps in which the goal is shown.
        delay_steps: steps with noise alone; may be 0.
        choice_steps: steps in which the moves are offered.
        noise_std: standard deviation of the noise on every channel in one step.

    Raises:
        NeurariumError: for a number of steps that is no positive integer, or a negative noise.

    Example:
        >>> trials = OneChoiceMaze(goal_steps=8, delay_steps=4, choice_steps=8).draw(16, rng=Rng(0))
        >>> trials.inputs.shape, trials.table.groupby("goal").size().tolist()
        (torch.Size([20, 16, 8]), [4, 4, 4, 4])

    Paper: Sheeran et al. 2024, arXiv:2409.17693.
    """

    goal_steps: int = 20
    delay_steps: int = 10
    choice_steps: int = 20
    noise_std: float = 0.05

    classes: ClassVar[tuple[str, ...]] = tuple(DIRECTIONS)
    n_inputs: ClassVar[int] = len(GOALS) + len(DIRECTIONS)
    n_classes: ClassVar[int] = len(DIRECTIONS)

    def __post_init__(self) -> None:
        check_count("OneChoiceMaze", goal_steps=self.goal_steps, choice_steps=self.choice_steps)
        check_count("OneChoiceMaze", least=0, delay_steps=self.delay_steps)
        check_not_negative("OneChoiceMaze", noise_std=self.noise_std)

    def draw(self, n_trials: int, *, rng: Rng) -> Trials:
        """`n_trials` trials: streams ``trials`` (which problem) and ``noise``."""
        check_count("OneChoiceMaze.draw", n_trials=n_trials)
        (problem,) = balanced(n_trials, (len(PROBLEMS),), rng("trials"))
        table = pd.DataFrame([PROBLEMS[i] for i in problem], columns=["goal", "offer", "move"])
        table["answer"] = table.move.map(DIRECTIONS.index)
        goals = torch.tensor([[float(g == goal) for g in GOALS] for goal in table.goal])
        offers = torch.tensor([[float(d in offer) for d in DIRECTIONS] for offer in table.offer])

        choice = self.goal_steps + self.delay_steps
        n_steps = choice + self.choice_steps
        inputs = self.noise_std * torch.randn(n_steps, n_trials, self.n_inputs, generator=rng("noise"))
        inputs[: self.goal_steps, :, : len(GOALS)] += goals
        inputs[choice:, :, len(GOALS) :] += offers
        mask = torch.zeros(n_steps, n_trials)
        mask[-1] = 1
        periods = {
            "goal": (0, self.goal_steps),
            "delay": (self.goal_steps, choice),
            "choice": (choice, n_steps),
            "decision": (n_steps - 1, n_steps),
        }
        return Trials(inputs, torch.tensor(table.answer.to_numpy()).repeat(n_steps, 1), mask, table, periods)
