"""Neighbourhood graphs, and what the measures of their curvature share: a graph is its matrix of edge lengths."""

from __future__ import annotations

from typing import no_type_check

import numpy as np
import torch
from jaxtyping import Float, Int, Real
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra
from torch import Tensor

from neurarium.alignment._arrays import Array, as_double, like
from neurarium.core.errors import bad, check_count, check_positive
from neurarium.core.kernels import compiled

Graph = Real[Array, "nodes _nodes"]
DENSE = 300  # up to here the cubic search is the faster one


def feature_graph(points: Float[Tensor, "samples units"], n_neighbours: int) -> Graph:
    """:func:`neighbour_graph` of the Euclidean distances between points."""
    distances = torch.cdist(points, points, compute_mode="donot_use_mm_for_euclid_dist")
    return neighbour_graph(distances, n_neighbours=n_neighbours)


def neighbour_graph(distances: Graph, *, n_neighbours: int = 8) -> Graph:
    """Join every sample to its `n_neighbours` nearest ones; an edge is as long as its ends are far apart.

    Two samples are joined if either is among the nearest of the other, so degrees may exceed `n_neighbours`. Of
    equally near samples the first ones count.

    Args:
        distances: any symmetric dissimilarity (samples, samples), e.g. ``rdm(X, distance="euclidean").values``.
        n_neighbours: at most the number of samples less one.

    Returns:
        lengths of edges (samples, samples), 0 where there is none.

    Raises:
        NeurariumError: if it is not symmetric, or two samples are at no distance.

    Example:
        >>> line = torch.tensor([[0.0, 1.0, 3.0], [1.0, 0.0, 2.0], [3.0, 2.0, 0.0]])
        >>> neighbour_graph(line, n_neighbours=1).tolist()
        [[0.0, 1.0, 0.0], [1.0, 0.0, 2.0], [0.0, 2.0, 0.0]]
    """
    D = _as_distances("neighbour_graph", distances)
    check_count("neighbour_graph", n_neighbours=n_neighbours)
    if n_neighbours >= len(D):
        raise bad("neighbour_graph", "n_neighbours", f"be below the number of samples ({len(D)})", n_neighbours)
    D = D.copy()
    np.fill_diagonal(D, np.inf)
    nearest = np.argsort(D, axis=1, kind="stable")[:, :n_neighbours]
    lengths = np.zeros_like(D)
    rows = np.arange(len(D))[:, None]
    lengths[rows, nearest] = D[rows, nearest]
    return like(torch.from_numpy(np.maximum(lengths, lengths.T)), distances)


def threshold_graph(distances: Graph, *, threshold: float) -> Graph:
    """Join all samples nearer than `threshold`; see :func:`neighbour_graph`.

    Example:
        >>> line = torch.tensor([[0.0, 1.0, 3.0], [1.0, 0.0, 2.0], [3.0, 2.0, 0.0]])
        >>> threshold_graph(line, threshold=1.5).tolist()
        [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 0.0]]
    """
    D = _as_distances("threshold_graph", distances)
    check_positive("threshold_graph", threshold=threshold)
    return like(torch.from_numpy(np.where(threshold > D, D, 0.0)), distances)


def as_lengths(owner: str, lengths: Graph) -> Float[np.ndarray, "nodes nodes"]:
    """`lengths` as float64 on the CPU.

    Raises:
        NeurariumError: unless it is square, symmetric, without negative entries or loops, and has an edge.
    """
    graph = _as_symmetric(owner, "lengths", lengths)
    if np.diagonal(graph).any():
        raise bad(owner, "lengths", "have no edge from a node to itself", "an entry on the diagonal")
    if not graph.any():
        raise bad(owner, "lengths", "have at least one edge", "zeros alone")
    return graph


def edges_of(lengths: Float[np.ndarray, "nodes nodes"]) -> Int[np.ndarray, "edges 2"]:
    """Both ends of every edge, the lower one first, in order."""
    return np.argwhere(np.triu(lengths) > 0)


def node_means(
    edges: Int[np.ndarray, "edges 2"], values: Float[np.ndarray, " edges"], n_nodes: int
) -> Float[np.ndarray, " nodes"]:
    """Mean of the values of a node's edges; 0 for a node without."""
    total = np.bincount(edges.ravel(), np.repeat(values, 2), minlength=n_nodes)
    degree = np.bincount(edges.ravel(), minlength=n_nodes)
    return total / np.maximum(degree, 1)


def path_lengths(lengths: Float[np.ndarray, "nodes nodes"]) -> Float[np.ndarray, "nodes nodes"]:
    """Length of the shortest path between any two nodes; inf where there is none."""
    if len(lengths) > DENSE:
        return dijkstra(csr_array(lengths), directed=False)
    distance = np.where(lengths > 0, lengths, np.inf)
    np.fill_diagonal(distance, 0.0)
    _floyd_warshall(distance)
    return distance


@compiled()
@no_type_check
def _floyd_warshall(distance):
    n = len(distance)
    for via in range(n):
        through = distance[via]
        for i in range(n):
            first = distance[i, via]
            if first < np.inf:
                row = distance[i]
                for j in range(n):
                    row[j] = min(row[j], first + through[j])


def _as_distances(owner: str, distances: Graph) -> np.ndarray:
    D = _as_symmetric(owner, "distances", distances)
    if np.diagonal(D).any():
        raise bad(owner, "distances", "be zero between a sample and itself", "an entry on the diagonal")
    if len(D) < 2 or (D + np.eye(len(D)) == 0).any():
        hint = "An edge without length has no curvature. Count identical samples once."
        raise bad(owner, "distances", "be of two samples or more, all different", "samples at no distance", hint)
    return D


def _as_symmetric(owner: str, param: str, given: Graph) -> np.ndarray:
    M = as_double(owner, param, given, ("nodes", "nodes")).numpy(force=True)
    if M.shape[0] != M.shape[1] or (M < 0).any() or not np.allclose(M, M.T, rtol=1e-9, atol=0):
        raise bad(owner, param, "be a square, symmetric matrix without negative entries", M.shape)
    return M
