"""Persistent homology of a point cloud: its components and loops, and over which scales they last."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Real
from scipy.sparse import csr_array
from scipy.sparse.csgraph import minimum_spanning_tree
from scipy.spatial.distance import pdist, squareform

from neurarium.alignment._arrays import Array, as_double
from neurarium.alignment._rips_kernels import degree_one_pairs
from neurarium.core.card import measure
from neurarium.core.errors import bad


class Persistence(NamedTuple):
    """Bars (birth, death) of positive length, longest-lived last; one component never dies."""

    components: Float[np.ndarray, "bars 2"]
    loops: Float[np.ndarray, "bars 2"]


@measure(
    summary="Bars of the components and loops of a point cloud (Vietoris-Rips, degrees 0 and 1).",
    level="representation",
    paper="doi:10.1007/s41468-021-00071-5",
    tags=("topology", "samples"),
)
def persistent_homology(X: Real[Array, "samples units"], *, is_distance: bool = False) -> Persistence:
    """Components and loops, as r grows, of the graph that joins points nearer than r, all its triangles filled.

    A component dies where single linkage merges it: the edges of the minimum spanning tree. A loop is born with the
    edge that closes it and dies with the longest edge of the triangle that fills it (cohomology over Z/2).

    Args:
        X: points, a few hundred; time grows with their cube.
        is_distance: `X` holds distances already, (samples, samples).

    Raises:
        NeurariumError: for fewer than 2 points, or distances that are not symmetric, or negative.

    Example:
        >>> square = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 1.0], [1.0, 0.0]])
        >>> persistent_homology(square).loops.round(3).tolist()
        [[1.0, 1.414]]

    Paper: Bauer 2021 (Ripser), doi:10.1007/s41468-021-00071-5.
    """
    distances = _distances(X, is_distance)
    n = len(distances)
    i, j = np.triu_indices(n, 1)
    lengths = distances[i, j]
    order = np.argsort(lengths, kind="stable")
    ends, lengths = np.stack((i[order], j[order]), 1), lengths[order]
    rank = np.zeros((n, n), np.int64)
    rank[ends[:, 0], ends[:, 1]] = rank[ends[:, 1], ends[:, 0]] = np.arange(len(ends))
    is_in_tree = _tree(rank, ends)
    deaths = np.append(lengths[is_in_tree], np.inf)
    n_edges = int(np.searchsorted(lengths, distances.max(1).min(), side="right"))  # then one point sees all others
    pairs = degree_one_pairs(rank, ends, is_in_tree, n_edges)
    loops = lengths[pairs].reshape(-1, 2)
    loops = loops[loops[:, 1] > loops[:, 0]]
    components = np.stack((np.zeros(n), deaths), 1)[deaths > 0]
    return Persistence(components, loops[np.argsort(loops[:, 1] - loops[:, 0])])


def _distances(X: Array, is_distance: bool) -> Float[np.ndarray, "samples samples"]:
    x = as_double("persistent_homology", "X", X, ("samples", "units")).numpy(force=True)
    if len(x) < 2:
        raise bad("persistent_homology", "X", "have at least 2 samples", len(x))
    if not is_distance:
        return squareform(pdist(x))
    if x.shape[0] != x.shape[1] or not np.allclose(x, x.T) or x.min() < 0 or np.diagonal(x).any():
        raise bad("persistent_homology", "X", "be symmetric, not negative and 0 on its diagonal", x.shape)
    return x


def _tree(rank: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Which edges the minimum spanning tree by rank holds (ranks from 1, since a sparse 0 is no edge)."""
    tree = minimum_spanning_tree(csr_array(np.triu(rank + 1, 1)))
    is_in_tree = np.zeros(len(ends), np.bool_)
    is_in_tree[tree.data.astype(np.int64) - 1] = True
    return is_in_tree
