"""Distance after the best soft matching of unequal numbers of units."""

from __future__ import annotations

import math

import numpy as np
import torch
from jaxtyping import Real

from neurarium.alignment._arrays import Array
from neurarium.alignment._shapes import angle_of, size, unit_tuning
from neurarium.alignment._transport import cheapest
from neurarium.core.card import measure


@measure(
    summary="Distance of two paired sets of responses after the best soft matching of any numbers of units.",
    level="representation",
    paper="arxiv:2311.09466",
    tags=("distance", "paired"),
    is_metric=True,
)
@torch.no_grad()
def soft_matching_distance(
    X: Real[Array, "samples units_x"], Y: Real[Array, "samples_y units_y"], *, is_angular: bool = True
) -> float:
    """``d² = min_P Σ_ij P_ij ‖x_i - y_j‖²``: each unit of X is matched to units of Y in parts.

    ``P >= 0`` has row sums 1/units_x and column sums 1/units_y, so d is the 2-Wasserstein distance between the sets
    of tuning curves. Responses are centred. Two copies of every unit leave it unchanged; with as many units on both
    sides the best P is a permutation and the angle that of :func:`permutation_distance`.

    Args:
        X: responses; column i is the tuning curve x_i, row i of both answers the same stimulus.
        Y: responses, any number of units.
        is_angular: scale both to a mean squared tuning curve of one and give the angle ``2 asin(d / 2)`` in radians,
            which ignores scale; otherwise d itself.

    Raises:
        NeurariumError: for unequal samples or constant data.

    Example:
        >>> X = torch.tensor([[0.0, 1.0], [1.0, 0.0], [2.0, 2.0], [3.0, 0.0]])
        >>> soft_matching_distance(X, torch.cat([X, X.flip(1)], 1)) < 1e-14
        True

    Paper: Khosla and Williams 2024, arXiv:2311.09466.
    """
    x, y = unit_tuning("soft_matching_distance", X, Y)
    n, m = x.shape[1], y.shape[1]
    x, y = x * math.sqrt(n), y * math.sqrt(m)
    if not is_angular:
        x, y = x * size(X) / math.sqrt(n), y * size(Y) / math.sqrt(m)
    cost = torch.cdist(x.mT, y.mT, compute_mode="donot_use_mm_for_euclid_dist").square()
    # Masses in whole numbers are carried without rounding.
    distance = math.sqrt(cheapest(cost.numpy(force=True), np.full(n, float(m)), np.full(m, float(n))) / (n * m))
    return angle_of(distance) if is_angular else distance
