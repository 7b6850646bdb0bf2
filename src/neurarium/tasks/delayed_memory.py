"""Keep one of several items in mind over a delay."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd
import torch

from neurarium.core.card import task
from neurarium.core.errors import check_count, check_not_negative, check_positive
from neurarium.core.rng import Rng
from neurarium.tasks._trials import Periods, Trials, balanced, fixate_then_answer, shown_cue


@task(
    summary="Delayed memory: name, after a delay, the one of several items that was shown.",
    source="generated",
    tags=("cognitive", "trials", "memory"),
)
@dataclass(frozen=True, kw_only=True)
class DelayedMemory:
    """Fixate, see one of `n_items` items, wait without it, then name it.

    Input channels: fixation, then one for each item: 1 plus noise for the item shown, noise alone for the others, in
    the stimulus period only. Classes: 0 fixate, ``1 .. n_items`` the items. Table: item, answer. Items are equally
    frequent.

    Args:
        n_items: number of items, at least 2.
        periods: durations.
        dt_ms: duration of a step.
        noise_std: standard deviation of the noise on an item's channel in one step.

    Raises:
        NeurariumError: for fewer than 2 items, a negative noise, or durations that are no multiple of `dt_ms`.

    Example:
        >>> trials = DelayedMemory(n_items=3, periods=Periods(delay_ms=1000.0)).draw(6, rng=Rng(0))
        >>> trials.inputs.shape, sorted(trials.table.answer)
        (torch.Size([80, 6, 4]), [1, 1, 2, 2, 3, 3])
    """

    n_items: int = 4
    periods: Periods = field(default_factory=Periods)
    dt_ms: float = 20.0
    noise_std: float = 0.2

    def __post_init__(self) -> None:
        check_count("DelayedMemory", least=2, n_items=self.n_items)
        check_positive("DelayedMemory", dt_ms=self.dt_ms)
        check_not_negative("DelayedMemory", noise_std=self.noise_std)
        self.periods.steps(self.dt_ms)

    @property
    def classes(self) -> tuple[str, ...]:
        """Name of each class."""
        return ("fixate", *(f"item {i}" for i in range(self.n_items)))

    @property
    def n_inputs(self) -> int:
        """Number of input channels."""
        return 1 + self.n_items

    @property
    def n_classes(self) -> int:
        """Number of classes."""
        return 1 + self.n_items

    def draw(self, n_trials: int, *, rng: Rng) -> Trials:
        """`n_trials` trials: streams ``trials`` (which item) and ``noise``."""
        check_count("DelayedMemory.draw", n_trials=n_trials)
        (item,) = balanced(n_trials, (self.n_items,), rng("trials"))
        table = pd.DataFrame({"item": item.numpy(), "answer": item.numpy() + 1})
        cue = torch.nn.functional.one_hot(item, self.n_items).float()
        shown = shown_cue(cue, self.periods.steps(self.dt_ms), self.noise_std, rng("noise"))
        return fixate_then_answer(shown, table, self.periods, self.dt_ms)
