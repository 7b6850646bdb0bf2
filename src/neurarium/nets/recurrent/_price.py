"""What the penalties on weights share: a price for each connection, and who pays on the diagonal."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from neurarium.core.errors import bad


def price(
    weight: Float[Tensor, "*stacked n n"], cost: Float[Tensor, "*_stacked n n"], is_diagonal_charged: bool
) -> Float[Tensor, "*stacked"]:
    """``Σ_ij |w_ij| k_ij``, with ``k_ii`` the mean of ``k_ij`` over i != j if charged, else zero."""
    n = weight.shape[-1]
    own = torch.eye(n, dtype=weight.dtype, device=weight.device)
    cost = cost * (1 - own)
    if is_diagonal_charged:
        mean = cost.sum((-2, -1), keepdim=True) / (n * (n - 1))
        cost = cost + mean * own
    return (weight.abs() * cost).sum((-2, -1))


def check_square(owner: str, weight: Tensor, n_units: int | None = None) -> None:
    """Raise unless `weight` ends in ``(n, n)`` with n at least 2, and equal to `n_units` where given."""
    n = weight.shape[-1] if weight.ndim >= 2 else 0
    if n < 2 or weight.shape[-2] != n:
        raise bad(owner, "weight", "be (..., n, n) with n of at least 2", tuple(weight.shape))
    if n_units is not None and n != n_units:
        raise bad(owner, "weight", f"join the {n_units} units that have positions", tuple(weight.shape))
