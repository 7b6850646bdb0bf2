"""Trials of a laboratory task: periods, balanced conditions, and the one scorer."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float, Int64
from torch import Tensor

from neurarium.core.errors import bad, check_not_negative, check_positive

PERIODS = ("fixation", "stimulus", "delay", "decision")


@dataclass(frozen=True, kw_only=True)
class Periods:
    """How long the parts of a trial last; each must be a whole number of steps.

    Args:
        fixation_ms: before the stimulus.
        stimulus_ms: the stimulus is shown.
        delay_ms: from there to the go signal; may be 0.
        decision_ms: the answer is due.
        grace_ms: first part of the decision in which answers are neither trained nor scored.
    """

    fixation_ms: float = 100.0
    stimulus_ms: float = 400.0
    delay_ms: float = 200.0
    decision_ms: float = 100.0
    grace_ms: float = 0.0

    def __post_init__(self) -> None:
        check_not_negative("Periods", fixation_ms=self.fixation_ms, delay_ms=self.delay_ms, grace_ms=self.grace_ms)
        check_positive("Periods", stimulus_ms=self.stimulus_ms, decision_ms=self.decision_ms)
        if self.grace_ms >= self.decision_ms:
            raise bad("Periods", "grace_ms", f"be shorter than decision_ms={self.decision_ms}", self.grace_ms)

    def steps(self, dt_ms: float) -> dict[str, tuple[int, int]]:
        """``(start, stop)`` of fixation, stimulus, delay and decision in steps of `dt_ms`.

        Raises:
            NeurariumError: if a duration is no multiple of `dt_ms`.

        Example:
            >>> Periods(fixation_ms=40.0, stimulus_ms=100.0, delay_ms=0.0, decision_ms=60.0).steps(20.0)["decision"]
            (7, 10)
        """
        bounds = [0, *accumulate(self.in_steps(f"{name}_ms", dt_ms) for name in PERIODS)]
        return dict(zip(PERIODS, pairwise(bounds), strict=True))

    def in_steps(self, name: str, dt_ms: float) -> int:
        """Duration `name` (e.g. ``grace_ms``) in steps of `dt_ms`."""
        check_positive("Periods.steps", dt_ms=dt_ms)
        n = getattr(self, name) / dt_ms
        if not math.isclose(n, round(n), abs_tol=1e-6):
            raise bad("Periods", name, f"be a multiple of dt_ms={dt_ms}", getattr(self, name))
        return round(n)


@dataclass(frozen=True, eq=False)
class Trials:
    """A batch of trials, time first.

    Attributes:
        inputs: what the system sees.
        targets: the right class at every step.
        mask: 1 where a step counts, 0 where it does not.
        table: one row a trial; column ``answer`` is the right class in the decision.
        periods: name to ``(start, stop)`` in steps; ``decision`` is always there.
        dt_ms: duration of a step, or None where steps have none.
    """

    inputs: Float[Tensor, "time batch channels"]
    targets: Int64[Tensor, "time batch"]
    mask: Float[Tensor, "time batch"]
    table: pd.DataFrame
    periods: Mapping[str, tuple[int, int]]
    dt_ms: float | None = None

    def __len__(self) -> int:
        return len(self.table)

    def select(self, keep: Any) -> Trials:
        """Only the trials where `keep` (a mask or indices over trials) says so."""
        index = np.asarray(keep)
        index = np.flatnonzero(index) if index.dtype == bool else index
        table = self.table.iloc[index].reset_index(drop=True)
        kept = torch.as_tensor(index)
        return Trials(self.inputs[:, kept], self.targets[:, kept], self.mask[:, kept], table, self.periods, self.dt_ms)


def accuracy(logits: Float[Tensor, "time batch classes"], trials: Trials) -> float:
    """Share of trials answered correctly.

    The answer is the class with the highest mean logit over the decision's steps that count (mask 1); to fixate
    when an answer is due is an error.

    Args:
        logits: output of a system for every step, on any device.
        trials: the trials it was run on.

    Raises:
        NeurariumError: if the shapes disagree or a logit is not finite.

    Example:
        >>> from neurarium.core import Rng
        >>> from neurarium.tasks import GoNoGo
        >>> trials = GoNoGo().draw(10, rng=Rng(0))
        >>> always_go = torch.tensor([0.0, 1.0]).expand(*trials.targets.shape, 2)
        >>> accuracy(always_go, trials)
        0.5
    """
    if logits.ndim != 3 or logits.shape[:2] != trials.targets.shape:
        steps_and_trials = tuple(trials.targets.shape)
        raise bad("accuracy", "logits", f"be (time, batch, classes) over {steps_and_trials}", tuple(logits.shape))
    start, stop = trials.periods["decision"]
    due = logits[start:stop]
    if not due.isfinite().all():
        raise bad("accuracy", "logits", "be finite in the decision", "NaN or inf")
    score = (due * trials.mask[start:stop, :, None].to(due)).sum(0)  # as many steps in each class: sum for mean
    return (score.argmax(-1) == trials.targets[stop - 1].to(due.device)).double().mean().item()


def balanced(n_trials: int, sizes: Sequence[int], generator: torch.Generator) -> list[Int64[Tensor, " trials"]]:
    """A level of every factor for every trial, in random order, all levels equally often.

    Args:
        n_trials: number of trials.
        sizes: number of levels of each factor.
        generator: shuffles the trials.

    Returns:
        one vector of levels a factor. Levels of one factor differ in frequency by at most one trial; the
        combinations occur equally often whenever their number divides `n_trials`.
    """
    order = torch.randperm(n_trials, generator=generator)
    levels, n_combinations = [], 1
    for size in sizes:
        # counting i mod size balances this factor alone; one more at each common period of it and the factors before
        # (lcm) lets it meet all of their combinations
        common = math.lcm(n_combinations, size)
        n_combinations *= size
        i = order % n_combinations
        levels.append((i + i // common) % size)
    return levels


def fixate_then_answer(
    stimulus: Float[Tensor, "time batch channels"], table: pd.DataFrame, periods: Periods, dt_ms: float
) -> Trials:
    """Trials with a fixation input in front of `stimulus`: fixate (class 0) while it is on, then give the answer."""
    steps = periods.steps(dt_ms)
    start, _ = steps["decision"]
    fixation = torch.ones_like(stimulus[..., :1])
    fixation[start:] = 0
    targets = torch.zeros(stimulus.shape[:2], dtype=torch.int64)
    targets[start:] = torch.tensor(table["answer"].to_numpy())
    mask = torch.ones_like(stimulus[..., 0])
    mask[start : start + periods.in_steps("grace_ms", dt_ms)] = 0
    return Trials(torch.cat([fixation, stimulus], -1), targets, mask, table, steps, dt_ms)


def shown_cue(
    cue: Float[Tensor, "batch channels"],
    steps: Mapping[str, tuple[int, int]],
    noise_std: float,
    generator: torch.Generator,
) -> Float[Tensor, "time batch channels"]:
    """`cue` plus noise in the stimulus period, 0 in all other steps."""
    start, stop = steps["stimulus"]
    shown = torch.zeros(steps["decision"][1], *cue.shape)
    shown[start:stop] = cue + noise_std * torch.randn(stop - start, *cue.shape, generator=generator)
    return shown
