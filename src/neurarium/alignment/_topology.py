"""From the geometry of an RDM to its topology: thresholds, then shortest paths."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float, Real
from torch import Tensor

from neurarium.alignment._arrays import Array, as_double, like
from neurarium.alignment._comparators import square
from neurarium.core.errors import bad, check_fraction


@torch.no_grad()
def geotopological_transform(
    rdm: Real[Array, "samples samples"], *, lower: float, upper: float
) -> Float[Array, "samples samples"]:
    """The geo-topological matrix (RGTM) of an RDM: ``f(d) = clip((d - l) / (u - l), 0, 1)``, l and u quantiles of D.

    Distances below l are those of neighbours, all alike; above u all are far. ``lower = 0, upper = 1`` is the RDM on
    the scale of 0 to 1; ``lower = upper`` keeps nothing but a graph, 0 (joined) where ``d <= l`` and else 1.

    Args:
        rdm: (samples, samples), symmetric.
        lower: share of the pairs that lie below l.
        upper: share of the pairs that lie below u.

    Raises:
        NeurariumError: unless ``0 <= lower <= upper <= 1``.

    Example:
        >>> D = torch.tensor([[0.0, 1.0, 2.0], [1.0, 0.0, 4.0], [2.0, 4.0, 0.0]])
        >>> geotopological_transform(D, lower=0.5, upper=1.0)      # l = 2, u = 4
        tensor([[0., 0., 0.],
                [0., 0., 1.],
                [0., 1., 0.]], dtype=torch.float64)

    Paper: Lin and Kriegeskorte 2023, arXiv:2309.11028.
    """
    D = as_double("geotopological_transform", "rdm", rdm, ("samples", "samples"))
    i, j = torch.triu_indices(len(D), len(D), 1, device=D.device)
    return like(square(thresholded("geotopological_transform", D[i, j], lower, upper)), rdm)


@torch.no_grad()
def geodesic_transform(rdm: Real[Array, "samples samples"]) -> Float[Array, "samples samples"]:
    """The geodesic matrix (RGDM) of a geo-topological one: shortest paths over all edges that are not the longest.

    Distances are brought to 0 to 1; those of 1 (above u) are no edges. A pair without a path is one edge of length 1
    farther apart than the farthest pair with one.

    Args:
        rdm: (samples, samples), symmetric, e.g. of :func:`geotopological_transform`.

    Example:
        >>> D = torch.tensor([[0.0, 1.0, 9.0], [1.0, 0.0, 2.0], [9.0, 2.0, 0.0]])
        >>> geodesic_transform(D) * 8                          # 0 and 2 are joined by way of 1
        tensor([[0., 0., 1.],
                [0., 0., 1.],
                [1., 1., 0.]], dtype=torch.float64)

    Paper: Lin and Kriegeskorte 2023, arXiv:2309.11028.
    """
    D = as_double("geodesic_transform", "rdm", rdm, ("samples", "samples"))
    i, j = torch.triu_indices(len(D), len(D), 1, device=D.device)
    return like(square(geodesic(D[i, j])), rdm)


def thresholded(owner: str, d: Float[Tensor, " pairs"], lower: float, upper: float) -> Float[Tensor, " pairs"]:
    """The transform of a vector of pairs."""
    check_fraction(owner, lower=lower, upper=upper)
    if lower > upper:
        raise bad(owner, "lower", f"be at most upper ({upper})", lower)
    low, high = np.quantile(d.numpy(force=True), [lower, upper])
    return ((d - low) / (high - low)).clamp_(0, 1) if high > low else (d > low).to(d.dtype)


def geodesic(d: Float[Tensor, " pairs"]) -> Float[Tensor, " pairs"]:
    """Shortest paths of a vector of pairs."""
    span = d.max() - d.min()
    D = square((d - d.min()) / span if bool(span > 0) else torch.zeros_like(d))
    D = torch.where(D < 1, D, torch.inf)
    for through, here in enumerate(D.unbind(0)):  # Floyd and Warshall; edges of no length are edges
        torch.minimum(D, D[:, through, None] + here, out=D)
    i, j = torch.triu_indices(len(D), len(D), 1, device=D.device)
    paths = D[i, j]
    joined = paths.isfinite()
    farthest = paths[joined].max() if bool(joined.any()) else 0.0
    return torch.where(joined, paths, 1 + farthest)
