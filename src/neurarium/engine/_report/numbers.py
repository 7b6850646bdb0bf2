"""Numbers as a reader wants them: as many digits as the interval allows, with the unit."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from neurarium.engine.stats import Interval

MINUS, NO_NUMBER = "\N{MINUS SIGN}", "\N{EN DASH}"
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_LARGE, _SMALL, _NOISE, RANGE = 1e6, 1e-3, 1e-9, 100.0


@dataclass(frozen=True)
class Format:
    """One way of writing all numbers of a comparison or a column.

    Attributes:
        factor: what a value is multiplied by: 100 for a fraction.
        decimals: digits after the point.
        power: power of ten taken out; 0 for none.
        word: unit as printed.
    """

    factor: float
    decimals: int
    power: int
    word: str

    def __call__(self, value: float) -> str:
        """`value` without its unit."""
        return self._digits(value) + (self._tens() if math.isfinite(value) else "")

    def full(self, value: float) -> str:
        """`value` with its unit."""
        return NO_NUMBER if math.isnan(value) else joined(self(value), self.word)

    def between(self, low: float, high: float) -> str:
        """``low to high`` with the unit said once."""
        both = f"{self._digits(low)} to {self._digits(high)}"
        return joined(f"({both}){self._tens()}" if self.power else both, self.word)

    def spread(self, interval: Interval) -> str:
        """``mean ± half interval`` with its unit; the mean alone where there is no interval."""
        if not math.isfinite(interval.high - interval.low):
            return self.full(interval.estimate)
        both = f"{self._digits(interval.estimate)} ± {self._digits((interval.high - interval.low) / 2)}"
        return joined(f"({both}){self._tens()}" if self.power else both, self.word)

    def exact(self, value: float) -> str:
        """A number that someone wrote down, without its unit: no digit is dropped."""
        digits = signed(f"{value * self.factor / 10.0**self.power:.10g}")
        return digits + self._tens() if value else digits

    def _digits(self, value: float) -> str:
        if math.isnan(value):
            return NO_NUMBER
        if math.isinf(value):
            return "∞" if value > 0 else MINUS + "∞"
        return signed(f"{value * self.factor / 10.0**self.power:.{self.decimals}f}")

    def _tens(self) -> str:
        return f" × 10{str(self.power).translate(_RAISED)}" if self.power else ""


def fitted(values: Iterable[float], half: float, unit: str, *, is_effect: bool = False) -> Format:
    """The format in which `half` keeps its first digit, and its second if the first is 1 or 2.

    Args:
        values: everything that is written in it.
        half: half the interval, same unit; 0, inf or nan if there is none: the values then have three digits.
        unit: unit of the vocabulary; ``"fraction"`` becomes percent, or points for an effect.
        is_effect: whether the numbers are differences.
    """
    factor = 100.0 if unit == "fraction" else 1.0
    sizes = [abs(v) * factor for v in values if math.isfinite(v) and v]
    largest = max(sizes, default=0.0)
    power = math.floor(math.log10(largest)) if largest and not _SMALL <= largest < _LARGE else 0
    has_interval = math.isfinite(half) and half * factor > _NOISE * largest
    finest = half * factor / 3 if has_interval else max(min(sizes, default=1.0), largest / RANGE) / 100
    decimals = power - math.floor(math.log10(finest))
    word = {"fraction": "points" if is_effect else "%"}.get(unit, unit)
    return Format(factor, min(max(decimals, 0), 6), power, word)


def for_interval(interval: Interval, unit: str, *, is_effect: bool = False) -> Format:
    """The format of an estimate with its interval."""
    ends = (interval.estimate, interval.low, interval.high)
    return fitted(ends, (interval.high - interval.low) / 2, unit, is_effect=is_effect)


def for_column(intervals: Iterable[Interval], unit: str) -> list[Format]:
    """The formats of a column of means, the same for all: the smallest interval sets the digits.

    It adds one digit at most to those of the largest interval; means of very different size go each by their own.
    """
    column = list(intervals)
    sizes = [abs(i.estimate) for i in column if i.n and i.estimate]
    if sizes and max(sizes) > RANGE * min(sizes):
        return [for_interval(i, unit) for i in column]
    halves = [h for i in column if 0 < (h := (i.high - i.low) / 2) < math.inf]
    finest = max(min(halves), max(halves) / 10) if halves else math.nan
    return [fitted([i.estimate for i in column], finest, unit)] * len(column)


def joined(number: str, word: str) -> str:
    """Number and unit, not to be torn apart at the end of a line."""
    return f"{number}\N{NO-BREAK SPACE}{word}" if word else number


def percent(share: float) -> str:
    """A level or a chance."""
    return joined(f"{100 * share:.0f}", "%")


def signed(text: str) -> str:
    """A true minus sign; and no minus before a zero."""
    return text.lstrip("-") if not text.strip("-0.") else text.replace("-", MINUS)


def duration(seconds: float) -> str:
    """Seconds as a reader says them.

    >>> duration(0.25), duration(75), duration(7260)
    ('0.25 s', '1 min 15 s', '2 h 1 min')
    """
    if seconds < 60:
        return f"{seconds:.3g} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
