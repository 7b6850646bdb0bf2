"""How much of an activity a given subspace holds."""

from __future__ import annotations

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from neurarium.core import measure
from neurarium.core.errors import bad


@measure(
    summary="Energy of an activity inside the span of some rows, relative to the best span of that size.",
    level="representation",
    paper="arxiv:2103.09762",
    tags=("subspace",),
)
def captured_energy(X: Float[Tensor, "samples units"] | Any, rows: Float[Tensor, "rows units"] | Any) -> float:
    """Share of the attainable energy that the span of `rows` captures.

    ``|X Q|² / Σ_(i<=k) σ_i(X)²`` with Q an orthonormal basis of the k rows and σ the singular values of X: 1 for the
    leading singular directions, k / units on average for random rows of white activity. X is not centred.

    Args:
        X: activity, numpy or torch.
        rows: any spanning set; need not be orthonormal.

    Raises:
        NeurariumError: when units differ or X is zero.

    Example:
        >>> captured_energy(torch.tensor([[3.0, 0.0], [0.0, 1.0]]), torch.tensor([[0.0, 1.0]]))
        0.1111111111111111

    Paper: the criterion of gradient projection memory, Saha et al. 2021, arXiv:2103.09762.
    """
    x, h = torch.as_tensor(X).double(), torch.as_tensor(rows).double()
    if x.ndim != 2 or h.ndim != 2 or x.shape[1] != h.shape[1] or not 0 < len(h) <= h.shape[1]:
        raise bad("captured_energy", "rows", f"be (rows, {x.shape[-1]})", tuple(h.shape))
    best = torch.linalg.svdvals(x)[: len(h)].square().sum()
    if best == 0:
        raise bad("captured_energy", "X", "not be zero everywhere", 0.0)
    basis = torch.linalg.qr(h.mT).Q
    return ((x @ basis).square().sum() / best).item()
