"""Whether spikes come in the order of a template."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Real, Shaped
from scipy.stats import rankdata

from neurarium.alignment._arrays import Array, as_double, like
from neurarium.alignment._rasters import as_raster
from neurarium.core.card import measure
from neurarium.core.errors import bad, check_count
from neurarium.core.rng import Rng


class SequenceScore(NamedTuple):
    """Of each trial: rank correlation `rho`, `z` in deviations of shuffles, `p` share of shuffles as far from 0."""

    rho: Float[Array, " trials"]
    z: Float[Array, " trials"]
    p: Float[Array, " trials"]


@measure(
    summary="Rank correlation of spike times with each unit's place in a sequence, against shuffled units (replay).",
    level="representation",
    paper="doi:10.1038/nature04587",
    tags=("spiking", "sequence", "time"),
)
def sequence_score(
    spikes: Shaped[Array, "trials time units"],
    *,
    template: Real[Array, " units"],
    n_shuffles: int = 200,
    rng: Rng,
) -> SequenceScore:
    """``ρ = Spearman(template[unit of spike], time of spike)`` over a trial's spikes; 1 is forward, -1 backward replay.

    Shuffles permute the template among the units that fired, so numbers and times of spikes stay. ``z = (ρ - mean) /
    deviation`` of the shuffles, and ``p = (1 + #{|ρ_shuffled| >= |ρ|}) / (1 + n_shuffles)``: bursts of one unit raise
    |ρ| by chance, and only the shuffles know by how much.

    Args:
        spikes: raster of zeros and ones, one candidate event a trial.
        template: place of each unit in the sequence, e.g. the peak of its field; ties are allowed.
        n_shuffles: the smallest p is ``1 / (1 + n_shuffles)``.
        rng: stream ``shuffle`` permutes units.

    Returns:
        NaN for a trial whose spikes are of one time, or of units with one place.

    Raises:
        NeurariumError: unless the template has a finite place for each unit.

    Example:
        >>> sweep = torch.eye(12).unsqueeze(0)                                  # unit k fires at step k
        >>> found = sequence_score(sweep, template=torch.arange(12.0), rng=Rng(0))
        >>> found.rho.item(), found.p.item() < 0.01
        (1.0, True)

    Paper: Foster and Wilson 2006, doi:10.1038/nature04587.
    """
    check_count("sequence_score", n_shuffles=n_shuffles)
    raster = as_raster("sequence_score", spikes).numpy(force=True)
    places = as_double("sequence_score", "template", template, ("units",)).numpy(force=True)
    if len(places) != raster.shape[2]:
        raise bad("sequence_score", "template", f"have a place for each of {raster.shape[2]} units", len(places))
    draw = rng.numpy("shuffle")
    found = np.array([_score(*np.nonzero(trial), places, n_shuffles, draw) for trial in raster])
    return SequenceScore(*(like(torch.from_numpy(column.copy()), spikes) for column in found.T))


def _score(
    times: np.ndarray, units: np.ndarray, places: np.ndarray, n_shuffles: int, draw: np.random.Generator
) -> tuple[float, float, float]:
    fired, of = np.unique(units, return_inverse=True)
    if len(fired) < 2 or np.ptp(times) == 0 or np.ptp(places[fired]) == 0:
        return np.nan, np.nan, np.nan
    shuffled = draw.permuted(np.tile(places[fired], (n_shuffles, 1)), axis=1)
    place = rankdata(np.vstack([places[fired], shuffled])[:, of], axis=1)
    time = rankdata(times)
    place, time = place - place.mean(1, keepdims=True), time - time.mean()
    scale = np.sqrt(np.square(place).sum(1) * np.square(time).sum())
    rho, chance = (values := place @ time / scale)[0], values[1:]
    spread = chance.std()
    p = (1 + (np.abs(chance) >= abs(rho) - 1e-12).sum()) / (1 + n_shuffles)
    return rho, (rho - chance.mean()) / spread if spread > 0 else np.nan, p
