"""The precision of noise, from residuals."""

from __future__ import annotations

import torch
from jaxtyping import Float, Real

from neurarium.alignment._arrays import Array, as_double, like
from neurarium.core.errors import bad


@torch.no_grad()
def noise_precision(residuals: Real[Array, "samples units"]) -> Float[Array, "units units"]:
    """Inverse covariance of noise, shrunk towards a multiple of the identity so that it always exists.

    ``Σ = (1 - s) S + s (tr S / units) I`` with S the covariance of the residuals and s the share that minimises the
    expected squared error (Ledoit and Wolf 2004).

    Args:
        residuals: responses less the mean response to their stimulus; their mean is taken out once more.

    Raises:
        NeurariumError: for fewer than two samples, or residuals that never vary.

    Example:
        >>> noise_precision(torch.tensor([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]]))
        tensor([[2., 0.],
                [0., 2.]], dtype=torch.float64)

    Paper: Ledoit and Wolf 2004, doi:10.1016/S0047-259X(03)00096-4.
    """
    x = as_double("noise_precision", "residuals", residuals, ("samples", "units"))
    if len(x) < 2:
        raise bad("noise_precision", "residuals", "have at least 2 samples", len(x))
    x = x - x.mean(0)
    n, p = x.shape
    S = x.mT @ x / n
    identity = torch.eye(p, dtype=x.dtype, device=x.device)
    level = S.trace() / p
    if not bool(level > 0):
        raise bad("noise_precision", "residuals", "vary over samples", "constant data")
    apart = (S - level * identity).square().sum()
    error = ((x.square().sum(1) ** 2).sum() / n - S.square().sum()) / n  # of S: mean ‖x xᵀ - S‖² / n
    share = (error / apart).clamp(0, 1) if bool(apart > 0) else torch.zeros_like(apart)
    covariance = (1 - share) * S + share * level * identity
    return like(torch.linalg.inv(covariance), residuals)
