"""The rows of a study, and the words a claim is written in."""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from neurarium.core.errors import bad, unknown
from neurarium.core.vocabulary import metric as look_up
from neurarium.engine import stats
from neurarium.engine.evidence import Evidence, above, below, inside

if TYPE_CHECKING:
    import pandas as pd

Row = Mapping[str, float]


@dataclass(frozen=True)
class Sample:
    """One metric of one condition, a value for each seed; its methods are the claim words.

    Comparisons are paired by seed: seeds that only one side has are left out and counted as missing.
    """

    label: str
    metric: str
    values: Mapping[int, float]
    n_asked: int
    rows: Rows

    def exceeds(self, other: Sample, *, by: float = 0.0) -> Evidence:
        """The mean paired difference to `other` lies above `by`."""
        words = f"{self.label} exceeds {other.label} by more than {by:g}"
        return self._noted(other, above(words, stats.mean_interval(self._minus(other)), by, unit=self._unit))

    def matches(self, other: Sample, *, within: float) -> Evidence:
        """Equivalent to `other`: the 90 % interval of the paired difference lies within ±`within` (TOST)."""
        interval = stats.mean_interval(self._minus(other), level=0.90)
        words = f"{self.label} matches {other.label} within {within:g}"
        return self._noted(other, inside(words, interval, -within, within, unit=self._unit))

    def not_worse_than(self, other: Sample, *, within: float) -> Evidence:
        """Not worse than `other` by more than `within`, in the metric's own direction."""
        better = look_up(self.metric).better
        if better == "neither":
            raise bad("not_worse_than", "metric", "have a direction (higher or lower is better)", self.metric)
        gain = self._minus(other) * (1 if better == "higher" else -1)
        words = f"{self.label} is not worse than {other.label} by more than {within:g}"
        return self._noted(other, above(words, stats.mean_interval(gain), -within, unit=self._unit))

    def at_least(self, x: float) -> Evidence:
        """The mean is `x` or more."""
        interval = stats.mean_interval(self._array())
        return self._noted(self, above(f"{self.label} is at least {x:g}", interval, x, inclusive=True, unit=self._unit))

    def at_most(self, x: float) -> Evidence:
        """The mean is `x` or less."""
        interval = stats.mean_interval(self._array())
        return self._noted(self, below(f"{self.label} is at most {x:g}", interval, x, unit=self._unit))

    def interaction(self, a: Sample, b: Sample, *, by: float = 0.0, base: Sample | None = None) -> Evidence:
        """Together more than the sum of their parts: ``(self - a) - (b - base)`` exceeds `by`.

        Args:
            a: the first factor alone.
            b: the second factor alone.
            by: margin.
            base: neither factor; default is the study's baseline.
        """
        none = self.rows[self.rows.baseline, self.metric] if base is None else base
        seeds = sorted(set(self.values) & set(a.values) & set(b.values) & set(none.values))
        gain = [self.values[s] - a.values[s] - b.values[s] + none.values[s] for s in seeds]
        words = f"{self.label} gains more over {a.label} than {b.label} over {none.label}, by {by:g}"
        evidence = above(words, stats.mean_interval(gain), by, unit=self._unit)
        return replace(evidence, n_missing=self.n_asked - len(seeds))

    def faster_than(self, other: Sample, *, by: float = 1.0) -> Evidence:
        """Reaches its goal sooner than `other`: log-rank hazard ratio above `by`.

        The metric is a time; a companion metric ``<metric>_reached`` (1 or 0) marks runs stopped before the goal.
        """
        interval = stats.hazard_ratio(self._array(), self._reached(), other._array(), other._reached())
        words = f"{self.label} is faster than {other.label} (hazard ratio above {by:g})"
        evidence = replace(above(words, interval, by), power=None, detectable=None)
        if evidence.outcome == "inconclusive":
            evidence = evidence.inconclusive(f"the interval of the hazard ratio crosses {by:g}")
        return self._noted(other, evidence)

    def __sub__(self, other: Sample) -> Sample:
        """The paired difference, as a sample of its own."""
        seeds = sorted(set(self.values) & set(other.values))
        both = {s: self.values[s] - other.values[s] for s in seeds}
        return replace(self, label=f"({self.label} - {other.label})", values=both)

    @property
    def condition(self) -> str:
        """Name of its condition."""
        return self.label.removesuffix(f" {self.metric}")

    @property
    def _unit(self) -> str:
        return look_up(self.metric).unit

    def _array(self) -> np.ndarray:
        return np.array([self.values[s] for s in sorted(self.values)])

    def _minus(self, other: Sample) -> np.ndarray:
        return (self - other)._array()

    def _reached(self) -> np.ndarray:
        companion = self.rows.read(self.condition, f"{self.metric}_reached")
        return np.array([companion.get(s, 1.0) > 0 for s in sorted(self.values)])

    def _noted(self, other: Sample, evidence: Evidence) -> Evidence:
        used = len(set(self.values) & set(other.values))
        return replace(evidence, n_missing=max(self.n_asked, other.n_asked) - used)


