"""What a claim word gives back: an outcome with the numbers behind it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

from neurarium.engine.stats import Interval, detectable, equivalence_power, power

Outcome = Literal["holds", "does not hold", "inconclusive"]
Side = Literal["above", "below", "between"]
_STRENGTH: dict[str, int] = {"does not hold": 0, "inconclusive": 1, "holds": 2}


@dataclass(frozen=True)
class Evidence:
    """One comparison, decided.

    Attributes:
        statement: what was asked, in words.
        outcome: holds, does not hold or inconclusive.
        interval: the effect and its interval.
        margin: the bar(s) the interval was held against.
        side: on which side of its margin it holds.
        unit: unit of the effect, ``"fraction"`` is shown in points.
        reason: why it is inconclusive, or what limits it.
        n_missing: seeds that were asked for and have no result.
        power: chance to say "holds" if the effect were twice the margin (for equivalence: if there were none);
            None where that says nothing.
        detectable: smallest effect that would be seen with a chance of 80 %.
        parts: the pieces of a conjunction.
    """

    statement: str
    outcome: Outcome
    interval: Interval
    margin: tuple[float, ...]
    side: Side
    unit: str = ""
    reason: str = ""
    n_missing: int = 0
    power: float | None = None
    detectable: float | None = None
    parts: tuple[Evidence, ...] = field(default=())

    def __and__(self, other: Evidence) -> Evidence:
        """Both must hold: the weaker outcome decides, and lends its numbers."""
        weaker = self if _STRENGTH[self.outcome] <= _STRENGTH[other.outcome] else other
        parts = (self.parts or (self,)) + (other.parts or (other,))
        return replace(weaker, statement=" and ".join(p.statement for p in parts), parts=parts)

    def inconclusive(self, reason: str) -> Evidence:
        """The same numbers, not to be believed, for `reason`."""
        return replace(self, outcome="inconclusive", reason=reason)


def above(statement: str, i: Interval, margin: float, *, inclusive: bool = False, unit: str = "") -> Evidence:
    """Holds if the interval lies above `margin`, does not hold if it lies below, else inconclusive."""
    holds = i.low >= margin if inclusive else i.low > margin
    fails = i.high < margin if inclusive else i.high < margin or (i.low == i.high == margin)
    outcome: Outcome = "holds" if holds else "does not hold" if fails else "inconclusive"
    return _decided(statement, outcome, i, margin, unit, "above")


def below(statement: str, i: Interval, margin: float, *, unit: str = "") -> Evidence:
    """Holds if the interval lies below or at `margin`, does not hold if it lies above, else inconclusive."""
    outcome: Outcome = "holds" if i.high <= margin else "does not hold" if i.low > margin else "inconclusive"
    return _decided(statement, outcome, i, margin, unit, "below")


def inside(statement: str, i: Interval, low: float, high: float, *, unit: str = "") -> Evidence:
    """Holds if the interval lies within ``[low, high]``, does not hold if wholly outside, else inconclusive.

    With a 90 % interval this is two one-sided tests at 5 % (TOST).
    """
    is_in, is_out = low <= i.low and i.high <= high, i.low > high or i.high < low
    outcome: Outcome = "holds" if is_in else "does not hold" if is_out else "inconclusive"
    chance = equivalence_power((high - low) / 2, i.se, i.n, i.level)
    reason = ""
    if outcome == "inconclusive":
        reason = (
            _few(i)
            if i.n < 2
            else f"the interval is {i.high - i.low:.3g} wide, the band {high - low:.3g}; "
            f"{i.n} seeds would show equality in {chance:.0%} of cases"
        )
    return Evidence(statement, outcome, i, (low, high), "between", unit, reason, power=chance)


def _decided(statement: str, outcome: Outcome, i: Interval, margin: float, unit: str, side: Side) -> Evidence:
    sign = 1 if side == "above" else -1
    reach = detectable(sign * margin, i.se, i.n, i.level) * sign
    twice = power(2 * sign * margin, sign * margin, i.se, i.n, i.level) if sign * margin > 0 else None
    reason = ""
    if outcome == "inconclusive":
        reason = (
            _few(i)
            if i.n < 2
            else f"the interval crosses {margin:.3g}; {i.n} seeds would see {reach:.3g} in 80 % of cases"
        )
    return Evidence(statement, outcome, i, (margin,), side, unit, reason, power=twice, detectable=reach)


def _few(i: Interval) -> str:
    return f"only {i.n} seed(s) with a result: at least 2 are needed"
