"""What :func:`compare` gives: a table, matrices, figures, and what the measures make of each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from neurarium.alignment._compare.measures import PairMeasure
from neurarium.alignment._compare.pairs import PairResult
from neurarium.core.errors import unknown

if TYPE_CHECKING:
    import plotly.graph_objects as go

NUMBERS = ("value", "debiased", "low", "high", "null_quantile", "p_value", "split_half")
COUNTS = ("n_rows", "n_dropped", "n_null", "n_halves")
COLUMNS = ("measure", "a", "b", *NUMBERS, "is_metric", "is_trusted", "reason", *COUNTS)


@dataclass(frozen=True, eq=False)
class MeasureResult:
    """One measure over all pairs.

    Attributes:
        measure: what was asked.
        names: systems, in order.
        pairs: a line for each pair; for each order of a pair if the measure is not symmetric.
        rank_stability: how alike pairs rank in halves of the data and in all of it (median Kendall τ); None: unknown.
    """

    measure: PairMeasure
    names: tuple[str, ...]
    pairs: tuple[PairResult, ...]
    rank_stability: float | None = None

    @property
    def values(self) -> pd.DataFrame:
        """Systems x systems; the diagonal is what a system is to itself."""
        return self.matrix("value", 1.0 if self.measure.is_similarity else 0.0)

    @property
    def gap(self) -> pd.DataFrame:
        """How far a better search could lower each value at most; NaN for measures that do not search."""
        return self.values - self.matrix("bound", 0.0)

    @property
    def distances(self) -> pd.DataFrame:
        """`values` as distances: ``1 - value`` of a similarity, nowhere below zero, mean of both directions."""
        d = 1 - self.values if self.measure.is_similarity else self.values
        return ((d + d.T) / 2).clip(lower=0)

    @property
    def triangle_violation(self) -> float:
        """The largest ``d_ij - (d_ik + d_kj)``, relative to the largest distance; 0 if every triangle is kept."""
        d = self.distances.to_numpy()
        detour = np.min(d[:, :, None] + d[None, :, :], axis=1)  # over k; k = i and k = j are no detour
        longest = np.nanmax(d, initial=0.0)
        return float(np.nanmax(d - detour, initial=0.0) / longest) if longest > 0 else 0.0

    def matrix(self, column: str, diagonal: float) -> pd.DataFrame:
        """One column of the table, systems x systems."""
        found = np.full((len(self.names), len(self.names)), np.nan)
        np.fill_diagonal(found, diagonal)
        place = {name: i for i, name in enumerate(self.names)}
        for line in self.pairs:
            value = getattr(line, column)
            i, j = place[line.a], place[line.b]
            found[i, j] = np.nan if value is None else value
            if not self.measure.is_asymmetric:
                found[j, i] = found[i, j]
        return pd.DataFrame(found, self.names, self.names)


class Comparison(Mapping[str, MeasureResult]):
    """Every measure of every pair; ``comparison["cka"]`` is one measure.

    Args:
        names: systems, in order.
        results: by name of the measure.
        skipped: measures that could not be asked of these systems, and why.
    """

    def __init__(
        self, names: tuple[str, ...], results: Mapping[str, MeasureResult], skipped: Mapping[str, str]
    ) -> None:
        self.names, self.skipped = names, dict(skipped)
        self._results = dict(results)

    def __getitem__(self, measure: str) -> MeasureResult:
        if measure not in self._results:
            why = f"It was skipped: it {self.skipped[measure]}." if measure in self.skipped else ""
            raise unknown("measure", measure, self._results, why)
        return self._results[measure]

    def __iter__(self) -> Iterator[str]:
        return iter(self._results)

    def __len__(self) -> int:
        return len(self._results)

    def table(self) -> pd.DataFrame:
        """One row for each measure and pair: value, what it is held against, and whether to believe it."""
        return pd.DataFrame(self.rows(), columns=list(COLUMNS)).astype(dict.fromkeys(NUMBERS, float))

    def rows(self, *, columns: Sequence[str] = COLUMNS, n_digits: int | None = None) -> list[dict[str, Any]]:
        """The table as plain data, None where there is no number, with all digits or so many that count."""
        return [
            {c: _plain(result.measure.is_metric if c == "is_metric" else getattr(line, c), n_digits) for c in columns}
            for result in self._results.values()
            for line in result.pairs
        ]

    def omissions(self) -> list[str]:
        """A line for each reason why measures were not asked."""
        names = {why: [n for n, w in self.skipped.items() if w == why] for why in self.skipped.values()}
        return [f"skipped: {', '.join(skipped)}: {why}" for why, skipped in names.items()]

    def agreement(self) -> pd.DataFrame:
        """Do the measures rank the pairs alike? Spearman correlations over pairs; NaN where fewer than three are known.

        Both directions of a pair count as their mean, and a distance as its negative.
        """
        i, j = np.triu_indices(len(self.names), 1)
        likeness = pd.DataFrame({name: -r.distances.to_numpy()[i, j] for name, r in self._results.items()})
        return likeness.corr("spearman", min_periods=3)

    def plot(self, measure: str | None = None) -> go.Figure:
        """Matrix, map (classical scaling) and dendrogram of one measure, the first if none is named."""
        from neurarium.alignment._compare.figures import figure

        return figure(self[measure or next(iter(self))])

    def to_html(self, path: str | Path) -> Path:
        """Write one file that needs nothing else: what to doubt first, the table, a figure for each measure."""
        from neurarium.alignment._compare.page import write_page

        return write_page(self, Path(path))

    def _repr_html_(self) -> str:
        return self.table().to_html(index=False, float_format=lambda x: f"{x:.3g}")

    def __repr__(self) -> str:
        return f"Comparison of {', '.join(self.names)} by {', '.join(self._results)}"


def _plain(value: Any, n_digits: int | None) -> Any:
    if not isinstance(value, float):
        return value
    if not np.isfinite(value):
        return None
    return value if n_digits is None else float(f"{value:.{n_digits}g}")
