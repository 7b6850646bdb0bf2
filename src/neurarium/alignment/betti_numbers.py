"""Betti numbers of a sampled shape: how many pieces it has, and how many holes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Real
from scipy.spatial.distance import cdist

from neurarium.alignment._arrays import Array, as_double
from neurarium.alignment.persistent_homology import persistent_homology
from neurarium.core.card import measure
from neurarium.core.errors import bad, check_count, check_positive


class BettiNumbers(NamedTuple):
    """Number of connected components and of independent loops."""

    b0: int
    b1: int


@measure(
    summary="Number of pieces and of holes of a shape, from points sampled in it.",
    level="representation",
    paper="arxiv:1802.04443",
    tags=("topology", "samples"),
)
def betti_numbers(
    X: Real[Array, "samples units"],
    *,
    n_landmarks: int = 300,
    radius: float | None = None,
    persistence: float = 1.5,
) -> BettiNumbers:
    """Count the bars of the Rips complex that are there at ``radius`` and, if loops, last to ``persistence * radius``.

    Landmarks are chosen one after the other, each farthest from those before, so that they cover the sample evenly
    and shake off its density. If they leave no point farther than ``e``, pieces hang together at ``radius = 2 e``;
    loops between neighbours of a dense set are filled soon after, while a true hole of width w lasts to about 0.87 w.

    Args:
        X: points of the shape.
        n_landmarks: points to keep, all if there are fewer.
        radius: scale to look at; default twice ``e``, or twice the largest distance of a point to its nearest if all
            are landmarks.
        persistence: how much longer a loop must last, as a ratio.

    Raises:
        NeurariumError: for fewer than 2 points or a bad number.

    Example:
        >>> angle = np.linspace(0, 2 * np.pi, 60, endpoint=False)
        >>> circle = np.stack((np.cos(angle), np.sin(angle)), 1)
        >>> betti_numbers(np.concatenate((circle, circle + 5)), radius=0.3)
        BettiNumbers(b0=2, b1=2)

    Paper: Guss and Salakhutdinov 2018, arXiv:1802.04443.
    """
    check_count("betti_numbers", least=2, n_landmarks=n_landmarks)
    check_positive("betti_numbers", persistence=persistence, **({} if radius is None else {"radius": radius}))
    x = as_double("betti_numbers", "X", X, ("samples", "units")).numpy(force=True)
    if len(x) < 2:
        raise bad("betti_numbers", "X", "have at least 2 samples", len(x))
    landmarks, left = _farthest_first(x, n_landmarks)
    bars = persistent_homology(landmarks)
    if radius is None:
        radius = 2 * (left or _widest_gap(x))
    is_there = (bars.loops[:, 0] <= radius) & (bars.loops[:, 1] > persistence * radius)
    return BettiNumbers(int((bars.components[:, 1] > radius).sum()), int(is_there.sum()))


def _farthest_first(
    x: Float[np.ndarray, "samples units"], n_landmarks: int
) -> tuple[Float[np.ndarray, "landmarks units"], float]:
    """The landmarks, from the point nearest to the mean on, and the largest distance to them that is left."""
    first = int(cdist(x.mean(0, keepdims=True), x).argmin())
    chosen, left = [first], cdist(x[[first]], x)[0]
    while len(chosen) < n_landmarks and left.max() > 0:
        chosen.append(int(left.argmax()))
        left = np.minimum(left, cdist(x[chosen[-1:]], x)[0])
    return x[chosen], float(left.max())


def _widest_gap(x: Float[np.ndarray, "samples units"]) -> float:
    distances = cdist(x, x)
    np.fill_diagonal(distances, np.inf)
    return float(distances.min(1).max())
