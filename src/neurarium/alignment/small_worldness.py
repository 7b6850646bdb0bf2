"""Small-worldness: clustered like a lattice, short paths like a random graph."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from scipy.sparse.csgraph import shortest_path

from neurarium.alignment._rewire import rewire_undirected
from neurarium.alignment._weights import Matrix, as_matrix, off_diagonal, strongest_undirected
from neurarium.core.card import measure
from neurarium.core.errors import bad
from neurarium.core.rng import Rng


class SmallWorldness(NamedTuple):
    """Clustering and path length of a graph and, on average, of its degree-matched random ones."""

    sigma: float
    clustering: float
    path_length: float
    clustering_random: float
    path_length_random: float


@measure(
    summary="Clustering over path length, both relative to random graphs of the same degrees.",
    level="implementation",
    paper="doi:10.1371/journal.pone.0002051",
    tags=("network", "small-world"),
)
def small_worldness(w: Matrix, *, density: float = 0.1, n_random: int = 10, rng: Rng) -> SmallWorldness:
    """Humphries and Gurney's ``σ = (C / C_random) / (L / L_random)`` of the strongest connections.

    C is the mean over units of the share of a unit's neighbours that are neighbours of each other; L is the harmonic
    mean of the distances in steps, which stays finite when the graph falls apart (Latora and Marchiori 2001).

    Args:
        w: weights (units, units); signs, direction and self-connections are ignored.
        density: share of the pairs of units that is kept, above 0 to 1.
        n_random: number of random graphs, each rewired from this one with every degree kept.
        rng: stream ``rewire`` draws the random graphs.

    Raises:
        NeurariumError: if no connection is left, or no random graph holds a triangle.

    Example:
        >>> ring = sum(np.eye(60, k=k) + np.eye(60, k=k - 60) for k in (1, 2, 3))
        >>> small_worldness(ring, density=0.2, rng=Rng(0)).sigma > 2
        True

    Paper: Humphries and Gurney 2008, doi:10.1371/journal.pone.0002051.
    """
    if isinstance(n_random, bool) or not isinstance(n_random, int) or n_random < 1:
        raise bad("small_worldness", "n_random", "be a positive integer", n_random)
    graph = (strongest_undirected("small_worldness", as_matrix("small_worldness", w), density) > 0).astype(np.float64)
    surrogates = [rewire_undirected(graph, rng=rng) for _ in range(n_random)]
    c, length = _clustering(graph), _path_length(graph)
    c_random = float(np.mean([_clustering(g) for g in surrogates]))
    length_random = float(np.mean([_path_length(g) for g in surrogates]))
    if c_random == 0:
        hint = "Raise `density`: a graph without triangles has no clustering to compare with."
        raise bad("small_worldness", "density", "leave triangles in the random graphs", density, hint)
    return SmallWorldness((c / c_random) / (length / length_random), c, length, c_random, length_random)


def _clustering(graph: Float[np.ndarray, "units units"]) -> float:
    degree = graph.sum(0)
    triangles = np.einsum("ij,ji->i", graph @ graph, graph)  # each counted twice, as are the pairs below
    pairs = degree * (degree - 1)
    return float(np.divide(triangles, pairs, out=np.zeros_like(pairs), where=pairs > 0).mean())


def _path_length(graph: Float[np.ndarray, "units units"]) -> float:
    steps = shortest_path(graph, directed=False, unweighted=True)[off_diagonal(len(graph))]
    return float(1 / np.mean(1 / steps))
