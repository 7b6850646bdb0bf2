"""Ricci flow on graphs, and the communities it parts."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Int
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, minimum_spanning_tree

from neurarium.alignment._arrays import Array, like
from neurarium.alignment._graph import Graph, as_lengths, edges_of, path_lengths
from neurarium.alignment._transport import transport_costs
from neurarium.core.card import measure
from neurarium.core.errors import bad, check_count, check_fraction, check_positive

SHORTEST = 1e-9  # of the mean length: an edge may shrink, not vanish


class RicciFlow(NamedTuple):
    """`lengths` at the end, with mean one; `communities`: a label for each node; `spread`: of κ before each step."""

    lengths: Graph
    communities: Int[Array, " nodes"]
    spread: Float[Array, " steps"]


@measure(
    summary="Ricci flow of a graph: bridges grow, clusters shrink, and cutting long edges leaves communities.",
    level="representation",
    paper="arxiv:1907.03993",
    tags=("graph", "curvature", "modularity"),
)
def ricci_flow(lengths: Graph, *, n_steps: int = 50, idleness: float = 0.5, cutoff: float | None = None) -> RicciFlow:
    """``w_xy <- (1 - κ(x, y)) d(x, y) = W1(m_x, m_y)``, then all lengths scaled to mean one; `n_steps` times.

    κ, W1, d and m as in :func:`ollivier_ricci_curvature`. The flow evens out curvature: complete graphs and cycles
    stand still, edges with κ < 0 grow. Communities are what remains connected once edges longer than `cutoff` are cut.

    Args:
        lengths: of edges (nodes, nodes), symmetric, 0 where there is none.
        n_steps: 20 to 50 are usual; clusters of unlike size need the more.
        idleness: share of mass that stays at its node, from 0 to below 1.
        cutoff: in mean lengths; None takes the cut whose communities have the highest modularity, each edge
            counted as one.

    Raises:
        NeurariumError: if the graph is not symmetric or has no edge, or all of it is single pairs of nodes.

    Example:
        >>> cliques = torch.block_diag(1 - torch.eye(5), 1 - torch.eye(5))
        >>> cliques[0, 5] = cliques[5, 0] = 1                                              # a bridge
        >>> ricci_flow(cliques).communities
        tensor([0, 0, 0, 0, 0, 1, 1, 1, 1, 1])

    Paper: Ni et al. 2019, arXiv:1907.03993; for representations Torbati et al. 2025, arXiv:2501.00919.
    """
    check_count("ricci_flow", n_steps=n_steps)
    check_fraction("ricci_flow", idleness=idleness)
    check_positive("ricci_flow", cutoff=1.0 if cutoff is None else cutoff)
    if idleness == 1:
        raise bad("ricci_flow", "idleness", "lie below 1", idleness, "Nothing would move.")
    start = as_lengths("ricci_flow", lengths)
    graph, spread, edges = start.copy(), np.empty(n_steps), edges_of(start)
    x, y = edges.T
    for k in range(n_steps):
        distance = path_lengths(graph)
        costs = transport_costs(graph, distance, edges, idleness)
        if not costs.any():
            raise bad("ricci_flow", "lengths", "join some node to two others or more", "single pairs of nodes")
        spread[k] = np.std(1 - costs / distance[x, y])
        graph[x, y] = graph[y, x] = np.maximum(costs / costs.mean(), SHORTEST)
    labels = _most_modular(start > 0, graph) if cutoff is None else _parts(graph, cutoff)
    return RicciFlow(*(like(torch.from_numpy(values), lengths) for values in (graph, labels.astype(np.int64), spread)))


def _parts(lengths: Float[np.ndarray, "nodes nodes"], cutoff: float) -> Int[np.ndarray, " nodes"]:
    return connected_components(csr_array(np.where(lengths <= cutoff, lengths, 0)), directed=False)[1]


def _most_modular(joined: np.ndarray, lengths: Float[np.ndarray, "nodes nodes"]) -> Int[np.ndarray, " nodes"]:
    """Only a cut at the length of an edge of the minimum spanning tree changes what is connected."""
    tree = minimum_spanning_tree(csr_array(lengths))
    cuts = [_parts(tree.toarray(), cutoff) for cutoff in np.unique(tree.data)[::-1]]
    scores = [_modularity(joined, labels) for labels in cuts]
    return cuts[int(np.argmax(scores))]


def _modularity(joined: np.ndarray, labels: Int[np.ndarray, " nodes"]) -> float:
    """Newman's ``Q = Σ_c [share of edges within c - (share of edge ends in c)²]``."""
    degree = joined.sum(1)
    ends = np.bincount(labels, degree) / degree.sum()
    within = (joined & (labels[:, None] == labels)).sum() / degree.sum()
    return float(within - np.square(ends).sum())
