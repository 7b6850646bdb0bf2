"""How unpredictable a series is: how rarely what was alike stays alike."""

from __future__ import annotations

import math
from typing import no_type_check

import numpy as np
from jaxtyping import Real

from neurarium.alignment._arrays import Array, as_double
from neurarium.core.card import measure
from neurarium.core.errors import bad, check_count, check_positive
from neurarium.core.kernels import compiled

STILL = 1e-10  # a spread below this share of the largest value is rounding


@measure(
    summary="Sample entropy: chance, as a logarithm, that stretches that match go on to match.",
    level="representation",
    paper="doi:10.1152/ajpheart.2000.278.6.H2039",
    tags=("dynamics", "entropy"),
)
def sample_entropy(x: Real[Array, " time"], *, n_delays: int = 2, tolerance: float = 0.2) -> float:
    """``-ln(A / B)``: B pairs of stretches of `n_delays` points match, A of them match in the next point too.

    Two stretches match if no point differs by more than ``tolerance · std(x)``; a stretch is not matched with itself,
    and both counts run over the same ``time - n_delays`` stretches. Zero for a series that stands still or repeats
    exactly, ``ln 2`` for coin flips, infinite if nothing goes on to match. Costs grow with the square of the length.

    Args:
        x: the series; a few hundred points at least.
        n_delays: points of a stretch.
        tolerance: largest difference, in standard deviations of `x`.

    Raises:
        NeurariumError: if `x` is too short, not finite, or no two stretches match.

    Example:
        >>> sample_entropy(np.tile([0.0, 1.0, 3.0], 50))
        0.0

    Paper: Richman and Moorman 2000.
    """
    check_count("sample_entropy", n_delays=n_delays)
    check_positive("sample_entropy", tolerance=tolerance)
    series = as_double("sample_entropy", "x", x, ("time",)).cpu().numpy()
    if len(series) < n_delays + 2:
        raise bad("sample_entropy", "x", f"have at least {n_delays + 2} points", len(series))
    spread = series.std()
    if spread <= STILL * np.abs(series).max():
        return 0.0
    short, long = _matches(series, n_delays, tolerance * spread)
    if short == 0:
        hint = "Give a longer series or a larger tolerance."
        raise bad("sample_entropy", "x", f"have two stretches of {n_delays} points that match", "none", hint)
    return math.log(short / long) if long else math.inf


@compiled()
@no_type_check
def _matches(x, n_delays, largest):
    """Pairs of stretches that match over `n_delays` points, and over one more."""
    short = long = 0
    n = len(x) - n_delays
    for i in range(n - 1):
        for j in range(i + 1, n):
            k = 0
            while k < n_delays and abs(x[i + k] - x[j + k]) <= largest:
                k += 1
            if k == n_delays:
                short += 1
                if abs(x[i + k] - x[j + k]) <= largest:
                    long += 1
    return short, long
