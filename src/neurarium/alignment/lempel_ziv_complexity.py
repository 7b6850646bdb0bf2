"""How many new phrases a spike train is made of."""

from __future__ import annotations

from typing import no_type_check

import numpy as np
import torch
from jaxtyping import Float, Shaped

from neurarium.alignment._arrays import Array, like
from neurarium.alignment._rasters import as_raster
from neurarium.core.card import measure
from neurarium.core.errors import bad
from neurarium.core.kernels import compiled


@measure(
    summary="Normalised Lempel-Ziv complexity of each spike train: about 0 for a constant one, 1 for a fair coin.",
    level="representation",
    paper="doi:10.1109/TIT.1976.1055501",
    tags=("spikes", "entropy"),
)
def lempel_ziv_complexity(spikes: Shaped[Array, "trials time units"]) -> Float[Array, "trials units"]:
    """``c log2(n) / n`` with c the phrases of a train of n steps in the parsing of Lempel and Ziv of 1976.

    Each phrase is the shortest stretch that does not occur in all that comes before its own last step:
    ``0 001 10 100 1000 101`` has six; what is left at the end counts as one. For long trains the value is the
    entropy rate in bits a step. Short trains are biased upwards: at n = 200 a coin has about 1.2, a constant 0.08.

    Args:
        spikes: raster of zeros and ones, numpy or torch; at least 2 steps.

    Raises:
        NeurariumError: for what is no raster, or a single step.

    Example:
        >>> train = np.array([[0, 0, 0, 1, 1, 0, 1, 0, 0, 1, 0, 0, 0, 1, 0, 1]])
        >>> (lempel_ziv_complexity(train[..., None]) * 16 / np.log2(16)).item()
        6.0

    Paper: Lempel and Ziv 1976; counted as by Kaspar and Schuster 1987.
    """
    raster = as_raster("lempel_ziv_complexity", spikes)
    n_trials, n_steps, n_units = raster.shape
    if n_steps < 2:
        raise bad("lempel_ziv_complexity", "spikes", "have at least 2 steps", n_steps)
    trains = raster.transpose(1, 2).reshape(-1, n_steps).cpu().numpy()
    phrases = torch.from_numpy(_phrases(np.ascontiguousarray(trains)))
    return like(phrases.double().view(n_trials, n_units) * (np.log2(n_steps) / n_steps), spikes)


@compiled()
@no_type_check
def _phrases(trains):
    """Phrases of each train. `start` is where the phrase begins, `source` where an earlier copy of it may."""
    n_trains, n = trains.shape
    counts = np.empty(n_trains, np.int64)
    for which in range(n_trains):
        train = trains[which]
        count, start = 0, 0
        while start < n:
            longest = 0
            for source in range(start):
                length = 0
                while start + length < n and train[source + length] == train[start + length]:
                    length += 1
                longest = max(longest, length)
                if start + longest >= n:
                    break
            count += 1
            start += longest + 1
        counts[which] = count
    return counts
