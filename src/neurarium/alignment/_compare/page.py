"""A comparison as one HTML file: what to doubt first, then the table and the figures."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

from neurarium.alignment._compare.figures import plot_of
from neurarium.alignment._compare.pairs import PairResult
from neurarium.alignment._compare.result import Comparison, MeasureResult
from neurarium.engine._report.figures import Figure, View
from neurarium.engine._report.numbers import NO_NUMBER
from neurarium.engine._report.shell import render
from neurarium.engine._report.tables import Cell, Line, Table
from neurarium.engine.files import replace_whole

PAGE = Path(__file__).with_name("page.html")
HEAD = ("value", "above chance", "95 % interval", "95 % of unrelated", "p", "two halves", "rows", "trust")
KEY = "Matrix: darker is more alike. Map: classical scaling of the distances. Dendrogram: average linkage."


def write_page(comparison: Comparison, path: Path) -> Path:
    """Write the page, whole or not at all."""
    replace_whole(path, page(comparison).encode("utf-8", errors="replace"))
    return path


def page(comparison: Comparison) -> str:
    """The page as HTML."""
    lines = [line for result in comparison.values() for line in result.pairs]
    views = tuple(View(name, _about(r), plot_of(r), _table(r)) for name, r in comparison.items())
    return render(
        PAGE,
        [Figure("measures", "Measure by measure", "Measure", KEY, views)],
        names=comparison.names,
        n_pairs=math.comb(len(comparison.names), 2),
        n_measures=len(comparison),
        n_lines=len(lines),
        n_doubtful=sum(not line.is_trusted for line in lines),
        doubts=_doubts(lines),
        agreement=_agreement(comparison),
        skipped=list(comparison.skipped.items()),
        version=metadata.version("neurarium"),
        written=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
    )


def _doubts(lines: Sequence[PairResult]) -> list[tuple[tuple[str, str], list[str]]]:
    """Each reason of each measure with the pairs that it concerns."""
    found: dict[tuple[str, str], list[str]] = {}
    for line in lines:
        for why in line.warnings:
            found.setdefault((line.measure, why), []).append(f"{line.a}, {line.b}")
    return list(found.items())


def _about(result: MeasureResult) -> str:
    direction = "a similarity: more is more alike" if result.measure.is_similarity else "a distance: less is more alike"
    metric = ", a metric" if result.measure.is_metric else ""
    stable = result.rank_stability
    order = "" if stable is None else f"; pairs rank in halves of the data as in all of it with Kendall τ {stable:.2f}"
    return f"{direction}{metric}{order}"


def _table(result: MeasureResult) -> Table:
    by = " to " if result.measure.is_asymmetric else ", "
    lines = tuple(Line(f"{p.a}{by}{p.b}", "", tuple(_cells(p))) for p in result.pairs)
    return Table(f"{result.measure.name} of every pair", HEAD, lines, first="pair")


def _cells(pair: PairResult) -> list[Cell]:
    ends = NO_NUMBER if math.isnan(pair.low) else f"{pair.low:.3g} to {pair.high:.3g}"
    numbers = (pair.value, pair.debiased), (pair.null_quantile, pair.p_value, pair.split_half)
    before, after = ([_cell(v) for v in values] for values in numbers)
    trust = Cell("yes" if pair.is_trusted else "no")
    return [*before, Cell(ends), *after, Cell(str(pair.n_rows or NO_NUMBER)), trust]


def _cell(value: float | None) -> Cell:
    if value is None or math.isnan(value):
        return Cell(NO_NUMBER)
    return Cell(f"{value:.3g}", value)


def _agreement(comparison: Comparison) -> Table | None:
    """Rank correlations of the measures, if there are two of them and three pairs."""
    found = comparison.agreement()
    if len(found) < 2 or len(comparison.names) < 3:
        return None
    rows: Sequence[Line] = [Line(name, "", tuple(_cell(v) for v in row)) for name, row in found.iterrows()]
    caption = "Do the measures rank the pairs alike? Spearman correlation"
    return Table(caption, tuple(found.columns), tuple(rows), first="measure")
