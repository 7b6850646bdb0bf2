"""Angular Procrustes distance."""

from __future__ import annotations

import math

import torch
from jaxtyping import Float, Real
from torch import Tensor

from neurarium.alignment._arrays import Array, centred_pair
from neurarium.core.card import measure


@measure(
    summary="Angle between two paired sets of responses after the best rotation.",
    level="representation",
    paper="arxiv:2110.14739",
    tags=("distance", "paired", "rotation-invariant"),
    is_metric=True,
)
@torch.no_grad()
def procrustes(X: Real[Array, "samples units_x"], Y: Real[Array, "samples_y units_y"]) -> float:
    """The angle ``θ = arccos(‖XᵀY‖_* / (‖X‖ ‖Y‖))`` in radians of centred responses, 0 to π/2.

    ``θ = min_Q ∠(X, Y Q)`` over rotations Q, where the set with fewer units is padded with zeros. Small angles come
    from the residual, ``2 asin(½ ‖X - Y Q‖)`` of unit-norm X and Y, and are exact where arccos would lose half of
    the digits. Unlike CKA it obeys the triangle inequality. With more units than samples it is biased towards 0.

    Args:
        X: responses; row i of both answers the same stimulus.
        Y: responses, any number of units.

    Returns:
        the angle in radians; ``cos θ`` is the normalised Bures similarity of the two Gram matrices.

    Raises:
        NeurariumError: for unequal samples or constant data.

    Example:
        >>> X = torch.tensor([[0.0, 1.0], [1.0, 0.0], [2.0, 2.0], [3.0, 0.0]])
        >>> procrustes(X, 3 * X.flip(1) + 1) < 1e-14
        True

    Paper: Williams et al. 2021, arXiv:2110.14739.
    """
    x, y = centred_pair("procrustes", X, Y, least=2)
    if x.shape[1] < y.shape[1]:
        x, y = y, x
    cross = y.mT @ x
    cosine = float(torch.linalg.svdvals(cross).sum())
    return math.acos(cosine) if cosine < 0.9 else 2 * math.asin(min(1.0, 0.5 * _residual(x, y, cross)))


def _residual(
    x: Float[Tensor, "samples more"], y: Float[Tensor, "samples fewer"], cross: Float[Tensor, "fewer more"]
) -> float:
    """``‖x - y Q‖`` with ``Q = U Vᵀ`` from ``yᵀx = U S Vᵀ``; its rows are orthonormal, so Q keeps the norm of y."""
    U, _, Vt = torch.linalg.svd(cross, full_matrices=False)
    return float((x - y @ (U @ Vt)).norm())
