"""One measure over all pairs: values first, where pairs can help each other, then what each is held against."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations, permutations

import numpy as np
from scipy.stats import kendalltau

from neurarium.alignment._compare.draws import draws_of, floor_of
from neurarium.alignment._compare.measures import PairMeasure
from neurarium.alignment._compare.pairs import PairResult, judged
from neurarium.alignment._compare.ready import Ready, made_ready
from neurarium.alignment._compare.result import MeasureResult
from neurarium.alignment._compare.systems import RDM, Paired, System, paired
from neurarium.core.errors import NeurariumError
from neurarium.core.rng import Rng

SLACK = 1e-6  # of the longest side, below which a triangle counts as kept
STABLE = 0.7  # Kendall's τ below which the ranks of pairs are open; chance gives 0.5, a half being part of the whole
Pair = tuple[System, System]


@dataclass(frozen=True)
class Amount:
    """How much is drawn: unrelated data sets, halves, and whether systems are halved."""

    n_null: int
    n_halves: int
    is_halved: bool


def measured(measure: PairMeasure, systems: Sequence[System], rng: Rng, amount: Amount) -> MeasureResult:
    """The measure of every pair; a pair that it refuses gets a line with the reason and no number."""
    ready = made_ready(measure, systems)
    is_halved = amount.is_halved and measure.takes != RDM  # an RDM has neither units nor repeats
    floors = {s.name: floor_of(ready, s, rng.child(s.name)) for s in systems if is_halved}
    together = _together(ready, systems)
    lines, halves = [], []
    for a, b in (permutations if measure.is_asymmetric else combinations)(systems, 2):
        try:
            pair = paired(a, b) if measure.is_paired else _unpaired(a, b)
            value, bound = together[a.name, b.name] if together else (ready.value(pair.x, pair.y, a.axes), None)
        except NeurariumError as error:
            lines.append(PairResult(measure.name, a.name, b.name, warnings=(_reason(error),)))
            continue
        draws = draws_of(ready, pair, a.axes, rng.child("pair"), n_null=amount.n_null, n_halves=amount.n_halves)
        halved = (floors[a.name], floors[b.name]) if is_halved else None
        lines.append(judged(ready, (a, b), pair, value, bound, draws, halved))
        halves.append(draws.halves)
    stability = _rank_stability(np.array([line.value for line in lines]), halves)
    return _doubted(MeasureResult(measure, tuple(s.name for s in systems), tuple(lines), stability))


def _unpaired(a: System, b: System) -> Paired:
    return Paired(a.complete, b.complete, sum(len(s.data) - len(s.complete) for s in (a, b)))


def _together(ready: Ready, systems: Sequence[System]) -> dict[tuple[str, str], tuple[float, float | None]]:
    """Values and bounds of all pairs at once, for a measure whose pairs help each other; else nothing."""
    if ready.together is None:
        return {}
    values, bounds = ready.together([ready.prepare(s.complete) for s in systems])
    names = [s.name for s in systems]
    return {
        (a, b): (float(values[i, j]), float(bounds[i, j])) for i, a in enumerate(names) for j, b in enumerate(names)
    }


def _rank_stability(values: np.ndarray, halves: list[np.ndarray]) -> float | None:
    """Median Kendall τ between the ranks of pairs in halves of the data and in all of it; the draws are shared."""
    n = min(map(len, halves), default=0)
    if len(halves) < 3 or len(halves) < len(values) or n < 2:
        return None
    return float(np.nanmedian([kendalltau(values, [h[k] for h in halves]).statistic for k in range(n)]))


def _doubted(result: MeasureResult) -> MeasureResult:
    """What concerns all pairs of a measure together: broken triangles are a warning, unsettled ranks a remark."""
    doubts, remarks = [], []
    if result.measure.is_metric and (excess := result.triangle_violation) > SLACK:
        doubts.append(f"a triangle is violated by {excess:.1%} of the longest side")
    if result.rank_stability is not None and result.rank_stability < STABLE:
        remarks.append(f"pairs rank otherwise in halves of the data (Kendall τ {result.rank_stability:.2f})")
    lines = [
        replace(line, warnings=(*line.warnings, *doubts), remarks=(*line.remarks, *remarks)) if line.n_rows else line
        for line in result.pairs
    ]
    return replace(result, pairs=tuple(lines))


def _reason(error: NeurariumError) -> str:
    return str(error).rstrip(".")
