"""Tables: what every figure is also shown as."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from neurarium.core.vocabulary import Metric
from neurarium.core.vocabulary import metric as look_up
from neurarium.engine._report.numbers import NO_NUMBER, for_column
from neurarium.engine.stats import Interval, mean_interval

if TYPE_CHECKING:
    from neurarium.engine.runner import Run

LEVELS = {
    "behaviour": "What the system does",
    "representation": "Which states carry it",
    "implementation": "What it is made of and what it costs",
}


@dataclass(frozen=True)
class Cell:
    """Text of one cell, and the number it was made of."""

    text: str
    value: float | None = None


@dataclass(frozen=True)
class Line:
    """One row: what it is of, e.g. a condition with its role (baseline, control or nothing)."""

    name: str
    role: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Table:
    """A table of numbers with a row for each condition, or whatever its `first` column names."""

    caption: str
    head: tuple[str, ...]
    lines: tuple[Line, ...]
    first: str = "condition"


def role(run: Run, condition: str) -> str:
    """What a condition is there for."""
    study = run.loaded.study
    return "baseline" if condition == study.baseline else "control" if condition in study.controls else ""


def interval_of(values: Mapping[int, float]) -> Interval:
    """Mean over seeds with its 95 % interval."""
    return mean_interval(list(values.values()))


def direction(metric: Metric) -> str:
    """Which way is better, in words."""
    return "neither direction is better" if metric.better == "neither" else f"{metric.better} is better"


def condition_table(
    run: Run, caption: str, by_condition: Mapping[str, Mapping[int, float]], unit: str, first: str = "mean"
) -> Table:
    """Mean, interval, number of seeds and the value of each seed, a row for each condition."""
    lines = []
    intervals = {c: interval_of(values) for c, values in by_condition.items()}
    forms = for_column(intervals.values(), unit)
    for (condition, i), form in zip(intervals.items(), forms, strict=True):
        values = by_condition[condition]
        mean = Cell(form.full(i.estimate), i.estimate if values else None)
        ends = Cell(form.between(i.low, i.high) if math.isfinite(i.low) else NO_NUMBER)
        seeds = (Cell(form(values[s]), values[s]) if s in values else Cell("missing") for s in run.seeds)
        lines.append(Line(condition, role(run, condition), (mean, ends, Cell(str(len(values))), *seeds)))
    head = (first, "95 % interval", "n", *(f"seed {s}" for s in run.seeds))
    return Table(caption, head, tuple(lines))


def level_tables(run: Run) -> dict[str, Table | None]:
    """Marr's levels, each with its metrics by condition; None where the study measures nothing."""
    found: dict[str, Table | None] = {}
    for level, says in LEVELS.items():
        names = tuple(m for m in run.rows.metrics() if look_up(m).level == level)
        columns = {name: _summary(run, name) for name in names}
        lines = (Line(c, role(run, c), tuple(columns[name][c] for name in names)) for c in run.rows.conditions)
        caption = f"{says}: mean ± half the 95 % interval over seeds"
        found[level] = Table(caption, names, tuple(lines)) if names else None
    return found


def _summary(run: Run, name: str) -> dict[str, Cell]:
    intervals = {c: interval_of(run.rows.read(c, name)) for c in run.rows.conditions}
    forms = for_column(intervals.values(), look_up(name).unit)
    return {
        c: Cell(form.spread(i), i.estimate) if i.n else Cell(NO_NUMBER)
        for (c, i), form in zip(intervals.items(), forms, strict=True)
    }
