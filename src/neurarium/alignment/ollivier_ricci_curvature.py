"""Ollivier-Ricci curvature of graphs."""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Float, Int

from neurarium.alignment._arrays import Array, like
from neurarium.alignment._graph import Graph, as_lengths, edges_of, node_means, path_lengths
from neurarium.alignment._transport import transport_costs
from neurarium.core.card import measure
from neurarium.core.errors import bad, check_fraction


class Curvature(NamedTuple):
    """`edges`: both ends; `by_edge`: their curvature; `by_node`: mean over a node's edges, 0 for a node without."""

    edges: Int[Array, "edges 2"]
    by_edge: Float[Array, " edges"]
    by_node: Float[Array, " nodes"]


@measure(
    summary="Ollivier-Ricci curvature of the edges and nodes of a graph, by exact optimal transport.",
    level="representation",
    paper="arxiv:2501.00919",
    tags=("graph", "curvature"),
)
def ollivier_ricci_curvature(lengths: Graph, *, idleness: float = 0.5) -> Curvature:
    """``κ(x, y) = 1 - W1(m_x, m_y) / d(x, y)`` for every edge, d the length of the shortest path.

    ``m_x`` keeps the share `idleness` at x and spreads the rest evenly over its neighbours; W1 is the least cost of
    carrying ``m_x`` to ``m_y`` along shortest paths. Neighbourhoods that overlap, as on a sphere or in a cluster, have
    κ > 0; on a grid κ = 0; a bridge or a branch of a tree has κ < 0. One factor on all lengths changes nothing.

    Args:
        lengths: of edges (nodes, nodes), symmetric, 0 where there is none, e.g. of :func:`neighbour_graph`.
        idleness: the α of Lin, Lu and Yau, from 0 to below 1; every κ shrinks to 0 as it nears 1.

    Raises:
        NeurariumError: if the graph is not symmetric or has no edge.

    Example:
        >>> triangle = 1 - torch.eye(3)
        >>> ollivier_ricci_curvature(triangle, idleness=0.0).by_edge
        tensor([0.5000, 0.5000, 0.5000], dtype=torch.float64)

    Paper: Ollivier 2009, doi:10.1016/j.jfa.2008.11.001; for representations Torbati et al. 2025, arXiv:2501.00919.
    """
    check_fraction("ollivier_ricci_curvature", idleness=idleness)
    if idleness == 1:
        raise bad("ollivier_ricci_curvature", "idleness", "lie below 1", idleness, "A walker must move to see a curve.")
    graph = as_lengths("ollivier_ricci_curvature", lengths)
    edges, distance = edges_of(graph), path_lengths(graph)
    by_edge = 1 - transport_costs(graph, distance, edges, idleness) / distance[tuple(edges.T)]
    found = (edges, by_edge, node_means(edges, by_edge, len(graph)))
    return Curvature(*(like(torch.from_numpy(values), lengths) for values in found))
