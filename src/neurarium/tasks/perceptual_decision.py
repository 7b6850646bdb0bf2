"""Which of two noisy stimuli is stronger, under rules that compose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import pandas as pd
import torch

from neurarium.core.card import task
from neurarium.core.errors import bad, check_count, check_fraction, check_not_negative, check_positive, unknown
from neurarium.core.rng import Rng
from neurarium.tasks._trials import Periods, Trials, balanced, fixate_then_answer

RULES = ("basic", "anti", "delay", "anti+delay")
SIDES = ("left", "right")


@task(
    summary="Two-choice perceptual decision under four composed rules: basic, anti, delay, anti+delay.",
    source="generated",
    paper="arxiv:2410.24070",
    tags=("cognitive", "trials", "compositional"),
)
@dataclass(frozen=True, kw_only=True)
class PerceptualDecision:
    """Fixate, watch two stimuli, then answer left or right.

    While it is on, the stimulus is ``(1 + c)/2 + noise_std ξ`` on the stronger side and ``(1 - c)/2 + noise_std ξ`` on
    the other, ξ anew at each step. *Basic* answers with the stronger side, *anti* with the other. *Delay* switches the
    stimulus off after the stimulus period; without it the stimulus stays on until the decision, so that trials of all
    rules are equally long.

    Input channels: fixation, left, right, then one unit for each of the four :data:`RULES`, on throughout.
    Classes: 0 fixate, 1 left, 2 right. Table: rule, coherence, side, answer.

    Args:
        rules: rules that trials are drawn from, in equal shares; e.g. ``("basic", "anti")``.
        coherences: values of c, in [0, 1], in equal shares.
        periods: durations.
        dt_ms: duration of a step.
        noise_std: standard deviation of the noise on a stimulus channel in one step.

    Raises:
        NeurariumError: for an unknown rule, a coherence outside [0, 1], or durations that are no multiple of `dt_ms`.

    Example:
        >>> trials = PerceptualDecision(rules=("anti+delay",)).draw(8, rng=Rng(0))
        >>> trials.inputs.shape, bool((trials.table.answer == 1).eq(trials.table.side == "right").all())
        (torch.Size([40, 8, 7]), True)

    Paper: Guilhot et al. 2024, arXiv:2410.24070.
    """

    rules: Sequence[str] = RULES
    coherences: Sequence[float] = (0.064, 0.128, 0.256, 0.512)
    periods: Periods = field(default_factory=Periods)
    dt_ms: float = 20.0
    noise_std: float = 0.2

    classes: ClassVar[tuple[str, ...]] = ("fixate", *SIDES)
    n_inputs: ClassVar[int] = 3 + len(RULES)
    n_classes: ClassVar[int] = 3

    def __post_init__(self) -> None:
        for name in ("rules", "coherences"):
            values = getattr(self, name)
            if isinstance(values, str) or len(values) == 0 or len(set(values)) < len(values):
                raise bad("PerceptualDecision", name, "be a tuple of different values, at least one", values)
        for rule in self.rules:
            if rule not in RULES:
                raise unknown("rule", rule, RULES, f"The rules are {', '.join(RULES)}.")
        for c in self.coherences:
            check_fraction("PerceptualDecision", coherences=c)
        check_positive("PerceptualDecision", dt_ms=self.dt_ms)
        check_not_negative("PerceptualDecision", noise_std=self.noise_std)
        self.periods.steps(self.dt_ms)

    def draw(self, n_trials: int, *, rng: Rng) -> Trials:
        """`n_trials` trials: streams ``trials`` (conditions) and ``noise``."""
        check_count("PerceptualDecision.draw", n_trials=n_trials)
        rule, coherence, side = balanced(n_trials, (len(self.rules), len(self.coherences), 2), rng("trials"))
        rules = [self.rules[i] for i in rule.tolist()]
        is_anti = torch.tensor(["anti" in r for r in rules])
        table = pd.DataFrame(
            {
                "rule": rules,
                "coherence": [float(self.coherences[i]) for i in coherence.tolist()],
                "side": [SIDES[i] for i in side],
                "answer": (torch.where(is_anti, 1 - side, side) + 1).numpy(),
            }
        )
        steps = self.periods.steps(self.dt_ms)
        unit = torch.tensor([RULES.index(r) for r in rules])
        units = torch.nn.functional.one_hot(unit, len(RULES)).float().expand(steps["decision"][1], -1, -1)
        inputs = torch.cat([self._stimulus(table, steps, rng), units], -1)
        return fixate_then_answer(inputs, table, self.periods, self.dt_ms)

    def _stimulus(self, table: pd.DataFrame, steps: dict[str, tuple[int, int]], rng: Rng) -> torch.Tensor:
        """Channels left and right, ``(time, batch, 2)``."""
        sign = torch.tensor([[1, -1] if side == "left" else [-1, 1] for side in table.side])
        mean = (1 + sign * torch.tensor(table.coherence.to_numpy(), dtype=torch.float32)[:, None]) / 2
        shown = mean + self.noise_std * torch.randn(steps["decision"][1], *mean.shape, generator=rng("noise"))
        is_delay = torch.tensor(["delay" in rule for rule in table.rule])
        time = torch.arange(len(shown))[:, None]
        end = torch.where(is_delay, steps["stimulus"][1], steps["delay"][1])
        is_on = (time >= steps["stimulus"][0]) & (time < end)
        return shown * is_on[..., None]
