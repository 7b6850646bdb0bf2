"""Unit vectors that turn and follow a pull."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import normalize


def moved(
    x: Float[Tensor, "*batch units dims"],
    pull: Float[Tensor, "*batch units dims"],
    omega: Float[Tensor, "units dims dims"],
    step_size: float,
) -> Float[Tensor, "*batch units dims"]:
    """``Π(x + step_size (Ω x + y - <y, x> x))``  with  ``Π(v) = v / |v|``, y the pull: one step of Kuramoto's model.

    Turn, follow the part of the pull that is tangent to the sphere, return to the sphere.
    """
    tangent = pull - (pull * x).sum(-1, keepdim=True) * x
    turn = torch.einsum("uij,...uj->...ui", omega, x)
    return normalize(x + step_size * (turn + tangent), dim=-1)
