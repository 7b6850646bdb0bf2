"""Price of a connection: its size."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn

from neurarium.core import part
from neurarium.nets.recurrent._price import check_square, price


@part(
    summary="Sum of absolute recurrent weights: few connections.",
    paper="doi:10.1111/j.2517-6161.1996.tb02080.x",
    tags=("penalty", "differentiable"),
)
class L1Penalty(nn.Module):
    """The lasso on a recurrent matrix: ``Σ_ij |w_ij|``, one value a network.

    Args:
        is_diagonal_charged: whether self-connections count (default, as published) or are free.

    Raises:
        NeurariumError: when the weight is not (..., n, n).

    Example:
        >>> L1Penalty()(torch.tensor([[1.0, -2.0], [3.0, 0.0]])).item()
        6.0

    Paper: Tibshirani 1996.
    """

    def __init__(self, *, is_diagonal_charged: bool = True) -> None:
        super().__init__()
        self.is_diagonal_charged = is_diagonal_charged

    def forward(self, weight: Float[Tensor, "*stacked n n"]) -> Float[Tensor, "*stacked"]:
        """The penalty of each network, ``(..., n, n) -> (...)``."""
        check_square("L1Penalty", weight)
        return price(weight, torch.ones_like(weight), self.is_diagonal_charged)
