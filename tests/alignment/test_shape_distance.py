import math

import numpy as np
import pytest
import torch

from neurarium.alignment import procrustes, shape_distance
from neurarium.core.errors import NeurariumError

ALPHAS = [0.0, 0.3, 0.7, 1.0]


def random(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape)


def rotation(n: int, seed: int = 0) -> np.ndarray:
    return np.linalg.qr(random(n, n, seed=seed))[0]


@pytest.mark.parametrize(("n", "p", "q"), [(30, 5, 8), (12, 40, 6), (9, 50, 70)])
def test_alpha_one_is_procrustes(n, p, q):
    X, Y = random(n, p), random(n, q, seed=1)
    assert shape_distance(X, Y, alpha=1.0) == pytest.approx(procrustes(X, Y), abs=1e-13)


def test_alpha_zero_is_the_mean_canonical_correlation():
    X, Y = random(60, 4), random(60, 6, seed=1)
    Y[:, :2] += X[:, :2]
    Qx, Qy = (np.linalg.qr(a - a.mean(0))[0] for a in (X, Y))
    correlations = np.linalg.svd(Qx.T @ Qy, compute_uv=False)
    assert math.cos(shape_distance(X, Y, alpha=0.0)) == pytest.approx(correlations.sum() / math.sqrt(24), abs=1e-13)


@pytest.mark.parametrize("alpha", ALPHAS)
def test_equals_the_written_out_formula(alpha):
    """X (αI + (1 - α)(XᵀX)^(-1/2)) of Williams et al., where ‖X‖² is the number of units."""
    sets = []
    for x in (random(40, 5), random(40, 5, seed=1) @ random(5, 5, seed=2)):
        x = x - x.mean(0)
        x *= math.sqrt(5) / np.linalg.norm(x)
        values, vectors = np.linalg.eigh(x.T @ x)
        x = x @ (alpha * np.eye(5) + (1 - alpha) * (vectors / np.sqrt(values)) @ vectors.T)
        sets.append(x / np.linalg.norm(x))
    expected = math.acos(np.linalg.norm(sets[0].T @ sets[1], "nuc"))
    found = shape_distance(random(40, 5), random(40, 5, seed=1) @ random(5, 5, seed=2), alpha=alpha)
    assert found == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("is_angular", [True, False])
@pytest.mark.parametrize("alpha", ALPHAS)
def test_invariances(alpha, is_angular):
    X, Y = random(40, 6) * np.array([9, 3, 1, 1, 0.5, 0.1]), random(40, 9, seed=1)
    options = dict(alpha=alpha, is_angular=is_angular)
    scale = 3.7 if is_angular else 1.0
    moved = scale * X @ rotation(6) + random(6, seed=2)
    value = shape_distance(X, Y, **options)
    assert shape_distance(moved, Y, **options) == pytest.approx(value, abs=1e-12)
    assert shape_distance(Y, X, **options) == pytest.approx(value, abs=1e-13)
    assert shape_distance(np.pad(X, ((0, 0), (0, 9))), Y, **options) == pytest.approx(value, abs=1e-12)
    assert shape_distance(moved, X, **options) < 1e-12
    mixed = X @ random(6, 6, seed=4)
    assert (shape_distance(mixed, X, **options) < (1e-7 if is_angular else 1e-12)) == (alpha == 0 and is_angular)


@pytest.mark.parametrize("alpha", ALPHAS)
@pytest.mark.parametrize("is_angular", [True, False])
def test_triangle_inequality(alpha, is_angular):
    sets = [random(12, 3 + s % 3, seed=s) for s in range(9)]
    for seed in range(3, 9):
        sets[seed] = sets[seed - 3] + 0.5 * random(*sets[seed - 3].shape, seed=50 + seed)
    D = np.array([[shape_distance(a, b, alpha=alpha, is_angular=is_angular) for b in sets] for a in sets])
    assert (D[:, None] <= D[:, :, None] + D[None] + 1e-12).all()
    assert np.diag(D).max() < 1e-12
    assert D[np.triu_indices(9, 1)].min() > 0.1


def test_euclidean_is_the_residual_of_what_was_given():
    X, Y = random(30, 4), 3 * random(30, 4, seed=1)
    x, y = X - X.mean(0), Y - Y.mean(0)
    squares = np.sum(x**2) + np.sum(y**2) - 2 * np.linalg.norm(x.T @ y, "nuc")
    assert shape_distance(X, Y, alpha=1.0, is_angular=False) == pytest.approx(math.sqrt(squares), abs=1e-12)


def test_ridge_keeps_a_tiny_noisy_direction_small():
    X = random(200, 3)
    a, b = (np.column_stack([X, 1e-6 * random(200, seed=s)]) for s in (1, 2))
    assert shape_distance(a, b, alpha=0.0) > 0.5  # a quarter of each whitened set is noise
    assert shape_distance(a, b, alpha=0.0, ridge=1e-3) < 1e-3
    assert shape_distance(a, b, alpha=0.0, ridge=1e9) == pytest.approx(procrustes(a, b), abs=1e-7)


def test_alpha_zero_with_as_many_units_as_samples_is_refused():
    for n_units in (9, 10, 40):  # centred, 10 samples span 9 directions
        with pytest.raises(NeurariumError, match=r"fewer than 9 directions in 10 samples at alpha = 0, got 9.*more"):
            shape_distance(random(10, 3), random(10, n_units, seed=1), alpha=0.0)
    assert shape_distance(random(10, 3), random(10, 40, seed=1), alpha=0.01) > 0
    wide_but_flat = random(10, 3, seed=1) @ random(3, 40, seed=2)
    assert 0 < shape_distance(random(10, 3), wide_but_flat, alpha=0.0) < math.pi / 2


def test_bad_options():
    X = random(10, 3)
    with pytest.raises(NeurariumError, match="shape_distance: `alpha` must lie between 0 and 1"):
        shape_distance(X, X, alpha=1.5)
    with pytest.raises(NeurariumError, match="ridge"):
        shape_distance(X, X, ridge=-1.0)
    with pytest.raises(NeurariumError, match="as many samples as X"):
        shape_distance(X, X[:9])


def test_torch_and_numpy_agree_and_input_stays():
    X, Y = random(15, 4), random(15, 3, seed=1)
    before = X.copy()
    value = shape_distance(X, Y)
    assert type(value) is float
    assert value == shape_distance(torch.from_numpy(X), torch.from_numpy(Y))
    assert (X == before).all()


@pytest.mark.parametrize("alpha", ALPHAS)
def test_agrees_with_netrep(alpha):
    netrep = pytest.importorskip("netrep.metrics")
    X, Y = random(50, 6), random(50, 6, seed=1) @ random(6, 6, seed=2)
    X, Y = (math.sqrt(6) * (a - a.mean(0)) / np.linalg.norm(a - a.mean(0)) for a in (X, Y))
    assert shape_distance(X, Y, alpha=alpha) == pytest.approx(
        netrep.LinearMetric(alpha=alpha).fit_score(X, Y), abs=1e-7
    )
    theirs = netrep.LinearMetric(alpha=alpha, score_method="euclidean").fit_score(X, Y)
    assert shape_distance(X, Y, alpha=alpha, is_angular=False) == pytest.approx(theirs, abs=1e-9)
