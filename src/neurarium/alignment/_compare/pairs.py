"""One line of the table: what a measure says of a pair, what that is held against, and whether to believe it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from neurarium.alignment._compare.draws import Draws
from neurarium.alignment._compare.ready import Ready
from neurarium.alignment._compare.systems import RDM, SAMPLES, TRIALS, Paired, System

FEW_ROWS = 10
GAP = 0.05


@dataclass(frozen=True)
class PairResult:
    """One measure of one pair; NaN and None where there is nothing to say.

    Attributes:
        measure: its name.
        a: first system.
        b: second system.
        value: what the measure says.
        debiased: share of the way from unrelated data (0) to identity (1).
        low: lower end of the 95 % interval of `value`.
        high: its upper end.
        null_quantile: 95 % of unrelated data are less alike than this.
        p_value: share of unrelated data that are as alike, itself counted.
        split_half: what the measure says of two halves of one system, mean of both: a floor, or a ceiling.
        bound: what no better search could pass, for measures that search.
        n_rows: samples or trials that went into it.
        n_dropped: rows left out for missing values.
        n_null: unrelated data sets drawn.
        n_halves: halves drawn.
        warnings: reasons not to trust it.
        remarks: what else a reader should know.
    """

    measure: str
    a: str
    b: str
    value: float = np.nan
    debiased: float = np.nan
    low: float = np.nan
    high: float = np.nan
    null_quantile: float = np.nan
    p_value: float = np.nan
    split_half: float | None = None
    bound: float | None = None
    n_rows: int = 0
    n_dropped: int = 0
    n_null: int = 0
    n_halves: int = 0
    warnings: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def is_trusted(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.warnings

    @property
    def reason(self) -> str:
        """Warnings, then remarks, in one line."""
        return "; ".join((*self.warnings, *self.remarks))


def judged(
    ready: Ready, systems: tuple[System, System], pair: Paired, value: float, bound: float | None, draws: Draws,
    floors: tuple[float | None, float | None] | None,
) -> PairResult:  # fmt: skip
    """The whole line of a pair whose value is known."""
    (a, b), is_similarity = systems, ready.of.is_similarity
    low, high = draws.interval(value)
    edge = p_value = debiased = np.nan
    if len(null := draws.null):
        edge = float(np.quantile(null, 0.95 if is_similarity else 0.05))
        p_value = (1 + int((null >= value if is_similarity else null <= value).sum())) / (1 + len(null))
        way = (1.0 if is_similarity else 0.0) - null.mean()
        debiased = float((value - null.mean()) / way) if way else np.nan
    known = [f for f in floors or () if f is not None]
    line = PairResult(
        ready.of.name, a.name, b.name, value, debiased, low, high, edge, p_value,
        split_half=sum(known) / 2 if len(known) == 2 else None, bound=bound, n_rows=len(pair.x),
        n_dropped=pair.n_dropped, n_null=len(null), n_halves=len(draws.halves),
        warnings=(*a.warnings, *b.warnings),
    )  # fmt: skip
    warnings, remarks = tuple(_warnings(ready, systems, line)), tuple(_remarks(ready, line, floors is not None))
    return PairResult(**{**vars(line), "warnings": (*line.warnings, *warnings), "remarks": remarks})


def _warnings(ready: Ready, systems: tuple[System, System], line: PairResult) -> Iterator[str]:
    n_units, n_samples = max(s.n_units for s in systems), line.n_rows
    if systems[0].axes == TRIALS and ready.of.takes == SAMPLES:
        n_samples *= systems[0].data.shape[1]  # every instant is one
    if ready.of.is_paired and ready.of.takes != RDM and n_units >= n_samples and "debiased" not in ready.of.tags:
        yield f"{n_units} units for {n_samples} samples: unrelated systems look alike"
    if line.n_rows < FEW_ROWS:
        yield f"only {line.n_rows} rows"
    if line.n_null and not _is_beyond_chance(line, ready.of.is_similarity):
        yield "not told from unrelated data"


def _is_beyond_chance(line: PairResult, is_similarity: bool) -> bool:
    """Whether the near end of the interval, or the value where there is none, lies beyond the null's quantile."""
    if is_similarity:
        return (line.low if line.n_halves else line.value) > line.null_quantile
    return (line.high if line.n_halves else line.value) < line.null_quantile


def _remarks(ready: Ready, line: PairResult, is_halved: bool) -> Iterator[str]:
    if ready.says:
        yield ready.says
    if line.n_dropped:
        yield f"{line.n_dropped} rows with missing values left out"
    if is_halved and line.split_half is None:
        yield "no floor: a system cannot be halved"
    if line.bound is not None and line.value > 0 and line.value - line.bound > GAP * line.value:
        yield f"a better search could lower it by {(line.value - line.bound) / line.value:.0%} at most"
