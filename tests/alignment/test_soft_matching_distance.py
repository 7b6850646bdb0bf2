import math

import numpy as np
import pytest
import torch
from scipy.optimize import linprog

from neurarium.alignment import permutation_distance, soft_matching_distance
from neurarium.core.errors import NeurariumError


def random(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape)


def by_linear_programme(X: np.ndarray, Y: np.ndarray) -> float:
    x, y = X - X.mean(0), Y - Y.mean(0)
    cost = ((x[:, :, None] - y[:, None]) ** 2).sum(0)
    n, m = cost.shape
    rows, columns = np.kron(np.eye(n), np.ones(m)), np.kron(np.ones(n), np.eye(m))
    margins = np.concatenate([np.full(n, 1 / n), np.full(m, 1 / m)])
    found = linprog(cost.ravel(), A_eq=np.vstack([rows, columns]), b_eq=margins, method="highs")
    return math.sqrt(found.fun)


@pytest.mark.parametrize(("p", "q"), [(4, 7), (9, 3), (6, 6), (1, 5), (30, 20)])
def test_equals_the_linear_programme(p, q):
    X, Y = random(12, p) + 1, 2 * random(12, q, seed=1)
    assert soft_matching_distance(X, Y, is_angular=False) == pytest.approx(by_linear_programme(X, Y), abs=1e-7)


@pytest.mark.parametrize("n_samples", [20, 4])
def test_with_equal_numbers_the_best_soft_matching_is_a_permutation(n_samples):
    X, Y = random(n_samples, 6), 3 * random(n_samples, 6, seed=1)
    assert soft_matching_distance(X, Y) == pytest.approx(permutation_distance(X, Y), abs=1e-12)
    hard = permutation_distance(X, Y, is_angular=False) / math.sqrt(6)
    assert soft_matching_distance(X, Y, is_angular=False) == pytest.approx(hard, abs=1e-12)


def test_copies_order_offset_and_scale_change_nothing():
    X, Y = random(20, 4), random(20, 7, seed=1)
    value = soft_matching_distance(X, Y)
    twice = np.hstack([X, X[:, ::-1]])
    assert soft_matching_distance(twice, X) < 1e-12
    assert soft_matching_distance(2.5 * twice + 1, Y) == pytest.approx(value, abs=1e-12)
    assert soft_matching_distance(Y, X) == pytest.approx(value, abs=1e-13)
    assert soft_matching_distance(X @ np.linalg.qr(random(4, 4, seed=2))[0], X) > 0.1


@pytest.mark.parametrize("is_angular", [True, False])
def test_triangle_inequality_between_unequal_numbers(is_angular):
    sets = [random(10, 2 + s, seed=s) * (1 + s) for s in range(6)]
    sets += [np.hstack([a, a[:, :1]]) + 0.2 * random(10, a.shape[1] + 1, seed=20) for a in sets[:4]]
    D = np.array([[soft_matching_distance(a, b, is_angular=is_angular) for b in sets] for a in sets])
    assert (D[:, None] <= D[:, :, None] + D[None] + 1e-12).all()
    np.testing.assert_allclose(np.diag(D), 0, atol=1e-12)


def test_torch_and_numpy_agree():
    X, Y = random(15, 4), random(15, 3, seed=1)
    value = soft_matching_distance(X, Y)
    assert type(value) is float
    assert value == soft_matching_distance(torch.from_numpy(X), torch.from_numpy(Y))


def test_bad_input():
    X = random(10, 3)
    with pytest.raises(NeurariumError, match="soft_matching_distance: `Y` must have as many samples as X"):
        soft_matching_distance(X, X[:9])
    with pytest.raises(NeurariumError, match="constant data"):
        soft_matching_distance(np.ones((10, 2)), X)
