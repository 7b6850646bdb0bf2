"""Price of a connection: its size times its length."""

from __future__ import annotations

from jaxtyping import Float
from torch import Tensor, nn

from neurarium.core import part
from neurarium.nets.recurrent._positions import distances, grid_positions
from neurarium.nets.recurrent._price import check_square, price


@part(
    summary="Sum of absolute recurrent weights times the distance they span: short connections.",
    paper="doi:10.1038/s42256-023-00748-9",
    tags=("penalty", "spatial", "differentiable"),
    example=dict(positions=grid_positions(2, 2)),
)
class SpatialPenalty(nn.Module):
    """Wiring cost of a recurrent matrix, one value a network.

    ``Σ_ij |w_ij| d_ij``,  d_ij = Euclidean distance of units i and j.

    Args:
        positions: where each unit sits, (units, axes), any unit of length. See :func:`grid_positions`.
        is_diagonal_charged: with False ``d_ii = 0``, as published; with True ``d_ii`` is the mean of ``d_ij``
            over all i != j.

    Raises:
        NeurariumError: when the weight is not (..., units, units).

    Example:
        >>> import torch
        >>> penalty = SpatialPenalty(positions=torch.tensor([[0.0, 0.0], [3.0, 4.0]]))
        >>> penalty(torch.tensor([[9.0, -1.0], [2.0, 9.0]])).item()
        15.0

    Paper: Achterberg et al. 2023, Nature Machine Intelligence.
    """

    distance: Tensor

    def __init__(self, *, positions: Float[Tensor, "units axes"], is_diagonal_charged: bool = False) -> None:
        super().__init__()
        self.is_diagonal_charged = is_diagonal_charged
        self.register_buffer("distance", distances(positions))

    def forward(self, weight: Float[Tensor, "*stacked n n"]) -> Float[Tensor, "*stacked"]:
        """The penalty of each network, ``(..., n, n) -> (...)``."""
        check_square("SpatialPenalty", weight, self.distance.shape[0])
        return price(weight, self.distance.to(weight), self.is_diagonal_charged)
