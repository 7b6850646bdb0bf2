"""How far a population fires as one."""

from __future__ import annotations

import torch
from jaxtyping import Float, Shaped

from neurarium.alignment._arrays import Array, like
from neurarium.alignment._rasters import as_raster
from neurarium.core.card import measure
from neurarium.core.errors import bad, check_count


@measure(
    summary="Golomb and Rinzel's χ of spike counts: 1 if all units fire together, 1/√N if they are independent.",
    level="representation",
    paper="doi:10.1016/0167-2789(94)90214-3",
    tags=("spikes",),
)
def spike_synchrony(spikes: Shaped[Array, "trials time units"], *, bin_steps: int) -> Float[Array, " trials"]:
    """Fluctuation of the population's count relative to that of its units, over time.

    ``χ² = Var_t[mean_i n_i(t)] / mean_i Var_t[n_i(t)]`` with ``n_i(t)`` the spikes of unit i in bin t. It lies
    between 0 and 1, and is near ``1 / √N`` for N independent units of like rates: compare networks of one size, at one
    width of the bins. The authors use potentials; with counts the width says what still is together.

    Args:
        spikes: raster of zeros and ones, numpy or torch.
        bin_steps: width of a bin; at least two bins fit, and a rest at the end is left out.

    Returns:
        NaN for a trial in which no unit's count varies.

    Example:
        >>> raster = torch.zeros(1, 40, 2)
        >>> raster[0, [0, 7, 21], :] = 1                    # both units always together
        >>> spike_synchrony(raster, bin_steps=4).tolist()
        [1.0]

    Paper: Golomb and Rinzel 1994, Physica D 72, 259-282; Golomb 2007, doi:10.4249/scholarpedia.1347.
    """
    check_count("spike_synchrony", bin_steps=bin_steps)
    raster = as_raster("spike_synchrony", spikes)
    n_bins = raster.shape[1] // bin_steps
    if n_bins < 2:
        raise bad("spike_synchrony", "bin_steps", f"fit twice into {raster.shape[1]} steps", bin_steps)
    binned = raster[:, : n_bins * bin_steps].unflatten(1, (n_bins, bin_steps))
    counts = binned.sum(2, dtype=torch.float64)
    together, each = counts.mean(-1).var(1, correction=0), counts.var(1, correction=0).mean(-1)
    return like(torch.where(each > 0, together / each, torch.nan).sqrt(), spikes)
