"""What the shape metrics share: unit-norm responses, polar factors, and a chord turned into an angle."""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor

from neurarium.alignment._arrays import Array, as_double, centred_pair


def polar(M: Float[Tensor, "*batch rows columns"]) -> tuple[Float[Tensor, "*batch rows columns"], Tensor]:
    """The matrix with orthonormal columns (or rows) that maximises ``tr(Qᵀ M)``, and that maximum, ``‖M‖_*``."""
    U, s, Vt = torch.linalg.svd(M, full_matrices=False)
    return U @ Vt, s.sum(-1)


def angle_of(chord: float) -> float:
    """Angle between unit vectors that are `chord` apart; unlike arccos exact where it is small."""
    return 2 * math.asin(min(1.0, 0.5 * chord))


def size(values: Array) -> float:
    """Frobenius norm of responses less the mean of each unit."""
    x = as_double("size", "values", values, ("samples", "units"))
    return float((x - x.mean(0)).norm())


def unit_tuning(
    owner: str, X: Array, Y: Array
) -> tuple[Float[Tensor, "samples units_x"], Float[Tensor, "samples units_y"]]:
    """Both as :func:`centred_pair` gives them, but always in their own units, however many."""
    pair = centred_pair(owner, X, Y, least=2)
    return tuple(x if x.shape == given.shape else _unit_norm(given) for x, given in zip(pair, (X, Y), strict=True))


def _unit_norm(values: Array) -> Float[Tensor, "samples units"]:
    x = as_double("unit_norm", "values", values, ("samples", "units"))
    x = x - x.mean(0)
    return x / x.norm()
