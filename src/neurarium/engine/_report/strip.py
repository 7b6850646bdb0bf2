"""The strip of a comparison: interval, estimate and margin on one axis, and the side on which the claim holds.

Positions are percentages of the width, so that the drawing fits every screen while its letters keep their size.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from neurarium.engine._report.numbers import Format, fitted, joined
from neurarium.engine.evidence import Evidence

_PAD = 0.16


@dataclass(frozen=True)
class Strip:
    """What is drawn, left to right in percent.

    Attributes:
        low: left end of the interval.
        high: right end of the interval.
        estimate: the dot; None if there is no value.
        is_open: whether the interval runs on beyond the left and right edge.
        margins: the margin line(s).
        holds: from where to where the claim holds.
        label: the margin in words.
        label_at: where the label is anchored.
        anchor: ``start``, ``middle`` or ``end``.
        ticks: position and number of each tick of the axis.
        zero: position of zero, if it is on the axis.
    """

    low: float
    high: float
    estimate: float | None
    is_open: tuple[bool, bool]
    margins: tuple[float, ...]
    holds: tuple[float, float]
    label: str
    label_at: float
    anchor: str
    ticks: tuple[tuple[float, str], ...]
    zero: float | None


def strip(evidence: Evidence) -> Strip:
    """Lay out the strip of `evidence`."""
    i, margins = evidence.interval, evidence.margin
    left, right = _domain([i.estimate, i.low, i.high, *margins])

    def at(x: float) -> float:
        return round(100 * (min(max(x, left), right) - left) / (right - left), 2)

    lines = tuple(at(m) for m in margins)
    holds = {"between": (lines[0], lines[-1]), "above": (lines[0], 100.0), "below": (0.0, lines[0])}[evidence.side]
    form = fitted((left, right), math.nan, evidence.unit, is_effect=True)
    words = joined(" and ".join(form.exact(m) for m in margins), form.word)
    label_at, anchor = _label_place(lines)
    return Strip(
        low=at(i.low),
        high=at(i.high),
        estimate=None if math.isnan(i.estimate) else at(i.estimate),
        is_open=(i.low < left, i.high > right),
        margins=lines,
        holds=holds,
        label=f"holds {evidence.side} {words}",
        label_at=label_at,
        anchor=anchor,
        ticks=tuple((at(x), text) for x, text in _ticks(left, right, form)),
        zero=at(0.0) if left < 0 < right else None,
    )


def _label_place(lines: tuple[float, ...]) -> tuple[float, str]:
    """Beside a line, on its wider side; above a band, or at the edge that is next to it."""
    middle = sum(lines) / len(lines)
    if len(lines) == 1:
        return middle, "start" if middle < 50 else "end"
    return (middle, "middle") if 35 < middle < 65 else (0.0, "start") if middle < 50 else (100.0, "end")


def _domain(values: list[float]) -> tuple[float, float]:
    finite = [v for v in values if math.isfinite(v)]
    low, high = min(finite), max(finite)
    span = high - low or abs(high) * 0.2 or 1.0
    low, high = (min(low, 0.0), max(high, 0.0)) if low - 0.6 * span <= 0 <= high + 0.6 * span else (low, high)
    pad = _PAD * max(high - low, span)
    return low - pad, high + pad


def _ticks(left: float, right: float, form: Format) -> list[tuple[float, str]]:
    rough = (right - left) * form.factor / 4
    ten = 10.0 ** math.floor(math.log10(rough))
    step = next(s * ten for s in (1, 2, 5, 10) if s * ten >= rough) / form.factor
    places = [k * step for k in range(math.ceil(left / step), math.floor(right / step) + 1)]
    return [(x, joined(form.exact(x), form.word) if x == places[-1] else form.exact(x)) for x in places]
