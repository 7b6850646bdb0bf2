"""Forman-Ricci curvature of graphs."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float, Int

from neurarium.alignment._arrays import like
from neurarium.alignment._graph import Graph, as_lengths, edges_of, node_means
from neurarium.alignment.ollivier_ricci_curvature import Curvature
from neurarium.core.card import measure


@measure(
    summary="Forman-Ricci curvature of the edges and nodes of a graph: counts neighbours and triangles, no transport.",
    level="representation",
    paper="doi:10.1038/s41598-018-27001-3",
    tags=("graph", "curvature"),
)
def forman_ricci_curvature(lengths: Graph, *, is_augmented: bool = True) -> Curvature:
    """``F(e) = w_e [Σ_{f>e} w_e + Σ_{v<e} 1/w_e - Σ_{e'} |Σ_{f>e,e'} √(w_e w_e') - Σ_{v<e,e'} 1/√(w_e w_e')|]``.

    Faces f are the triangles that e belongs to, v its ends, e' the edges that share an end or a face with it; w is an
    edge's length, one for ends and faces. With unit lengths ``F = 4 - d_x - d_y + 3 n_triangles``. Unlike Ollivier's
    it is no share, and its size follows degrees.

    Args:
        lengths: of edges (nodes, nodes), symmetric, 0 where there is none.
        is_augmented: triangles are faces; else the graph has none, ``F = 4 - d_x - d_y``.

    Raises:
        NeurariumError: if the graph is not symmetric or has no edge.

    Example:
        >>> import torch
        >>> forman_ricci_curvature(1 - torch.eye(4)).by_edge.tolist()
        [4.0, 4.0, 4.0, 4.0, 4.0, 4.0]

    Paper: Forman 2003, doi:10.1007/s00454-002-0743-x; augmented: Samal et al. 2018, doi:10.1038/s41598-018-27001-3.
    """
    graph = as_lengths("forman_ricci_curvature", lengths)
    edges = edges_of(graph)
    by_edge = _by_edge(graph, edges, is_augmented)
    found = (edges, by_edge, node_means(edges, by_edge, len(graph)))
    return Curvature(*(like(torch.from_numpy(values), lengths) for values in found))


def _by_edge(
    graph: Float[np.ndarray, "nodes nodes"], edges: Int[np.ndarray, "edges 2"], is_augmented: bool
) -> Float[np.ndarray, " edges"]:
    w = graph[tuple(edges.T)]
    is_face = (graph[edges] > 0).all(1) & is_augmented  # (edges, nodes): the third corner of a triangle
    beside = np.zeros_like(w)
    for here, there in edges.T, edges.T[::-1]:
        others = graph[here]
        others[np.arange(len(w)), there] = 0  # the edge itself
        root = np.sqrt(w[:, None] * others)
        inverse = np.divide(1, root, out=np.zeros_like(root), where=root > 0)
        beside += np.abs(np.where(is_face, root, 0) - inverse).sum(1)
    return w * (is_face.sum(1) * w + 2 / w - beside)
