"""Answer one stimulus, hold still at the other."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import pandas as pd
import torch

from neurarium.core.card import task
from neurarium.core.errors import check_count, check_not_negative, check_positive
from neurarium.core.rng import Rng
from neurarium.tasks._trials import Periods, Trials, balanced, fixate_then_answer, shown_cue


@task(
    summary="Go/no-go: answer one stimulus after a delay, hold still at the other.",
    source="generated",
    paper="arxiv:2410.24070",
    tags=("cognitive", "trials"),
)
@dataclass(frozen=True, kw_only=True)
class GoNoGo:
    """Fixate, see one of two stimuli, wait, then go or keep still.

    Input channels: fixation, no-go stimulus, go stimulus: 1 plus noise for the one shown, noise alone for the other,
    in the stimulus period only. Classes: 0 fixate (the right answer to no-go), 1 go. Table: stimulus, answer. The two
    stimuli are equally frequent.

    Args:
        periods: durations.
        dt_ms: duration of a step.
        noise_std: standard deviation of the noise on a stimulus channel in one step.

    Raises:
        NeurariumError: for a negative noise, or durations that are no multiple of `dt_ms`.

    Example:
        >>> trials = GoNoGo().draw(6, rng=Rng(0))
        >>> trials.inputs.shape, int(trials.table.answer.sum())
        (torch.Size([40, 6, 3]), 3)

    Paper: Guilhot et al. 2024, arXiv:2410.24070.
    """

    periods: Periods = field(default_factory=Periods)
    dt_ms: float = 20.0
    noise_std: float = 0.2

    classes: ClassVar[tuple[str, ...]] = ("fixate", "go")
    n_inputs: ClassVar[int] = 3
    n_classes: ClassVar[int] = 2

    def __post_init__(self) -> None:
        check_positive("GoNoGo", dt_ms=self.dt_ms)
        check_not_negative("GoNoGo", noise_std=self.noise_std)
        self.periods.steps(self.dt_ms)

    def draw(self, n_trials: int, *, rng: Rng) -> Trials:
        """`n_trials` trials: streams ``trials`` (which stimulus) and ``noise``."""
        check_count("GoNoGo.draw", n_trials=n_trials)
        (is_go,) = balanced(n_trials, (2,), rng("trials"))
        table = pd.DataFrame({"stimulus": [("nogo", "go")[i] for i in is_go], "answer": is_go.numpy()})
        cue = torch.nn.functional.one_hot(is_go, 2).float()
        shown = shown_cue(cue, self.periods.steps(self.dt_ms), self.noise_std, rng("noise"))
        return fixate_then_answer(shown, table, self.periods, self.dt_ms)
