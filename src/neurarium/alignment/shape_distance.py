"""Generalised shape metrics, from canonical correlations to Procrustes."""

from __future__ import annotations

import torch
from jaxtyping import Float, Real
from torch import Tensor

from neurarium.alignment._arrays import Array, centred_pair
from neurarium.alignment._shapes import angle_of, polar, size
from neurarium.core.card import measure
from neurarium.core.errors import bad, check_fraction, check_not_negative

OWNER = "shape_distance"


@measure(
    summary="Distance of two paired sets of responses after the best linear map, more or less free to stretch.",
    level="representation",
    paper="arxiv:2110.14739",
    tags=("distance", "paired", "rotation-invariant"),
    is_metric=True,
)
@torch.no_grad()
def shape_distance(
    X: Real[Array, "samples units_x"],
    Y: Real[Array, "samples_y units_y"],
    *,
    alpha: float = 0.5,
    ridge: float = 0.0,
    is_angular: bool = True,
) -> float:
    """``min_Q ∠(φ(X), φ(Y) Q)`` over rotations Q of partly whitened responses.

    With ``X = U diag(s) Vᵀ`` centred, of norm one and rank r, and ``w = s / √(r s² + ridge)``, which is 1/√r without
    ridge: ``φ(X) ∝ U diag(α s + (1 - α) w)``, of norm one. α = 1 is :func:`procrustes`, blind to rotation, offset and
    scale; α = 0 the angle of the mean canonical correlation, blind to every invertible map.

    Args:
        X: responses; row i of both answers the same stimulus.
        Y: responses, any number of units.
        alpha: from 0 (canonical correlations) to 1 (Procrustes).
        ridge: directions with less variance than this share of the mean are not stretched to full length.
        is_angular: the angle in radians; otherwise ``min_Q ‖φ(X) - φ(Y) Q‖`` with each φ as large as its responses.

    Raises:
        NeurariumError: at alpha = 0 where responses span as many directions as centred samples can.

    Example:
        >>> X = torch.tensor([[0.0, 1.0], [1.0, 0.0], [2.0, 2.0], [3.0, 0.0]])
        >>> Y = X @ torch.tensor([[1.0, 5.0], [0.0, 0.1]])
        >>> round(shape_distance(X, Y, alpha=0.0), 6), round(shape_distance(X, Y, alpha=1.0), 3)
        (0.0, 0.63)

    Paper: Williams et al. 2021, arXiv:2110.14739.
    """
    check_fraction(OWNER, alpha=alpha)
    check_not_negative(OWNER, ridge=ridge)
    x, y = centred_pair(OWNER, X, Y, least=2)
    x, y = _whitened("X", x, alpha, ridge), _whitened("Y", y, alpha, ridge)
    if x.shape[1] < y.shape[1]:
        (x, X), (y, Y) = (y, Y), (x, X)
    aligned = y @ polar(y.mT @ x)[0]
    if is_angular:
        return angle_of(float((x - aligned).norm()))
    return float((size(X) * x - size(Y) * aligned).norm())


def _whitened(
    param: str, x: Float[Tensor, "samples units"], alpha: float, ridge: float
) -> Float[Tensor, "samples _rank"]:
    """φ of responses of norm one, in the coordinates of their principal axes."""
    if alpha == 1:
        return x
    U, s, _ = torch.linalg.svd(x, full_matrices=False)
    rank = int((s > max(x.shape) * torch.finfo(s.dtype).eps * s[0]).sum())
    if alpha == 0 and rank >= len(x) - 1:
        hint = "Every such set can be mapped onto every other: give more samples than units, or alpha above 0."
        raise bad(OWNER, param, f"span fewer than {len(x) - 1} directions in {len(x)} samples at alpha = 0", rank, hint)
    U, s = U[:, :rank], s[:rank]
    stretched = alpha * s + (1 - alpha) * s / (rank * s.square() + ridge).sqrt()
    return U * (stretched / stretched.norm())
