"""How irregularly units fire."""

from __future__ import annotations

import torch
from jaxtyping import Float, Shaped

from neurarium.alignment._arrays import Array, like
from neurarium.alignment._rasters import as_raster
from neurarium.core.card import measure


@measure(
    summary="Coefficient of variation of each unit's interspike intervals: 0 for a clock, 1 for a Poisson process.",
    level="representation",
    paper="doi:10.1523/JNEUROSCI.13-01-00334.1993",
    tags=("spikes",),
)
def interspike_interval_cv(spikes: Shaped[Array, "trials time units"]) -> Float[Array, "trials units"]:
    """Standard deviation over mean of the intervals between successive spikes of a unit in a trial.

    ``CV = √(Σ (I - Ī)² / n) / Ī`` over its n intervals. With a dead time D a Poisson process of rate r has
    ``CV = 1 - r D``, r counted with the dead time. Few intervals bias it downwards, and a rate that drifts upwards.

    Args:
        spikes: raster of zeros and ones, numpy or torch.

    Returns:
        NaN for a unit with fewer than three spikes, which has no two intervals.

    Example:
        >>> raster = torch.zeros(1, 60, 3)
        >>> raster[0, ::10, 0] = 1                                  # a clock
        >>> raster[0, [0, 10, 40, 50], 1] = 1                       # intervals 10, 30, 10; unit 2 is silent
        >>> [round(cv, 3) for cv in interspike_interval_cv(raster)[0].tolist()]
        [0.0, 0.566, nan]

    Paper: Softky and Koch 1993, Journal of Neuroscience 13, 334-350.
    """
    raster = as_raster("interspike_interval_cv", spikes)
    n_trials, _, n_units = raster.shape
    trial, unit, when = raster.transpose(1, 2).nonzero().unbind(1)  # in the order of trial, unit, time
    cell = trial * n_units + unit
    is_same = cell[1:] == cell[:-1]
    of, intervals = cell[1:][is_same], when.diff()[is_same].double()
    n_cells = n_trials * n_units
    n = torch.bincount(of, minlength=n_cells)
    mean = torch.bincount(of, weights=intervals, minlength=n_cells) / n
    variance = torch.bincount(of, weights=(intervals - mean[of]).square(), minlength=n_cells) / n
    cv = torch.where(n >= 2, variance.sqrt() / mean, torch.nan)
    return like(cv.view(n_trials, n_units), spikes)
