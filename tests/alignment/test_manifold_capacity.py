import math

import numpy as np
import pytest
import torch
from scipy.integrate import dblquad
from scipy.optimize import minimize
from scipy.stats import chi, norm

from neurarium.alignment import manifold_capacity
from neurarium.alignment.manifold_capacity import _of_one
from neurarium.core import Rng
from neurarium.core.errors import NeurariumError


def ball(n_dims: int, radius: float, n_points: int, seed: int = 0) -> np.ndarray:
    """Points on a sphere around a centre of length one that is a dimension apart."""
    points = np.random.default_rng(seed).normal(size=(n_points // 2, n_dims))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    return np.column_stack([radius * np.concatenate([points, -points]), np.ones(2 * (n_points // 2))])


def inverse_capacity_of_a_ball(n_dims: int, radius: float) -> float:
    """Section 4 of Chung, Lee and Sompolinsky: the regimes of a touching and of a fully embedded ball."""

    def touching(z, t):
        return chi.pdf(t, n_dims) * norm.pdf(z) * (t * radius - z) ** 2 / (radius**2 + 1)

    def embedded(z, t):
        return chi.pdf(t, n_dims) * norm.pdf(z) * (z**2 + t**2)

    first = dblquad(touching, 0, 9, lambda t: -min(t / radius, 9.0), lambda t: min(t * radius, 9.0))[0]
    return first + dblquad(embedded, 0, 9, lambda t: -9.0, lambda t: -min(t / radius, 9.0))[0]


def test_closed_form_at_radius_one():
    for n_dims in (1, 2, 5):
        assert 1 / inverse_capacity_of_a_ball(n_dims, 1.0) == pytest.approx(2 / (n_dims + 1), rel=1e-5)


@pytest.mark.parametrize(("n_dims", "radius", "n_points"), [(1, 1.0, 2), (1, 0.4, 2), (2, 1.0, 60), (2, 0.5, 60)])
def test_balls_have_the_capacity_of_theory(n_dims, radius, n_points):
    found, _, _ = _of_one(ball(n_dims, radius, n_points), 4000, Rng(0))
    assert found == pytest.approx(inverse_capacity_of_a_ball(n_dims, radius), rel=0.06)


def test_anchors_and_capacity_equal_a_quadratic_programme():
    around = np.array([[-0.2, 0.1], [1.0, 0.3], [0.4, -0.5]])  # without symmetry
    points = np.column_stack([around - around.mean(0), np.ones(3)])
    _, _, axes = np.linalg.svd(points[:, :2], full_matrices=False)
    S = np.column_stack([points[:, :2] @ axes.T, np.ones(3)])
    moved, sizes, along = [], [], []
    for T in torch.randn(25, 3, generator=Rng(5)("probes"), dtype=torch.float64).numpy():
        V = minimize(
            lambda V, T=T: np.sum((V - T) ** 2),
            np.array([0.0, 0.0, 5.0]),
            constraints={"type": "ineq", "fun": lambda V: S @ V},
            method="SLSQP",
            options={"ftol": 1e-14},
        ).x
        step = V - T
        s = (step / step[-1])[:-1] if np.linalg.norm(step) > 1e-5 else S[(S @ T).argmin(), :-1]
        moved.append(step @ step)
        sizes.append(s @ s)
        along.append((T[:-1] @ s) ** 2 / (s @ s))
    found = _of_one(points, 25, Rng(5))
    np.testing.assert_allclose(found, [np.mean(moved), np.sqrt(np.mean(sizes)), np.mean(along)], rtol=1e-4)


def test_small_balls_have_their_own_radius_and_dimension():
    _, radius, dimension = _of_one(ball(3, 0.05, 600), 1500, Rng(0))
    assert radius == pytest.approx(0.05, rel=0.03)
    assert dimension == pytest.approx(3, rel=0.1)


def test_single_points_have_capacity_two():
    X = torch.randn(8, 20, generator=torch.Generator().manual_seed(0))
    found = manifold_capacity(X, torch.arange(8), n_draws=3000, rng=Rng(0))
    assert found.capacity == pytest.approx(2, rel=0.04)
    assert found.radius == found.dimension == 0


def test_points_are_sorted_by_half_of_all_readouts_where_cover_counts_it():
    """Cover: of all labellings of p points in N dimensions the share 2^(1-p) Σ_{k<N} C(p-1, k) is linear."""
    n_units = 40
    share = {p: sum(math.comb(p - 1, k) for k in range(n_units)) / 2 ** (p - 1) for p in range(2, 4 * n_units)}
    half = min(p for p, s in share.items() if s <= 0.5)
    X = torch.randn(6, n_units, generator=torch.Generator().manual_seed(1))
    found = manifold_capacity(X, torch.arange(6), n_draws=3000, rng=Rng(1))
    assert half / n_units == 2
    assert found.capacity == pytest.approx(half / n_units, rel=0.04)
    assert share[int(0.7 * half)] > 0.99 > 0.01 > share[int(1.4 * half)]


def test_blind_to_rotation_offset_and_scale_and_falls_with_size():
    generator = np.random.default_rng(0)
    centres, y = generator.normal(size=(5, 30)), np.repeat(np.arange(5), 12)
    noise = generator.normal(size=(60, 30)) @ np.diag(np.r_[np.ones(4), np.zeros(26)])
    Q = np.linalg.qr(generator.normal(size=(30, 30)))[0]
    X = centres[y] + 0.3 * noise
    small = manifold_capacity(X, y, rng=Rng(0))
    moved = manifold_capacity(4 * X @ Q + 2, y + 7, rng=Rng(0))
    assert moved.radius == pytest.approx(small.radius, rel=0.1)
    assert moved.capacity == pytest.approx(small.capacity, rel=0.1)
    large = manifold_capacity(centres[y] + noise, y, rng=Rng(0))
    assert large.capacity < 0.8 * small.capacity
    assert large.radius > 1.5 * small.radius
    assert 0 < small.dimension < 4.5


def test_bad_input_is_refused():
    X = np.random.default_rng(0).normal(size=(6, 3))
    with pytest.raises(NeurariumError, match="manifold_capacity: `labels` must name a manifold for each of the 6"):
        manifold_capacity(X, np.arange(5), rng=Rng(0))
    with pytest.raises(NeurariumError, match="at least 2 manifolds"):
        manifold_capacity(X, np.zeros(6), rng=Rng(0))
    with pytest.raises(NeurariumError, match="differ from the mean of them all"):
        manifold_capacity(np.array([[1.0], [-1.0], [1.0], [-1.0]]), np.array([0, 0, 1, 1]), rng=Rng(0))
