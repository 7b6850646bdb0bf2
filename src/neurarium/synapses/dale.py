"""Dale's law: a unit excites or inhibits, never both."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn

from neurarium.core import part
from neurarium.core.errors import bad, check_count


@part(
    summary="Constraint by which each presynaptic unit is excitatory or inhibitory at all its synapses.",
    paper="doi:10.1371/journal.pcbi.1004792",
    tags=("constraint", "differentiable"),
    example=dict(n_exc=3, n_inh=1),
)
class Dale(nn.Module):
    """``w = |free| sign(pre)``: the first `n_exc` presynaptic units excite, the others inhibit.

    A parametrisation for ``torch.nn.utils.parametrize``: the layer is used and trained as before, its free weights
    are what the optimiser sees, and no step can change a sign. The absolute value stands where the paper rectifies,
    so that a weight that reaches zero goes on learning.

    Args:
        n_exc: excitatory units.
        n_inh: inhibitory units.

    Example:
        >>> from torch.nn.utils.parametrize import register_parametrization
        >>> layer = nn.Linear(4, 5, bias=False)
        >>> _ = register_parametrization(layer, "weight", Dale(n_exc=3, n_inh=1))
        >>> [int(s) for s in layer.weight.sign().sum(0)]      # of 5 synapses each
        [5, 5, 5, -5]

    Paper: Song, Yang and Wang 2016, PLoS Computational Biology 12, e1004792.
    """

    def __init__(self, *, n_exc: int, n_inh: int) -> None:
        super().__init__()
        check_count("Dale", least=0, n_exc=n_exc, n_inh=n_inh)
        self.register_buffer("sign", torch.cat([torch.ones(n_exc), -torch.ones(n_inh)]))

    def forward(self, free: Float[Tensor, "*rest pre"]) -> Float[Tensor, "*rest pre"]:
        """The weights that obey the law; presynaptic units on the last axis."""
        if free.shape[-1] != len(self.sign):
            raise bad("Dale", "free", f"end in {len(self.sign)} presynaptic units", tuple(free.shape))
        return free.abs() * self.sign.to(free.dtype)

    def right_inverse(self, weight: Float[Tensor, "*rest pre"]) -> Float[Tensor, "*rest pre"]:
        """Free weights for given ones: their sizes."""
        return weight.abs()
