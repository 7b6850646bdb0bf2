import math

import numpy as np
import pytest
import scipy.linalg
import torch

from neurarium.alignment import procrustes
from neurarium.core.errors import NeurariumError


def random(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape)


def rotation(n: int, seed: int = 0) -> np.ndarray:
    return np.linalg.qr(random(n, n, seed=seed))[0]


@pytest.mark.parametrize(("n", "p", "q"), [(30, 5, 8), (30, 8, 5), (12, 40, 6), (9, 50, 70)])
def test_cosine_is_the_nuclear_norm_and_the_bures_similarity(n, p, q):
    X, Y = random(n, p) + 1, random(n, q, seed=1)
    x, y = X - X.mean(0), Y - Y.mean(0)
    norms = np.linalg.norm(x) * np.linalg.norm(y)
    assert math.cos(procrustes(X, Y)) == pytest.approx(np.linalg.norm(x.T @ y, "nuc") / norms, abs=1e-14)
    values = np.linalg.eigvals(x @ x.T @ y @ y.T).real.clip(0)  # Bures: tr (K½ L K½)½ over the Gram matrices
    assert math.cos(procrustes(X, Y)) == pytest.approx(np.sqrt(values).sum() / norms, abs=1e-6)


def test_equals_scipys_orthogonal_procrustes():
    X, Y = random(40, 6), random(40, 6, seed=1)
    x, y = (a - a.mean(0) for a in (X, Y))
    Q, _ = scipy.linalg.orthogonal_procrustes(x, y)
    cosine = np.sum((x @ Q) * y) / (np.linalg.norm(x) * np.linalg.norm(y))
    assert procrustes(X, Y) == pytest.approx(math.acos(cosine), abs=1e-13)


def test_invariant_to_rotation_scale_offset_and_padding():
    X, Y = random(40, 6), random(40, 9, seed=1)
    moved = 3.7 * X @ rotation(6) + random(6, seed=2)
    assert procrustes(moved, Y) == pytest.approx(procrustes(X, Y), abs=1e-13)
    assert procrustes(X, Y) == pytest.approx(procrustes(Y, X), abs=1e-14)
    assert procrustes(np.pad(X, ((0, 0), (0, 9))), Y) == pytest.approx(procrustes(X, Y), abs=1e-13)
    assert procrustes(moved, X) < 1e-13


@pytest.mark.parametrize("angle", [1e-10, 1e-6, 1e-3, 0.3, 1.2])
def test_angles_of_every_size_are_exact(angle):
    # orthonormal, centred columns: YᵀX = cos θ along one axis of a single-unit set
    basis = np.linalg.qr(np.column_stack([np.ones(20), random(20, 2)]))[0][:, 1:]
    X, Y = basis[:, :1], math.cos(angle) * basis[:, :1] + math.sin(angle) * basis[:, 1:]
    assert procrustes(X, Y) == pytest.approx(angle, rel=1e-5 if angle < 1e-9 else 1e-9)


def test_small_angles_between_unequal_numbers_of_units():
    X = random(30, 4)
    X -= X.mean(0)
    extra = random(30, 1, seed=1)
    extra -= extra.mean(0)
    extra -= X @ np.linalg.lstsq(X, extra, rcond=None)[0]
    extra *= 1e-7 * np.linalg.norm(X) / np.linalg.norm(extra)  # tan θ = ‖extra‖ / ‖X‖
    assert procrustes(X, np.hstack([X, extra])) == pytest.approx(1e-7, rel=1e-6)
    assert procrustes(np.hstack([X, extra]), X) == pytest.approx(1e-7, rel=1e-6)


def test_triangle_inequality():
    sets = [random(12, 3 + s % 3, seed=s) for s in range(9)]
    for seed in range(3, 9):
        sets[seed] = sets[seed - 3] + 0.5 * random(*sets[seed - 3].shape, seed=50 + seed)
    D = np.array([[procrustes(a, b) for b in sets] for a in sets])
    assert (D[:, None] <= D[:, :, None] + D[None] + 1e-12).all()
    assert np.diag(D).max() < 1e-13
    assert D[np.triu_indices(9, 1)].min() > 0.1


def test_unrelated_single_units_are_at_right_angles():
    X = np.array([[1.0], [-1.0], [1.0], [-1.0]])
    Y = np.array([[1.0], [1.0], [-1.0], [-1.0]])
    assert procrustes(X, Y) == pytest.approx(math.pi / 2, abs=1e-15)


def test_torch_and_numpy_agree_and_input_stays():
    X, Y = random(15, 4), random(15, 3, seed=1)
    before = X.copy()
    value = procrustes(X, Y)
    assert type(value) is float
    assert value == procrustes(torch.from_numpy(X), torch.from_numpy(Y))
    assert (X == before).all()


def test_bad_input():
    X = random(10, 3)
    with pytest.raises(NeurariumError, match="procrustes: `Y` must have as many samples as X"):
        procrustes(X, X[:9])
    with pytest.raises(NeurariumError, match="`X` must vary over samples, got 'constant data'"):
        procrustes(np.ones((10, 2)), X)
    with pytest.raises(NeurariumError, match="finite"):
        procrustes(X, np.where(X > 1, np.inf, X))
