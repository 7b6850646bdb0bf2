"""Price of a connection: its size times how well the network already joins its two ends."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn

from neurarium.core import part
from neurarium.nets.recurrent._positions import distances
from neurarium.nets.recurrent._price import check_square, price


@part(
    summary="Absolute recurrent weights times communicability (and distance): the penalty of seRNNs.",
    paper="doi:10.1038/s42256-023-00748-9",
    tags=("penalty", "spatial", "differentiable"),
)
class CommunicabilityPenalty(nn.Module):
    """Price of redundant paths in a recurrent matrix, one value a network; with positions the seRNN penalty.

    ``Σ_ij |w_ij| c_ij d_ij``  with  ``C = expm(S^-1/2 |W| S^-1/2)``,  ``S = diag_i(Σ_j |w_ij|)``.

    Gradients flow through C too. A unit with an empty row gets 0 for its ``s^-1/2``. S sums rows of `weight`,
    ours (to, from); the authors' Keras kernel is (from, to): ``penalty(weight.mT)`` is their code exactly.

    Args:
        positions: where each unit sits, (units, axes); None leaves distance out (``d_ij = 1``).
        is_diagonal_charged: with False ``c_ii d_ii = 0``, as published; with True it is the mean of
            ``c_ij d_ij`` over all i != j of the same network.

    Raises:
        NeurariumError: when the weight is not (..., n, n).

    Example:
        >>> penalty = CommunicabilityPenalty()
        >>> round(penalty(torch.tensor([[0.0, 0.5], [0.5, 0.0]])).item(), 4)      # sinh(1)
        1.1752

    Paper: Achterberg et al. 2023, Nature Machine Intelligence; C from Crofts and Higham 2009.
    """

    distance: Tensor | None

    def __init__(
        self, *, positions: Float[Tensor, "units axes"] | None = None, is_diagonal_charged: bool = False
    ) -> None:
        super().__init__()
        self.is_diagonal_charged = is_diagonal_charged
        self.register_buffer("distance", None if positions is None else distances(positions))

    def forward(self, weight: Float[Tensor, "*stacked n n"]) -> Float[Tensor, "*stacked"]:
        """The penalty of each network, ``(..., n, n) -> (...)``."""
        d = self.distance
        check_square("CommunicabilityPenalty", weight, None if d is None else d.shape[0])
        cost = communicability(weight) if d is None else communicability(weight) * d.to(weight)
        return price(weight, cost, self.is_diagonal_charged)


def communicability(weight: Float[Tensor, "*stacked n n"]) -> Float[Tensor, "*stacked n n"]:
    """``expm(S^-1/2 |W| S^-1/2)``, S the row strengths: walks of all lengths k, weighed by 1/k!."""
    size = weight.abs()
    strength = size.sum(-1)
    is_joined = strength > 0
    # The inner where keeps the power away from zero, whose infinite slope would make the gradient nan.
    root = torch.where(is_joined, torch.where(is_joined, strength, 1).rsqrt(), 0)
    return torch.linalg.matrix_exp(root.unsqueeze(-1) * size * root.unsqueeze(-2))
