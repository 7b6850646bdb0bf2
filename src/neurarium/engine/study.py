"""A study: question, conditions, trial and claims, in one file."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from neurarium.core.errors import NeurariumError, bad, unknown
from neurarium.engine.evidence import Evidence
from neurarium.engine.rows import Rows

F = TypeVar("F", bound=Callable[..., Any])
SCALES = ("micro", "quick", "full")
FIRST_VERDICT_SEED = 1000


@dataclass(frozen=True)
class Gate:
    """Skill gate: below it the models did not learn, and nothing can be found.

    Attributes:
        metric: the metric that shows skill.
        at_least: smallest mean over seeds that counts as learned.
        conditions: conditions it applies to; empty: every condition that a claim reads.
    """

    metric: str
    at_least: float
    conditions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Claim:
    """One sentence that the rows can make true or false."""

    name: str
    text: str
    margin_reason: str
    decide: Callable[[Rows], Evidence]
    covers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What a trial gives back when a row of numbers is not all of it.

    Attributes:
        row: metric -> number, or whatever ``float`` makes one of.
        curves: name -> values over training or time (sequence, array or tensor); shown in the report.
        arrays: name -> array or tensor, stored as safetensors. The report draws those whose name begins with the word
            ``raster`` (time, units) as dots, ``plane`` (points, 2) as a path.
    """

    row: Mapping[str, Any]
    curves: Mapping[str, Any] = field(default_factory=dict)
    arrays: Mapping[str, Any] = field(default_factory=dict)


class Scale:
    """The sizes of a run: ``scale.n_epochs`` is what the study's ``scales`` says for this scale.

    Args:
        name: micro, quick or full.
        settings: the sizes.
        device: where tensors live, ``"cpu"`` or ``"cuda"``.
    """

    def __init__(self, name: str, settings: Mapping[str, Any], device: str = "cpu") -> None:
        self.name, self.settings, self.device = name, dict(settings), device

    def __getattr__(self, key: str) -> Any:
        if key.startswith("__") or key == "settings":
            raise AttributeError(key)
        if key not in self.settings:
            raise unknown("size of this scale", key, self.settings)
        return self.settings[key]


@dataclass
class Study:
    """The declaration of a study; see ``neurarium new study`` for a complete file.

    Attributes:
        paper: ``arxiv:...`` or ``doi:...``.
        conditions: name -> arguments of the trial.
        baseline: the condition to beat.
        controls: conditions in which the claim must vanish.
        seeds: number of seeds at quick and full scale (micro runs one).
        scales: sizes at quick scale, and what micro and full change of them.
        gate: the skill gate, if models are trained.
        deviations: what differs from the paper; printed in the report.
        covers: further catalogue rows that this study decides, one claim at least for each.
        tags: words to filter by.
        question: one sentence; default is the first line of the file's docstring.
    """

    paper: str
    conditions: dict[str, dict[str, Any]]
    baseline: str
    controls: tuple[str, ...]
    seeds: dict[str, int]
    scales: dict[str, dict[str, Any]]
    gate: Gate | None = None
    deviations: tuple[str, ...] = ()
    covers: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    question: str = ""

    def __post_init__(self) -> None:
        self.claims: list[Claim] = []
        self.trial: Callable[..., Any] | None = None
        self.is_stacked = False
        self.tolerance = 0.0
        for name in (self.baseline, *self.controls, *(self.gate.conditions if self.gate else ())):
            if name not in self.conditions:
                raise unknown("condition", name, self.conditions)
        if not self.controls:
            raise bad("Study", "controls", "name a condition in which the claim must vanish", self.controls)
        if unlisted := set(self.scales) - set(SCALES) or set(self.seeds) - {"quick", "full"}:
            raise bad("Study", "scales", f"use the names {SCALES}", sorted(unlisted))
        for scale in SCALES:
            if scale not in self.scales:
                raise bad(
                    "Study",
                    "scales",
                    f"say what {scale!r} changes (an empty dict is an answer)",
                    sorted(self.scales),
                )

    def run(self, trial: Callable[..., Any] | None = None, *, stacked: bool = False, tolerance: float = 1e-4) -> Any:
        """Decorator of the trial: ``trial(rng, scale, **condition) -> row`` (or :class:`Outcome`).

        Args:
            trial: the function.
            stacked: it takes a list of Rngs, all seeds of a condition at once, and gives a list of rows.
            tolerance: largest difference allowed between stacked and single runs.
        """
        if trial is None:
            return lambda f: self.run(f, stacked=stacked, tolerance=tolerance)
        self.trial, self.is_stacked, self.tolerance = trial, stacked, tolerance
        takes = inspect.signature(trial).parameters
        is_open = any(p.kind is p.VAR_KEYWORD for p in takes.values())
        for condition, arguments in self.conditions.items():
            for name in arguments:
                if name not in takes and not is_open:
                    raise bad("Study", f"conditions[{condition!r}]", "only give what the trial takes", name)
        return trial

    def claim(self, text: str, *, margin_reason: str, covers: tuple[str, ...] = ()) -> Callable[[F], F]:
        """Decorator of a claim: ``decide(r) -> Evidence``, written in the claim words of :class:`Sample`.

        Args:
            text: the sentence, with its numbers.
            margin_reason: why this margin, written before the first run.
            covers: catalogue rows this claim decides, if the study covers several.
        """
        if not margin_reason.strip():
            raise bad("Study", "margin_reason", "say why the margin is what it is", margin_reason)

        def add(decide: F) -> F:
            self.claims.append(Claim(decide.__name__, text, margin_reason, decide, covers))
            return decide

        return add

    def scale(self, name: str, device: str = "cpu") -> Scale:
        """The sizes at scale `name`: those of quick, with what `name` changes."""
        if name not in SCALES:
            raise unknown("scale", name, SCALES)
        return Scale(name, {**self.scales["quick"], **self.scales[name]}, device)

    def n_seeds(self, scale: str) -> int:
        """How many seeds a scale runs."""
        return 1 if scale == "micro" else self.seeds.get(scale, self.seeds["quick"])

    def check(self) -> None:
        """Raise if the declaration is not complete."""
        if self.trial is None:
            raise NeurariumError("Study: no trial. Decorate a function with @study.run.")
        if not self.claims:
            raise NeurariumError("Study: no claim. Decorate a function with @study.claim(...).")
