"""Correlation between the curvatures of two systems."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float, Real

from neurarium.alignment._arrays import Array, as_double
from neurarium.alignment._graph import feature_graph
from neurarium.alignment.ollivier_ricci_curvature import ollivier_ricci_curvature
from neurarium.core.card import measure
from neurarium.core.errors import bad


@measure(
    summary="Correlation of Ollivier-Ricci curvature over the edges that two systems' neighbourhood graphs share.",
    level="representation",
    paper="arxiv:2501.00919",
    tags=("similarity", "paired", "rotation-invariant", "curvature", "slow"),
)
def curvature_correlation(
    X: Real[Array, "samples units_x"],
    Y: Real[Array, "samples_y units_y"],
    *,
    n_neighbours: int = 8,
    idleness: float = 0.5,
) -> float:
    """Pearson's ``r`` of ``κ_X(i, j)`` and ``κ_Y(i, j)`` over all pairs of samples that are joined in both graphs.

    Whether the same places are tight clusters (κ > 0) or bridges (κ < 0) in both systems; what they do not join alike
    is left out. Unrelated graphs still share up to about ``2 n_neighbours²`` edges by chance, where r averages 0.

    Args:
        X: responses; row i of both answers the same stimulus, a pair of rows that comes twice counts once.
        Y: responses, any number of units.
        n_neighbours: nearest samples that each is joined to, see :func:`neighbour_graph`.
        idleness: see :func:`ollivier_ricci_curvature`.

    Raises:
        NeurariumError: for unequal samples, different ones at one point, or under 3 shared edges of unlike curvature.

    Example:
        >>> X = torch.rand(40, 3, generator=torch.Generator().manual_seed(0))
        >>> round(curvature_correlation(X, 3 * X.flip(1) + 1), 6)
        1.0

    Paper: Torbati et al. 2025, arXiv:2501.00919.
    """
    x, y = (as_double("curvature_correlation", n, v, ("samples", "units")) for n, v in (("X", X), ("Y", Y)))
    if len(x) != len(y):
        hint = "Row i of both must answer the same stimulus."
        raise bad("curvature_correlation", "Y", f"have as many samples as X ({len(x)})", len(y), hint)
    both = torch.unique(torch.cat([x, y.to(x.device)], dim=1), dim=0)
    kx, ky = (_by_pair(half, n_neighbours, idleness) for half in both.split([x.shape[1], y.shape[1]], dim=1))
    is_shared = ~np.isnan(kx + ky)
    if is_shared.sum() < 3 or min(kx[is_shared].std(), ky[is_shared].std()) < 1e-12:
        must = "share at least 3 edges of unlike curvature with that of X"
        raise bad("curvature_correlation", "Y", must, int(is_shared.sum()), "Raise `n_neighbours` or use more samples.")
    return float(np.corrcoef(kx[is_shared], ky[is_shared])[0, 1])


def _by_pair(points: torch.Tensor, n_neighbours: int, idleness: float) -> Float[np.ndarray, "samples samples"]:
    graph = feature_graph(points, n_neighbours)
    found = ollivier_ricci_curvature(graph.numpy(force=True), idleness=idleness)
    curvature = np.full((len(points), len(points)), np.nan)
    curvature[tuple(found.edges.T)] = found.by_edge
    return curvature
