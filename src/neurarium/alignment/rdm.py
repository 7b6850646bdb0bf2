"""Representational dissimilarity matrix."""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Float, Int, Real

from neurarium.alignment._arrays import Array, like
from neurarium.alignment._distances import Distance, distance_of
from neurarium.alignment._masks import as_masked
from neurarium.core.card import measure
from neurarium.core.errors import bad


class RDM(NamedTuple):
    """Distances between the responses to each two stimuli, and how many units each of them rests on."""

    values: Float[Array, "samples samples"]
    n_units: Int[Array, "samples samples"]


@measure(
    summary="Distances between the responses of one system to each two stimuli.",
    level="representation",
    paper="doi:10.3389/neuro.06.004.2008",
    tags=("rdm", "geometry"),
)
@torch.no_grad()
def rdm(X: Real[Array, "samples units"], *, distance: str | Distance = "squared_euclidean") -> RDM:
    """The representational dissimilarity matrix ``D_ij = d(x_i, x_j)`` of one system.

    Sums over units are means, so that populations of different sizes compare. A missing response is NaN in X: each
    pair of samples is then compared over the units that both have, `n_units` of them; a pair without any is NaN.

    Args:
        X: responses, one row a stimulus; NaN where a unit was not recorded.
        distance: ``squared_euclidean``, ``euclidean``, ``correlation``, ``cosine``, ``poisson_kl``, or an object such
            as ``Mahalanobis(precision=...)``, or any function from (samples, units) to (samples, samples).

    Returns:
        `values` (samples, samples), symmetric with zero diagonal, and `n_units`.

    Raises:
        NeurariumError: for infinite entries, a sample that a correlation or cosine is not defined for, negative rates.

    Example:
        >>> rdm(torch.tensor([[0.0, 1.0], [2.0, 1.0], [2.0, torch.nan]])).values
        tensor([[0., 2., 4.],
                [2., 0., 0.],
                [4., 0., 0.]], dtype=torch.float64)

    Paper: Kriegeskorte et al. 2008, doi:10.3389/neuro.06.004.2008.
    """
    measure_with = distance_of(distance)
    x, known = as_masked("rdm", "X", X, ("samples", "units"))
    if bool(known.all()):
        values, counts = measure_with(x), torch.full((len(x), len(x)), x.shape[1], device=x.device)
    elif hasattr(measure_with, "masked"):
        counts = (known.to(x.dtype) @ known.to(x.dtype).mT).round().long()
        values = torch.where(counts > 0, measure_with.masked(x, known), torch.nan).fill_diagonal_(0)
    else:
        hint = f"{measure_with!r} needs every unit: drop or impute, or choose another distance."
        raise bad("rdm", "X", "be complete for this distance", f"{int((~known).sum())} missing responses", hint)
    return RDM(like(values, X), like(counts, X))
