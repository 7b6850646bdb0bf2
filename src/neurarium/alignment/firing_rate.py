"""How often units fire."""

from __future__ import annotations

import torch
from jaxtyping import Float, Shaped

from neurarium.alignment._arrays import Array, like
from neurarium.alignment._rasters import as_raster
from neurarium.core.card import measure
from neurarium.core.errors import check_positive


@measure(
    summary="Mean firing rate of each unit in each trial, in spikes per second.",
    level="behaviour",
    paper="doi:10.1017/CBO9781107447615",
    tags=("spikes",),
)
def firing_rate(spikes: Shaped[Array, "trials time units"], *, dt_ms: float) -> Float[Array, "trials units"]:
    """Spike count over duration: ``r = n / (T dt)``, in Hz.

    Its standard error for a Poisson process of rate r is ``√(r / (T dt))``.

    Args:
        spikes: raster of zeros and ones, numpy or torch.
        dt_ms: length of one step.

    Raises:
        NeurariumError: for anything but zeros and ones, or a step that is not positive.

    Example:
        >>> raster = torch.zeros(1, 500, 2)
        >>> raster[0, ::100, 1] = 1                  # five spikes
        >>> firing_rate(raster, dt_ms=0.5).tolist()
        [[0.0, 20.0]]

    Paper: Gerstner et al. 2014, Neuronal Dynamics, section 7.2.
    """
    check_positive("firing_rate", dt_ms=dt_ms)
    raster = as_raster("firing_rate", spikes)
    return like(raster.sum(1, dtype=torch.float64) * (1000.0 / (raster.shape[1] * dt_ms)), spikes)
