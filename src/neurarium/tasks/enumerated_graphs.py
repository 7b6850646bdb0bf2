"""MAX-CUT on random graphs that are small enough to know the answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import no_type_check

import numpy as np
from jaxtyping import Float64

from neurarium.core.card import task
from neurarium.core.errors import bad, check_fraction
from neurarium.core.kernels import compiled
from neurarium.core.rng import Rng
from neurarium.tasks._max_cut import MaxCut

LARGEST = 28  # 2^27 cuts take seconds


@task(
    summary="Random graphs of up to 28 nodes, with the largest cut found by looking at all.",
    source="generated",
    tags=("optimisation", "graph", "ising"),
)
def enumerated_graphs(
    *, n_nodes: Sequence[int], density: float = 0.5, is_signed: bool = False, rng: Rng
) -> list[MaxCut]:
    """One random graph for each of `n_nodes`, its largest cut proven by enumeration.

    Each pair of nodes is joined with chance `density`; all ``2^(n-1)`` cuts are visited in the order of a Gray code,
    one node changing sides at a time.

    Args:
        n_nodes: nodes of each graph, 2 to 28.
        density: chance of an edge.
        is_signed: weights are -1 or 1 in equal shares, else all 1.
        rng: streams ``edges`` and ``signs``.

    Raises:
        NeurariumError: for a graph that is too small or too large.

    Example:
        >>> triangle, square = enumerated_graphs(n_nodes=(3, 4), density=1.0, rng=Rng(0))
        >>> triangle.best_cut, square.best_cut
        (2.0, 4.0)
    """
    check_fraction("enumerated_graphs", density=density)
    if any(isinstance(n, bool) or not isinstance(n, int) or not 2 <= n <= LARGEST for n in n_nodes):
        raise bad("enumerated_graphs", "n_nodes", f"be whole numbers from 2 to {LARGEST}", tuple(n_nodes))
    graphs = []
    for i, n in enumerate(n_nodes):
        pairs = np.argwhere(np.triu(np.ones((n, n)), 1))
        edges = pairs[rng.numpy("edges").random(len(pairs)) < density]
        signs = rng.numpy("signs").choice([-1.0, 1.0], len(edges))
        weights = signs if is_signed else np.ones(len(edges))
        w = np.zeros((n, n))
        w[tuple(edges.T)] = w[tuple(edges[:, ::-1].T)] = weights
        graphs.append(MaxCut(edges, weights, n, float(_largest_cut(w)), is_proven=True, name=f"random {i}"))
    return graphs


@compiled()
@no_type_check
def _largest_cut(w: Float64[np.ndarray, "nodes nodes"]) -> float:
    """Node 0 stays; ``gain[i]`` is what the cut gains if node i changes sides."""
    n = len(w)
    gain, side = w.sum(1), np.ones(n)
    cut = best = 0.0
    for visit in range(1, 1 << (n - 1)):
        node, rest = 1, visit
        while rest & 1 == 0:  # the Gray code changes the place of the lowest one
            node += 1
            rest >>= 1
        cut += gain[node]
        best = max(best, cut)
        side[node] = -side[node]
        gain[node] = -gain[node]
        for other in range(n):
            gain[other] += 2 * w[node, other] * side[other] * side[node]
    return best
