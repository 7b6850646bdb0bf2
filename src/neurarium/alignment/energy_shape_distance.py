"""Stochastic shape metric by the energy distance of repeated responses."""

from __future__ import annotations

import math

import torch
from jaxtyping import Float, Real
from torch import Tensor

from neurarium.alignment._arrays import Array, as_double
from neurarium.alignment._moments import REPEATS, check_paired
from neurarium.alignment._orthogonal_search import Starts, best_rotation, covariant_starts
from neurarium.core.card import measure
from neurarium.core.errors import check_count

OWNER = "energy_shape_distance"


@measure(
    summary="Distance of two noisy systems after the best rotation, by the whole distribution of their responses.",
    level="representation",
    paper="arxiv:2211.11665",
    tags=("distance", "paired", "repeats", "rotation-invariant"),
    is_metric=True,
)
@torch.no_grad()
def energy_shape_distance(
    X: Real[Array, "samples repeats units"], Y: Real[Array, "samples_y repeats_y units_y"], *, n_starts: int = 4
) -> float:
    """``d² = min_Q mean_m E‖x - Q y‖ - ½ E‖x - x'‖ - ½ E‖y - y'‖`` over rotations Q, for each sample m.

    x, x' and y, y' are drawn from the repeats of the two systems with replacement, so that this is exactly the energy
    distance of what was recorded and a metric, where :func:`gaussian_shape_distance` sees two moments. The set with
    fewer units is padded with zeros; units have mean zero. Two sets of R repeats from one source are about
    ``√(E‖x - x'‖ / R)`` apart: hold it against two halves of one system. Cost grows with the square of the repeats.

    Args:
        X: responses, repeat after repeat; entry i of both answers the same stimulus.
        Y: responses, any number of repeats and units.
        n_starts: of the search; the minimum of unrelated systems is rugged.

    Raises:
        NeurariumError: for unequal samples.

    Example:
        >>> X = torch.tensor([[[1.0, 0.0]], [[-1.0, 0.0]]])  # without noise d² is a mean distance
        >>> round(energy_shape_distance(X, 4 * X.flip(-1)) ** 2, 9)
        3.0

    Paper: Duong et al. 2023, arXiv:2211.11665.
    """
    check_count(OWNER, n_starts=n_starts)
    x, y = as_double(OWNER, "X", X, REPEATS), as_double(OWNER, "Y", Y, REPEATS)
    check_paired(OWNER, x, y)
    pair = [r - r.mean((0, 1)) for r in (x, y)]
    x, y = sorted(pair, key=lambda r: (r.shape[2], float(r.square().mean())), reverse=True)
    moments = [(r.mean(1), (r - r.mean(1, keepdim=True)).mT / math.sqrt(r.shape[1])) for r in (x, y)]
    search = EnergyPair(x, y)
    Q = best_rotation(search.rise, covariant_starts(*moments[0], *moments[1], 1.0, 1.0, n_starts))
    return search.distance(Q)


class EnergyPair:
    """``-mean_m E‖x - Q y‖``, and the slope of the quadratic that touches it from below.

    Args:
        x: centred responses of the system with more units.
        y: those of the one that is rotated.
    """

    def __init__(self, x: Float[Tensor, "samples repeats units"], y: Float[Tensor, "samples repeats_y units_y"]):
        self.x, self.y = x, y
        self.least = 1e-12 * float(x.abs().max() + y.abs().max())  # keeps a pair that coincides from taking all weight

    def rise(self, Q: Starts) -> tuple[Float[Tensor, " starts"], Starts]:
        """Value and slope at several Q; ``argmax tr(Qᵀ slope)`` is the least-squares Q with weights 1 / ‖x - Q y‖."""
        apart = self._apart(Q)
        pull = apart.clamp_min(self.least).reciprocal() @ self.y  # starts samples repeats units_y
        return -apart.mean((1, 2, 3)), self.x.flatten(0, 1).mT @ pull.flatten(1, 2) / apart[0].numel()

    def distance(self, Q: Float[Tensor, "units_x units_y"]) -> float:
        """D at this Q."""
        within = sum(_distances(r, r).mean() for r in (self.x, self.y))
        return math.sqrt(max(0.0, float(self._apart(Q[None]).mean() - 0.5 * within)))

    def _apart(self, Q: Starts) -> Float[Tensor, "starts samples repeats repeats_y"]:
        return _distances(self.x.expand(len(Q), -1, -1, -1), self.y @ Q[:, None].mT)


def _distances(x: Tensor, y: Tensor) -> Tensor:
    return torch.cdist(x, y, compute_mode="donot_use_mm_for_euclid_dist")
