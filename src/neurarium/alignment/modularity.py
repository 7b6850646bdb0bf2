"""Modularity: how far a network falls into communities."""

from __future__ import annotations

from typing import NamedTuple

import networkx as nx

from neurarium.alignment._weights import Matrix, as_matrix, strongest_undirected
from neurarium.core.card import measure
from neurarium.core.rng import Rng

N_STARTS = 5


class Modularity(NamedTuple):
    """Newman's Q and the partition that has it, largest community first."""

    q: float
    communities: tuple[frozenset[int], ...]


@measure(
    summary="Newman's modularity of the strongest connections of a weight matrix, by Louvain.",
    level="implementation",
    paper="doi:10.1103/PhysRevE.69.026113",
    tags=("network", "modularity"),
)
def modularity(w: Matrix, *, density: float = 0.1, rng: Rng) -> Modularity:
    """Best partition found into communities, and its modularity.

    ``Q = 1/(2m) Σ_ij [A_ij - k_i k_j / (2m)] δ(c_i, c_j)``, where A is ``(|w| + |w|ᵀ)/2`` with only its strongest
    pairs left, ``k_i = Σ_j A_ij`` and ``2m = Σ_ij A_ij``. The partition is the best of five Louvain runs (Blondel et
    al. 2008); units without a connection are communities of their own.

    Args:
        w: weights (units, units); signs, direction and self-connections are ignored.
        density: share of the pairs of units that is kept, above 0 to 1.
        rng: stream ``louvain`` draws the order in which units are visited.

    Raises:
        NeurariumError: if `w` is not a finite square matrix, or no connection is left.

    Example:
        >>> import numpy as np
        >>> w = np.kron(np.eye(2), np.ones((4, 4)))
        >>> round(modularity(w, density=1.0, rng=Rng(0)).q, 6)
        0.5

    Paper: Newman and Girvan 2004, doi:10.1103/PhysRevE.69.026113; Louvain search by networkx.
    """
    graph = nx.from_numpy_array(strongest_undirected("modularity", as_matrix("modularity", w), density))
    draws = rng.numpy("louvain").integers(2**31, size=N_STARTS)
    found = [nx.community.louvain_communities(graph, seed=int(seed)) for seed in draws]
    scores = [nx.community.modularity(graph, communities) for communities in found]
    q = max(scores)
    best = sorted(map(frozenset, found[scores.index(q)]), key=lambda c: (-len(c), min(c)))
    return Modularity(float(q), tuple(best))
