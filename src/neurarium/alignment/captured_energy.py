"""How much of an activity a given subspace holds."""

from __future__ import annotations

import torch
from jaxtyping import Real

from neurarium.alignment._arrays import Array, as_double
from neurarium.core import measure
from neurarium.core.errors import bad


@measure(
    summary="Energy of an activity inside the span of some rows, relative to the best span of that size.",
    level="representation",
    paper="arxiv:2103.09762",
    tags=("subspace",),
)
def captured_energy(
    X: Real[Array, "samples units_x"],
    rows: Real[Array, "rows units"],
) -> float:
    """Share of the energy that k rows could hold which the span of these `rows` does hold.

    ``|X Q|² / Σ_(i<=k) σ_i(X)²`` with Q an orthonormal basis of the span of the k rows and σ the singular values of X.
    1 for the leading singular directions. Random rows hold ``k / units`` of ``|X|²`` on average: little where few
    directions carry the activity, but as much as any others where it is white. X is not centred.

    Args:
        X: activity, numpy or torch.
        rows: any spanning set; a row that depends on others counts among the k but adds nothing.

    Raises:
        NeurariumError: when units differ, X is zero or an entry is not finite.

    Example:
        >>> captured_energy(torch.tensor([[3.0, 0.0], [0.0, 1.0]]), torch.tensor([[0.0, 1.0]]))
        0.1111111111111111

    Paper: the criterion of gradient projection memory, Saha et al. 2021, arXiv:2103.09762.
    """
    x = as_double("captured_energy", "X", X, ("samples", "units"))
    h = as_double("captured_energy", "rows", rows, ("rows", "units")).to(x.device)
    if h.shape[1] != x.shape[1]:
        raise bad("captured_energy", "rows", f"have as many units as X ({x.shape[1]})", h.shape[1])
    best = torch.linalg.svdvals(x)[: len(h)].square().sum()
    if best == 0:
        raise bad("captured_energy", "X", "not be zero everywhere", 0.0)
    _, sizes, axes = torch.linalg.svd(h, full_matrices=False)
    basis = axes[sizes > sizes.max() * max(h.shape) * torch.finfo(h.dtype).eps]
    return ((x @ basis.mT).square().sum() / best).item()
