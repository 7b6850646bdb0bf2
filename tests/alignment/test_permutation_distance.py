from itertools import permutations

import numpy as np
import pytest
import torch

from neurarium.alignment import permutation_distance, procrustes
from neurarium.core.errors import NeurariumError


def random(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape)


@pytest.mark.parametrize("n_samples", [20, 3])  # also with more units than samples
def test_equals_the_best_of_all_orders(n_samples):
    X, Y = random(n_samples, 5) + 2, 3 * random(n_samples, 5, seed=1)
    x, y = X - X.mean(0), Y - Y.mean(0)
    lengths = [np.linalg.norm(x - y[:, list(order)]) for order in permutations(range(5))]
    assert permutation_distance(X, Y, is_angular=False) == pytest.approx(min(lengths), abs=1e-12)
    inner = max(np.sum(x * y[:, list(order)]) for order in permutations(range(5)))
    angle = np.arccos(inner / np.linalg.norm(x) / np.linalg.norm(y))
    assert permutation_distance(X, Y) == pytest.approx(angle, abs=1e-12)


def test_blind_to_order_offset_and_scale_alone():
    X, Y = random(40, 6), random(40, 6, seed=1)
    order = np.random.default_rng(3).permutation(6)
    moved = 3.7 * X[:, order] + random(6, seed=2)
    assert permutation_distance(moved, Y) == pytest.approx(permutation_distance(X, Y), abs=1e-13)
    assert permutation_distance(X, Y) == pytest.approx(permutation_distance(Y, X), abs=1e-14)
    assert permutation_distance(moved, X) < 1e-13
    rotated = X @ np.linalg.qr(random(6, 6, seed=4))[0]
    assert procrustes(rotated, X) < 1e-13
    assert permutation_distance(rotated, X) > 0.1
    assert permutation_distance(X, -X) > 0.1  # a tuning curve is not its negative


def test_never_below_procrustes_and_a_metric():
    sets = [random(12, 4, seed=s) for s in range(4)]
    sets += [sets[s] + 0.3 * random(12, 4, seed=10 + s) for s in range(4)]
    for is_angular in (True, False):
        D = np.array([[permutation_distance(a, b, is_angular=is_angular) for b in sets] for a in sets])
        assert (D[:, None] <= D[:, :, None] + D[None] + 1e-12).all()
    assert all(permutation_distance(a, b) > procrustes(a, b) - 1e-12 for a in sets for b in sets)


def test_torch_and_numpy_agree():
    X, Y = random(15, 4), random(15, 4, seed=1)
    value = permutation_distance(X, Y)
    assert type(value) is float
    assert value == permutation_distance(torch.from_numpy(X), torch.from_numpy(Y))


def test_bad_input():
    X = random(10, 3)
    with pytest.raises(NeurariumError, match=r"as many units as X \(3\), got 2. soft_matching_distance compares"):
        permutation_distance(X, X[:, :2])
    with pytest.raises(NeurariumError, match="as many samples as X"):
        permutation_distance(X, X[:9])
    with pytest.raises(NeurariumError, match="constant data"):
        permutation_distance(X, np.ones((10, 3)))


def test_agrees_with_netrep():
    netrep = pytest.importorskip("netrep.metrics")
    X, Y = random(30, 7), random(30, 7, seed=1)
    assert permutation_distance(X, Y) == pytest.approx(netrep.PermutationMetric().fit_score(X, Y), abs=1e-12)