@dataclass(frozen=True)
class Sweep:
    """One metric over several conditions that differ in a number."""

    samples: tuple[Sample, ...]
    rows: Rows

    def grows_with(self, param: str, *, by: float = 0.0) -> Evidence:
        """The slope on `param`, fitted for each seed, lies above `by` (per unit of `param`)."""
        x, y, missing = self._table(param)
        interval = stats.mean_interval(stats.slopes(x, y)) if len(y) else stats.mean_interval([])
        words = f"{self.samples[0].metric} grows with {param} by more than {by:g} a unit"
        return replace(above(words, interval, by), n_missing=missing)

    def scales_as(self, param: str, *, power: float, within: float) -> Evidence:
        """The exponent of ``metric ~ param^power``, fitted by seed on logarithms, lies within ±`within` (TOST)."""
        x, y, missing = self._table(param)
        if not (x > 0).all():
            raise bad("scales_as", param, "be positive in every condition", x.tolist())
        words = f"{self.samples[0].metric} scales as {param}^{power:g} within {within:g}"
        is_positive = bool((y > 0).all())
        fits = stats.slopes(np.log(x), np.log(y)) if len(y) and is_positive else []
        evidence = inside(words, stats.mean_interval(fits, level=0.90), power - within, power + within)
        if not is_positive:
            evidence = evidence.inconclusive(f"{self.samples[0].metric} reaches {y.min():.3g}, which has no logarithm")
        return replace(evidence, n_missing=missing)

    def _table(self, param: str) -> tuple[np.ndarray, np.ndarray, int]:
        x = []
        for sample in self.samples:
            value = self.rows.arguments(sample.condition).get(param)
            if isinstance(value, bool) or not isinstance(value, (int, float)):
                raise bad("Sweep", param, f"be a number in condition {sample.condition!r}", value)
            x.append(float(value))
        seeds = sorted(set.intersection(*(set(s.values) for s in self.samples)))
        y = np.array([[s.values[seed] for s in self.samples] for seed in seeds]).reshape(len(seeds), len(x))
        return np.array(x), y, max(s.n_asked for s in self.samples) - len(seeds)


class Rows:
    """All rows of a run: ``r["alif", "recall"]`` is a :class:`Sample`, ``r["delay_*", "recall"]`` a :class:`Sweep`.

    Args:
        data: condition -> seed -> row.
        conditions: condition -> its arguments.
        seeds: the seeds that were asked for.
        baseline: name of the baseline condition.
    """

    def __init__(
        self,
        data: Mapping[str, Mapping[int, Row]],
        *,
        conditions: Mapping[str, Mapping[str, Any]],
        seeds: tuple[int, ...],
        baseline: str,
    ) -> None:
        self.data, self.conditions, self.seeds, self.baseline = data, conditions, seeds, baseline
        self.touched: set[tuple[str, str]] = set()

    def __getitem__(self, key: tuple[str | tuple[str, ...], str]) -> Any:
        condition, name = key
        if isinstance(condition, str) and condition in self.conditions:
            return self._sample(condition, name)
        names = (
            tuple(fnmatch.filter(self.conditions, condition))
            if isinstance(condition, str) and any(c in condition for c in "*?[")
            else condition
        )
        if isinstance(names, str) or not names:
            raise unknown("condition", str(condition), self.conditions)
        return Sweep(tuple(self._sample(c, name) for c in names), self)

    def arguments(self, condition: str) -> Mapping[str, Any]:
        """The arguments of a condition."""
        return self.conditions[condition]

    def read(self, condition: str, name: str) -> dict[int, float]:
        """Values by seed, without counting as touched by a claim."""
        rows = self.data.get(condition, {})
        return {s: float(rows[s][name]) for s in self.seeds if s in rows and name in rows[s]}

    def metrics(self) -> list[str]:
        """Every metric that some row reports, in order of appearance."""
        return list(dict.fromkeys(m for c in self.conditions for row in self.data.get(c, {}).values() for m in row))

    def table(self) -> pd.DataFrame:
        """Long table: condition, seed and a column a metric."""
        import pandas as pd  # a quarter of a second that workers need not spend

        rows = [
            {"condition": c, "seed": s, **self.data[c][s]}
            for c in self.conditions
            for s in self.seeds
            if s in self.data.get(c, {})
        ]
        return pd.DataFrame(rows, columns=["condition", "seed", *self.metrics()])

    def _sample(self, condition: str, name: str) -> Sample:
        if condition not in self.conditions:
            raise unknown("condition", condition, self.conditions)
        known = list(dict.fromkeys(m for row in self.data.get(condition, {}).values() for m in row))
        if known and name not in known:
            raise unknown(f"metric of {condition}", name, known)
        self.touched.add((condition, name))
        return Sample(f"{condition} {name}", name, self.read(condition, name), len(self.seeds), self)
