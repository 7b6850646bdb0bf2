"""Lin-Lu-Yau curvature of graphs."""

from __future__ import annotations

from neurarium.alignment._graph import Graph
from neurarium.alignment.ollivier_ricci_curvature import Curvature, ollivier_ricci_curvature
from neurarium.core.card import measure


@measure(
    summary="Ollivier-Ricci curvature in the limit of a walker that hardly moves: no idleness to choose.",
    level="representation",
    paper="doi:10.2748/tmj/1325886283",
    tags=("graph", "curvature"),
)
def lin_lu_yau_curvature(lengths: Graph) -> Curvature:
    """``κ(x, y) = lim_{α -> 1} κ_α(x, y) / (1 - α) = 2 κ_½(x, y)``, κ_α of :func:`ollivier_ricci_curvature`.

    From an idleness of ½ on some mass goes from x to y itself, so κ_α falls on a straight line to 0 at α = 1.
    Complete graphs have n / (n - 1), grids 0, edges of a tree ``2 / d_x + 2 / d_y - 2``.

    Args:
        lengths: of edges (nodes, nodes), symmetric, 0 where there is none.

    Raises:
        NeurariumError: if the graph is not symmetric or has no edge.

    Example:
        >>> import torch
        >>> lin_lu_yau_curvature(1 - torch.eye(4)).by_node
        tensor([1.3333, 1.3333, 1.3333, 1.3333], dtype=torch.float64)

    Paper: Lin, Lu and Yau 2011, doi:10.2748/tmj/1325886283; the straight line: Bourne et al. 2018, arXiv:1704.04398.
    """
    half = ollivier_ricci_curvature(lengths, idleness=0.5)
    return Curvature(half.edges, 2 * half.by_edge, 2 * half.by_node)
