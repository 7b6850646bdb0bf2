"""Initial weights."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from neurarium.core import Rng


def uniform(*shape: int, bound: float, rng: Rng) -> Float[Tensor, ...]:
    """Uniform within ± `bound`, from stream ``weights``; drawn in float64: the same draw in every precision."""
    draw = torch.rand(*shape, generator=rng("weights"), dtype=torch.float64)
    return ((2 * draw - 1) * bound).to(torch.get_default_dtype())
