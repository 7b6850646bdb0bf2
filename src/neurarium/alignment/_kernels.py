"""Kernels for :func:`cka`: any function from (samples, units) to a Gram matrix (samples, samples) will do."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from neurarium.core.errors import check_positive


@dataclass(frozen=True)
class RBF:
    """Gaussian kernel ``K_ij = exp(-‖x_i - x_j‖² / (2 σ²))``, σ = `width` times the median distance of two samples.

    Args:
        width: bandwidth relative to the median; small looks at neighbours only, large tends to the linear kernel.

    Example:
        >>> RBF(width=0.5)(torch.tensor([[0.0], [1.0]])).round(decimals=3)
        tensor([[1.0000, 0.1350],
                [0.1350, 1.0000]])
    """

    width: float = 1.0

    def __post_init__(self) -> None:
        check_positive("RBF", width=self.width)

    def __call__(self, x: Float[Tensor, "samples units"]) -> Float[Tensor, "samples samples"]:
        """The Gram matrix of `x`."""
        distances = torch.cdist(x, x)
        i, j = torch.triu_indices(len(x), len(x), 1, device=x.device)
        sigma = self.width * distances[i, j].median()
        return torch.exp(-0.5 * (distances / sigma.clamp_min(torch.finfo(x.dtype).tiny)) ** 2)
