"""Graded answers as spike counts."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from neurarium.core.errors import check_positive


@dataclass(frozen=True, kw_only=True)
class SpikeCount:
    """What a unit conveys in whole spikes: ``round(clip(y, ±scale) / scale · n_steps) / n_steps · scale``.

    A negative value is a count of the opposite sign, as in the paper's code (arXiv:2402.11984).

    Args:
        scale: value conveyed by a spike in every step.
        n_steps: steps for which the unit may spike; the grid is ``scale / n_steps`` wide.

    Example:
        >>> SpikeCount(scale=1.0, n_steps=4)(torch.tensor([0.3, -0.6, 7.0])).tolist()
        [0.25, -0.5, 1.0]
    """

    scale: float = 20.0
    n_steps: int = 1000

    def __post_init__(self) -> None:
        check_positive("SpikeCount", scale=self.scale, n_steps=self.n_steps)

    def __call__(self, y: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        """The nearest value on the grid; its gradient is zero."""
        count = torch.round(y.clamp(-self.scale, self.scale) / self.scale * self.n_steps)
        return count / self.n_steps * self.scale
