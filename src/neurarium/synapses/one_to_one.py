"""One synapse for each unit."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn

from neurarium.core import part
from neurarium.core.errors import check_count


@part(
    summary="One-to-one synapses: each unit reaches its partner and nobody else.",
    paper="doi:10.1017/CBO9781107447615",
    tags=("differentiable",),
    example=dict(n_units=4),
)
class OneToOne(nn.Module):
    """One-to-one synapses, all of weight one at first.

    ``y_i = w_i x_i``

    Args:
        n_units: units on either side.
        weight: w at the start.

    Example:
        >>> OneToOne(n_units=2, weight=-0.5)(torch.tensor([1.0, 4.0])).tolist()
        [-0.5, -2.0]

    Paper: Gerstner et al. 2014, Neuronal Dynamics, section 3.1.
    """

    def __init__(self, *, n_units: int, weight: float = 1.0) -> None:
        super().__init__()
        check_count("OneToOne", n_units=n_units)
        self.weight = nn.Parameter(torch.full((n_units,), float(weight)))

    def forward(self, x: Float[Tensor, "*batch units"]) -> Float[Tensor, "*batch units"]:
        """What arrives at the partners."""
        return self.weight * x
