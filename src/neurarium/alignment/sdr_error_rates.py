"""How often a dendrite that counts coincidences errs about a sparse pattern."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float64, Int64
from scipy.special import gammaln

from neurarium.core.card import measure
from neurarium.core.errors import bad


class SDRErrorRates(NamedTuple):
    """Chance that a random pattern is taken for a stored one, and that a stored one is missed, for each threshold."""

    false_positive: Float64[np.ndarray, " thresholds"]
    false_negative: Float64[np.ndarray, " thresholds"]


@measure(
    summary="Chances of false alarms and misses of dendrites that store sparse patterns, in closed form.",
    level="representation",
    paper="arxiv:1601.00720",
    tags=("sparse", "dendrites", "capacity"),
)
def sdr_error_rates(
    *,
    n_units: int,
    n_active: int,
    n_synapses: int,
    threshold: Sequence[int] | np.ndarray,
    n_patterns: int = 1,
    n_segments: int = 1,
    corruption: float = 0.0,
    is_mean_field: bool = False,
) -> SDRErrorRates:
    """Error rates of a neuron with `n_segments` dendrites, each a union of subsamples of `n_patterns` random patterns.

    The overlap o of a pattern with a segment starts at 0, or for a stored pattern at what noise leaves of its own
    synapses, ``H(n_active, s, kept)``, and grows with each (other) stored pattern by ``H(n_units, n_active - o, s)``,
    where ``H(n, m, d)`` has ``P(b) = C(m, b) C(n-m, d-b) / C(n, d)``. A segment fires if ``o >= threshold``, the
    neuron if a segment does. For one pattern a segment these are equations 4 and 6 of the paper.

    Args:
        n_units: cells in the population.
        n_active: active cells of a pattern.
        n_synapses: synapses s that a segment grows onto each pattern, at most `n_active`.
        threshold: active synapses that make a segment fire; several at once.
        n_patterns: patterns on a segment.
        n_segments: segments of the neuron, with patterns of their own.
        corruption: share of a pattern's active cells that others replace.
        is_mean_field: the paper's equation 13 instead, the expected number of synapses of a union put into equation 4,
            and no help of a union to a noisy pattern.

    Example:
        >>> rates = sdr_error_rates(n_units=4, n_active=2, n_synapses=2, threshold=[1, 2])
        >>> rates.false_positive.round(4).tolist()                  # 5 and 1 of the 6 pairs of cells
        [0.8333, 0.1667]

    Paper: Ahmad and Hawkins 2016, arXiv:1601.00720.
    """
    _check(n_units, n_active, n_synapses, threshold, n_patterns, n_segments, corruption)
    theta = np.minimum(np.asarray(threshold, dtype=np.int64), n_active + 1)
    own = np.zeros(n_active + 1)
    own[: n_synapses + 1] = _hypergeometric(n_active, n_synapses, n_active - round(corruption * n_active), n_synapses)
    if is_mean_field:
        occupied = n_units * (1 - (1 - n_synapses / n_units) ** n_patterns)
        random, stored = _hypergeometric(n_units, occupied, n_active, n_active), own
    else:
        nothing = np.eye(1, n_active + 1)[0]
        random = _grown(nothing, n_units, n_synapses, n_patterns)
        stored = _grown(own, n_units, n_synapses, n_patterns - 1)
    fires = np.append(random[::-1].cumsum()[::-1], 0.0)[theta]
    misses = np.append(0.0, stored.cumsum())[theta]
    silent = np.log1p(-np.minimum(fires, np.nextafter(1, 0)))
    return SDRErrorRates(-np.expm1(n_segments * silent), misses * np.exp((n_segments - 1) * silent))


def _grown(
    overlap: Float64[np.ndarray, " overlaps"], n_units: int, n_synapses: int, n_patterns: int
) -> Float64[np.ndarray, " overlaps"]:
    """The distribution of the overlap after a segment grew synapses onto `n_patterns` more random patterns."""
    n_active = len(overlap) - 1
    largest = min(n_active, int(overlap.nonzero()[0].max()) + n_patterns * n_synapses)  # no overlap goes beyond
    chances = _hypergeometric(n_units, n_active - np.arange(largest + 1)[:, None], n_synapses, n_synapses)
    for _ in range(n_patterns):
        after = np.zeros_like(overlap)
        for more in range(min(n_synapses, n_active) + 1):
            n_fit = min(largest, n_active - more) + 1
            after[more : more + n_fit] += overlap[:n_fit] * chances[:n_fit, more]
        overlap = after
    return overlap


def _hypergeometric(
    n: int, marked: float | Int64[np.ndarray, "rows 1"], drawn: int, largest: int
) -> Float64[np.ndarray, "*rows hits"]:
    """Chance of 0 to `largest` marked among `drawn` of `n`; `marked` may be an expected number, which is not whole."""
    hits = np.arange(largest + 1)

    def log_choose(total, part):
        inside = (part >= 0) & (part <= total)
        total, part = np.broadcast_arrays(total, np.where(inside, part, 0))
        return np.where(inside, gammaln(total + 1.0) - gammaln(part + 1.0) - gammaln(total - part + 1.0), -np.inf)

    return np.exp(log_choose(marked, hits) + log_choose(n - marked, drawn - hits) - log_choose(n, drawn))


def _check(
    n_units: int,
    n_active: int,
    n_synapses: int,
    threshold: Sequence[int] | np.ndarray,
    n_patterns: int,
    n_segments: int,
    corruption: float,
) -> None:
    owner = "sdr_error_rates"
    counts = dict(n_units=n_units, n_active=n_active, n_synapses=n_synapses)
    for name, value in (counts | dict(n_patterns=n_patterns, n_segments=n_segments)).items():
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
            raise bad(owner, name, "be a whole number above zero", value)
    if not n_synapses <= n_active <= n_units:
        raise bad(owner, "n_active", f"lie between n_synapses={n_synapses} and n_units={n_units}", n_active)
    if not 0 <= corruption <= 1 or round(corruption * n_active) > n_units - n_active:
        raise bad(owner, "corruption", "lie between 0 and 1 and find cells to replace the lost ones", corruption)
    theta = np.asarray(threshold)
    if theta.ndim != 1 or theta.dtype.kind not in "iu" or (theta < 1).any():
        raise bad(owner, "threshold", "be a sequence of whole numbers above zero", threshold)
