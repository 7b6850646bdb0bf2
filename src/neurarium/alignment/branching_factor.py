"""Branching factor: how many spikes one spike causes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Real
from scipy.optimize import minimize_scalar

from neurarium.alignment._arrays import Array, as_double
from neurarium.core import measure
from neurarium.core.errors import bad, check_count

GRID = np.linspace(0.0, 1.5, 1501)


class BranchingFactor(NamedTuple):
    """`ratio`: spikes caused by one spike; `one_step`: the conventional estimate; `slopes`: r_k, for lag 1 and up."""

    ratio: float
    one_step: float
    slopes: np.ndarray


@measure(
    summary="Spikes that one spike causes a step later, estimated from many lags so that unseen units do no harm.",
    level="representation",
    paper="doi:10.1038/s41467-018-04725-4",
    tags=("spiking", "criticality"),
)
def branching_factor(X: Real[Array, "*trials time units"], *, n_lags: int = 20) -> BranchingFactor:
    """Branching ratio of a raster; 1 is critical, activity dies out below and runs away above.

    With ``A_t = Σ_units x_t``, r_k is the slope of the regression of A_(t+k) on A_t, pooled over trials with means
    of their own. A process whose spikes cause m spikes each, driven at a constant rate, has ``r_k = m^k``; when only a
    part of its units is seen ``r_k = b m^k``. `ratio` is the m of the best such b and m (multi-step regression);
    `one_step` is r_1, which is too low when units are missing.

    Trials must be stationary and long against the memory of the activity: means of trials of T steps pull slopes down
    by about ``(1 + m) / (1 - m) / T``. Slow common input is taken for branching.

    Args:
        X: spikes or counts a bin, one trial ``(time, units)`` or several ``(trials, time, units)``, numpy or torch.
        n_lags: lags that are fitted.

    Raises:
        NeurariumError: for trials shorter than ``n_lags + 3``, activity that never changes, or entries not finite.

    Example:
        >>> branching_factor(0.9 ** np.arange(60.0)[:, None], n_lags=5).ratio.__round__(6)
        0.9

    Paper: Wilting and Priesemann 2018, Nature Communications 9:2325.
    """
    check_count("branching_factor", least=2, n_lags=n_lags)
    axes = ("time", "units") if getattr(X, "ndim", 3) == 2 else ("trials", "time", "units")
    x = as_double("branching_factor", "X", X, axes)
    activity = np.atleast_2d(x.sum(-1).numpy(force=True))
    if activity.shape[1] < n_lags + 3:
        raise bad("branching_factor", "X", f"have at least {n_lags + 3} steps", activity.shape[1], "Fit fewer lags.")
    slopes = np.array([_slope(activity[:, :-k], activity[:, k:]) for k in range(1, n_lags + 1)])
    return BranchingFactor(_base(slopes), float(slopes[0]), slopes)


def _slope(now: np.ndarray, later: np.ndarray) -> float:
    now, later = (a - a.mean(1, keepdims=True) for a in (now, later))
    variance = (now**2).sum()
    if variance == 0:
        raise bad("branching_factor", "X", "change over time", "constant activity")
    return float((now * later).sum() / variance)


def _base(slopes: np.ndarray) -> float:
    """The m of the least squares fit ``slopes_k ≈ b m^k`` with b >= 0, k = 1 .. n."""

    def misfit(m: float | np.ndarray) -> float | np.ndarray:
        powers = np.asarray(m)[..., None] ** np.arange(1, len(slopes) + 1)
        best_b = np.maximum(powers @ slopes, 0) / np.maximum((powers**2).sum(-1), np.finfo(float).tiny)
        return ((slopes - best_b[..., None] * powers) ** 2).sum(-1)

    i = int(misfit(GRID).argmin())
    around = (GRID[max(i - 1, 0)], GRID[min(i + 1, len(GRID) - 1)])
    return float(minimize_scalar(misfit, bounds=around, method="bounded", options={"xatol": 1e-10}).x)
