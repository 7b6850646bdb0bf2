"""Participation ratio: how many directions activity fills."""

from __future__ import annotations

import torch
from jaxtyping import Real

from neurarium.alignment._arrays import Array, as_double
from neurarium.core.card import measure


@measure(
    summary="Number of directions that activity fills, from the variances along its principal axes.",
    level="representation",
    paper="doi:10.1101/214262",
    tags=("dimensionality",),
)
def participation_ratio(X: Real[Array, "samples units"]) -> float:
    """Effective dimensionality.

    ``PR = (Σ λ_i)² / Σ λ_i²``, λ the variances along the principal axes of `X`, each unit with mean zero: n if n
    directions vary alike, 1 if all variance lies along one, and 1 if nothing varies.

    Args:
        X: activity, (samples, units).

    Raises:
        NeurariumError: if `X` is not a finite matrix.

    Example:
        >>> participation_ratio(torch.cat([torch.eye(4), -torch.eye(4)]))
        4.0

    Paper: Gao et al. 2017, doi:10.1101/214262.
    """
    x = as_double("participation_ratio", "X", X, ("samples", "units"))
    spectrum = torch.linalg.svdvals(x - x.mean(0)).square()
    total = spectrum.sum()
    return (total**2 / spectrum.square().sum()).item() if total > 0 else 1.0
