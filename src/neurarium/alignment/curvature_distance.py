"""Distance between the curvatures of two systems."""

from __future__ import annotations

import torch
from jaxtyping import Real
from scipy.stats import wasserstein_distance

from neurarium.alignment._arrays import Array, as_double
from neurarium.alignment._graph import feature_graph
from neurarium.alignment.ollivier_ricci_curvature import ollivier_ricci_curvature
from neurarium.core.card import measure
from neurarium.core.errors import bad


@measure(
    summary="Distance between the distributions of Ollivier-Ricci curvature in two systems' neighbourhood graphs.",
    level="representation",
    paper="arxiv:2501.00919",
    tags=("distance", "unpaired", "rotation-invariant", "curvature", "slow"),
    is_metric=True,
)
def curvature_distance(
    X: Real[Array, "samples units_x"],
    Y: Real[Array, "samples_y units_y"],
    *,
    n_neighbours: int = 8,
    idleness: float = 0.5,
    is_by_node: bool = False,
) -> float:
    """``W1(P_X, P_Y)`` of the curvatures P of all edges (or nodes) of the graphs that join nearest neighbours.

    Sees how a representation bends and clusters locally, whichever stimuli do so: rows need not correspond, and
    rotations, offsets and one factor on all units change nothing. A metric, for it compares two distributions of
    numbers, but different systems may have the same one. Sampling noise never vanishes: set it beside split halves.

    Args:
        X: responses; samples at one point count once.
        Y: responses, any number of samples and units.
        n_neighbours: nearest samples that each is joined to, see :func:`neighbour_graph`.
        idleness: see :func:`ollivier_ricci_curvature`.
        is_by_node: compare the mean curvatures of nodes instead of those of edges.

    Raises:
        NeurariumError: unless more than `n_neighbours` samples differ.

    Example:
        >>> X = torch.rand(40, 3, generator=torch.Generator().manual_seed(0))
        >>> curvature_distance(X, 3 * X.flip(0, 1) + 1) < 1e-6
        True

    Paper: Torbati et al. 2025, arXiv:2501.00919.
    """
    kept = [_curvature(name, values, n_neighbours, idleness, is_by_node) for name, values in (("X", X), ("Y", Y))]
    return float(wasserstein_distance(*kept))


def _curvature(name: str, values: Array, n_neighbours: int, idleness: float, is_by_node: bool):
    points = torch.unique(as_double("curvature_distance", name, values, ("samples", "units")), dim=0)
    if len(points) <= n_neighbours:
        must = f"have more samples that differ than `n_neighbours` ({n_neighbours})"
        raise bad("curvature_distance", name, must, len(points))
    graph = feature_graph(points, n_neighbours)
    found = ollivier_ricci_curvature(graph, idleness=idleness)
    return (found.by_node if is_by_node else found.by_edge).numpy(force=True)
