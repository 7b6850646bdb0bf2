"""Mean-field capacity of object manifolds, and the radius and dimension that set it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Real
from scipy.optimize import nnls

from neurarium.alignment._arrays import Array, as_double
from neurarium.core.card import measure
from neurarium.core.errors import bad, check_count
from neurarium.core.rng import Rng

OWNER = "manifold_capacity"


class ManifoldCapacity(NamedTuple):
    """Result of :func:`manifold_capacity`.

    Attributes:
        capacity: manifolds that a linear read-out can sort at random into two classes, for each unit.
        radius: size of a manifold at its anchor points, relative to the length of its centre; mean over manifolds.
        dimension: directions in which anchor points spread; mean over manifolds.
    """

    capacity: float
    radius: float
    dimension: float


@measure(
    summary="How many manifolds a linear read-out can tell apart for each unit, with their radius and dimension.",
    level="representation",
    paper="doi:10.1103/PhysRevX.8.031003",
    tags=("capacity", "classes"),
)
@torch.no_grad()
def manifold_capacity(
    X: Real[Array, "samples units"], labels: Real[Array, " samples_y"], *, n_draws: int = 300, rng: Rng
) -> ManifoldCapacity:
    """``1/α = mean over manifolds of E_T ‖T - V‖²``, V the nearest to T with ``V·S >= 0`` for all points S.

    Points of a manifold are ``S = ((x - centre) / ‖centre‖, 1)`` in the D directions it spans and one for its centre,
    T is standard normal. ``V - T = λ S̃`` with the anchor point ``S̃ = (s, 1)`` in the hull of the points, the nearest
    of them where V = T. Radius is ``√E‖s‖²``, dimension ``E (t·s / ‖s‖)²`` with t the first D entries of T. Single
    points have capacity 2, balls of radius one ``2 / (D + 1)``. Centres less their mean are taken to be uncorrelated.

    Args:
        X: responses.
        labels: which manifold (e.g. class) each response belongs to, at least two.
        n_draws: of T for each manifold; the error of a capacity falls with its root.
        rng: stream ``probes`` draws T.

    Raises:
        NeurariumError: for fewer than two labels, or a centre at the mean of all centres.

    Example:
        >>> X = torch.tensor([[1.0, 0.0], [-1.0, 0.0]])  # two manifolds of one point each
        >>> 1.7 < manifold_capacity(X, torch.tensor([0, 1]), rng=Rng(0)).capacity < 2.3
        True

    Paper: Chung, Lee and Sompolinsky 2018, doi:10.1103/PhysRevX.8.031003.
    """
    check_count(OWNER, n_draws=n_draws)
    x = as_double(OWNER, "X", X, ("samples", "units")).numpy(force=True)
    y = as_double(OWNER, "labels", labels, ("samples",)).numpy(force=True)
    if len(x) != len(y):
        raise bad(OWNER, "labels", f"name a manifold for each of the {len(x)} samples", len(y))
    manifolds = [x[y == label] for label in np.unique(y)]
    if len(manifolds) < 2:
        raise bad(OWNER, "labels", "name at least 2 manifolds", len(manifolds))
    middle = np.mean([points.mean(0) for points in manifolds], 0)
    parts = np.array([_of_one(points - middle, n_draws, rng) for points in manifolds])
    return ManifoldCapacity(float(1 / parts[:, 0].mean()), float(parts[:, 1].mean()), float(parts[:, 2].mean()))


def _of_one(points: Float[np.ndarray, "points units"], n_draws: int, rng: Rng) -> tuple[float, float, float]:
    """1 / capacity, radius and dimension of one manifold."""
    centre = points.mean(0)
    length = np.linalg.norm(centre)
    if length <= 1e-12 * np.abs(points).max():
        raise bad(OWNER, "X", "have class means that differ from the mean of them all", "a mean that does not")
    around = (points - centre) / length
    _, sizes, axes = np.linalg.svd(around, full_matrices=False)
    n_dims = int((sizes > 1e-10 * max(1.0, sizes[0])).sum())
    S = np.column_stack([around @ axes[:n_dims].T, np.ones(len(points))])
    T = torch.randn(n_draws, n_dims + 1, generator=rng("probes"), dtype=torch.float64).numpy()
    # T - V lies opposite to the cone of the points: what non-negative weights of them come nearest to -T.
    weights = np.stack([nnls(S.T, -one)[0] for one in T])
    moved = weights @ S
    is_free = moved[:, -1] == 0  # T keeps clear of all points: its anchor is the point that comes nearest
    anchors = np.where(is_free[:, None], S[(T @ S.T).argmin(1)], moved)
    s = anchors[:, :-1] / anchors[:, -1:]
    size = np.linalg.norm(s, axis=1)
    along = np.sum(T[:, :-1] * s, 1) / np.maximum(size, np.finfo(float).tiny)
    return float(np.mean(np.sum(moved**2, 1))), float(np.sqrt(np.mean(size**2))), float(np.mean(along**2))
