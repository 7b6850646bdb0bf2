"""Distance after the best one-to-one matching of units."""

from __future__ import annotations

import torch
from jaxtyping import Real
from scipy.optimize import linear_sum_assignment

from neurarium.alignment._arrays import Array
from neurarium.alignment._shapes import angle_of, size, unit_tuning
from neurarium.core.card import measure
from neurarium.core.errors import bad


@measure(
    summary="Angle between two paired sets of responses after the best one-to-one matching of units.",
    level="representation",
    paper="arxiv:2110.14739",
    tags=("distance", "paired"),
    is_metric=True,
)
@torch.no_grad()
def permutation_distance(
    X: Real[Array, "samples units_x"], Y: Real[Array, "samples_y units_y"], *, is_angular: bool = True
) -> float:
    """``min_Π ∠(X, Y Π)`` of centred responses over permutations Π of the units of Y.

    The only symmetry is the order of the units (and offset and scale), so that it sees what a rotation would hide:
    which tuning single units have. Never smaller than :func:`procrustes`.

    Args:
        X: responses; row i of both answers the same stimulus.
        Y: responses of as many units; :func:`soft_matching_distance` takes any number.
        is_angular: the angle in radians; otherwise ``min_Π ‖X - Y Π‖`` of centred responses as large as they are.

    Raises:
        NeurariumError: for unequal numbers of samples or units, or constant data.

    Example:
        >>> X = torch.tensor([[0.0, 1.0], [1.0, 0.0], [2.0, 2.0], [3.0, 0.0]])
        >>> permutation_distance(X, 3 * X.flip(1) + 1) < 1e-14
        True

    Paper: Williams et al. 2021, arXiv:2110.14739.
    """
    owner = "permutation_distance"
    x, y = unit_tuning(owner, X, Y)
    if x.shape[1] != y.shape[1]:
        hint = "soft_matching_distance compares unequal numbers of units."
        raise bad(owner, "Y", f"have as many units as X ({x.shape[1]})", y.shape[1], hint)
    order = linear_sum_assignment((x.mT @ y).numpy(force=True), maximize=True)[1]
    matched = y[:, torch.from_numpy(order).to(y.device)]
    if is_angular:
        return angle_of(float((x - matched).norm()))
    return float((size(X) * x - size(Y) * matched).norm())
