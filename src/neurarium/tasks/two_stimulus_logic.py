"""Two binary stimuli in succession; which answer pays must be found out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple

import pandas as pd
import torch
from jaxtyping import Float, Int64
from torch import Tensor

from neurarium.core.card import task
from neurarium.core.errors import bad, check_count, check_not_negative, check_positive, unknown
from neurarium.core.rng import Rng
from neurarium.tasks._trials import Periods, Trials, balanced

# The answers to (first, second) = 00, 01, 10, 11. Of sixteen functions the two constants are not there.
RULES = MappingProxyType(
    {
        "and": (0, 0, 0, 1),
        "nand": (1, 1, 1, 0),
        "or": (0, 1, 1, 1),
        "nor": (1, 0, 0, 0),
        "first_only": (0, 0, 1, 0),
        "not_first_only": (1, 1, 0, 1),
        "second_only": (0, 1, 0, 0),
        "not_second_only": (1, 0, 1, 1),
        "first": (0, 0, 1, 1),
        "not_first": (1, 1, 0, 0),
        "second": (0, 1, 0, 1),
        "not_second": (1, 0, 1, 0),
        "match": (1, 0, 0, 1),
        "nonmatch": (0, 1, 1, 0),
    }
)


class Lives(NamedTuple):
    """What individuals meet: `stimuli` of each trial, ``(trials, individuals, 2)``, and its `answers`."""

    stimuli: Int64[Tensor, "trials individuals 2"]
    answers: Int64[Tensor, "trials individuals"]


@task(
    summary="Two-stimulus logic: answer two successive bits by one of 14 rules, delayed match to sample among them.",
    source="generated",
    paper="arxiv:2112.08588",
    tags=("cognitive", "trials", "memory", "reward", "population"),
)
@dataclass(frozen=True, kw_only=True)
class TwoStimulusLogic:
    """See a bit, then another, wait, answer with a bit; nothing says which of the rules holds.

    ``answer = RULES[rule][2 · first + second]``. Two input channels, ``±(2 · bit - 1)`` while a bit is shown, else 0.
    Classes are the two answers; only the decision counts. `match` is delayed match to sample, `nonmatch` its negation.

    Args:
        rules: names from ``RULES`` that :meth:`draw` mixes in equal shares.
        periods: durations; each stimulus has half of ``stimulus_ms``, answers come in the decision.
        blank_ms: end of each half in which nothing is shown.
        feedback_ms: after the decision, when a system is told what it earned.
        rest_ms: after that.
        dt_ms: duration of a step.

    Raises:
        NeurariumError: for unknown rules or durations that are no multiple of `dt_ms`.

    Example:
        >>> trials = TwoStimulusLogic(rules=("and", "match")).draw(8, rng=Rng(0))
        >>> trials.inputs.shape, int(trials.table.answer.sum())
        (torch.Size([50, 8, 2]), 3)

    Paper: Miconi 2023, arXiv:2112.08588; bits and timing after Yang et al. 2019.
    """

    rules: tuple[str, ...] = tuple(RULES)
    periods: Periods = field(
        default_factory=lambda: Periods(fixation_ms=0.0, stimulus_ms=400.0, delay_ms=100.0, decision_ms=200.0)
    )
    blank_ms: float = 40.0
    feedback_ms: float = 200.0
    rest_ms: float = 100.0
    dt_ms: float = 20.0

    def __post_init__(self) -> None:
        owner = "TwoStimulusLogic"
        check_positive(owner, dt_ms=self.dt_ms)
        check_not_negative(owner, blank_ms=self.blank_ms, feedback_ms=self.feedback_ms, rest_ms=self.rest_ms)
        self._check(self.rules)
        if self.blank_ms >= self.periods.stimulus_ms / 2:
            raise bad(owner, "blank_ms", f"be shorter than {self.periods.stimulus_ms / 2}, one stimulus", self.blank_ms)
        for name, ms in (
            ("periods", self.periods.stimulus_ms / 2),
            *((name, getattr(self, name)) for name in ("blank_ms", "feedback_ms", "rest_ms")),
        ):
            if abs(ms / self.dt_ms - round(ms / self.dt_ms)) > 1e-6:
                raise bad(owner, name, f"be a multiple of dt_ms={self.dt_ms}, each half of the stimuli too", ms)
        self.periods.steps(self.dt_ms)

    @property
    def steps(self) -> dict[str, tuple[int, int]]:
        """``(start, stop)`` of the periods in steps, feedback and rest included."""
        steps = self.periods.steps(self.dt_ms)
        told = steps["decision"][1] + round(self.feedback_ms / self.dt_ms)
        return steps | {
            "feedback": (steps["decision"][1], told),
            "rest": (told, told + round(self.rest_ms / self.dt_ms)),
        }

    def show(self, stimuli: Int64[Tensor, "batch 2"]) -> Float[Tensor, "time batch 2"]:
        """The input of one trial for each pair of bits."""
        steps = self.steps
        start, stop = steps["stimulus"]
        half, blank = (stop - start) // 2, round(self.blank_ms / self.dt_ms)
        shown = torch.zeros(steps["rest"][1], len(stimuli), 2)
        for i, bit in enumerate(stimuli.unbind(-1)):
            at = start + i * half
            shown[at : at + half - blank] = torch.stack([2.0 * bit - 1, 1 - 2.0 * bit], -1)
        return shown

    def draw(self, n_trials: int, *, rng: Rng) -> Trials:
        """`n_trials` trials of stream ``trials``; table: rule, first, second, answer, all rules and pairs in turn."""
        check_count("TwoStimulusLogic.draw", n_trials=n_trials)
        rule, first, second = balanced(n_trials, (len(self.rules), 2, 2), rng("trials"))
        stimuli = torch.stack([first, second], -1)
        answer = _answers(self.rules, stimuli)[torch.arange(n_trials), rule]
        names = [self.rules[i] for i in rule.tolist()]
        table = pd.DataFrame(
            {"rule": names, "first": first.numpy(), "second": second.numpy(), "answer": answer.numpy()}
        )
        inputs, steps = self.show(stimuli), self.steps
        mask = torch.zeros(inputs.shape[:2])
        mask[slice(*steps["decision"])] = 1
        return Trials(inputs, answer.expand(len(inputs), -1).clone(), mask, table, steps, self.dt_ms)

    def lives(self, rules: Sequence[str], n_trials: int, *, rng: Rng) -> Lives:
        """Lives of `n_trials` trials, one individual for each of `rules`; stream ``lives`` tosses their bits."""
        check_count("TwoStimulusLogic.lives", n_trials=n_trials)
        self._check(rules)
        stimuli = torch.randint(2, (n_trials, len(rules), 2), generator=rng("lives"))
        individuals = torch.arange(len(rules))
        return Lives(stimuli, _answers(rules, stimuli)[:, individuals, individuals])

    @staticmethod
    def _check(rules: Sequence[str]) -> None:
        if not rules:
            raise bad("TwoStimulusLogic", "rules", "name at least one rule", rules)
        for rule in rules:
            if rule not in RULES:
                raise unknown("rule of two stimuli", rule, RULES)


def _answers(rules: Sequence[str], stimuli: Tensor) -> Tensor:
    """The answer of every rule to every pair, ``(..., rules)``."""
    table = torch.tensor([RULES[rule] for rule in rules])
    return table.T[2 * stimuli[..., 0] + stimuli[..., 1]]
