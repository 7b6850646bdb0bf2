import numpy as np
import pytest
import torch

from neurarium.alignment import RBF, cka
from neurarium.alignment._arrays import as_double
from neurarium.core.errors import NeurariumError


def random(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape)


def rotation(n: int, seed: int = 0) -> np.ndarray:
    return np.linalg.qr(random(n, n, seed=seed))[0]


def explicit_debiased(K: np.ndarray, L: np.ndarray) -> float:
    """Song et al. 2012, equation 5, with its sums written out."""
    n = len(K)
    K, L = K - np.diag(np.diag(K)), L - np.diag(np.diag(L))
    terms = np.trace(K @ L) + K.sum() * L.sum() / ((n - 1) * (n - 2)) - 2 / (n - 2) * K.sum(0) @ L.sum(0)
    return float(terms / (n * (n - 3)))


@pytest.mark.parametrize(("n", "p", "q"), [(30, 5, 8), (12, 40, 6), (9, 50, 70)])
def test_debiased_equals_the_published_estimator(n, p, q):
    X, Y = random(n, p) + 3, random(n, q, seed=1)
    Y[:, 0] += X[:, 0]
    K, L = X @ X.T, Y @ Y.T
    expected = explicit_debiased(K, L) / np.sqrt(explicit_debiased(K, K) * explicit_debiased(L, L))
    assert cka(X, Y) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("is_debiased", [True, False])
def test_invariant_to_rotation_scale_and_offset(is_debiased):
    X, Y = random(40, 6), random(40, 9, seed=1)
    moved = 3.7 * X @ rotation(6) + random(6, seed=2)
    assert cka(moved, Y, is_debiased=is_debiased) == pytest.approx(cka(X, Y, is_debiased=is_debiased), abs=1e-13)
    assert cka(moved, X, is_debiased=is_debiased) == pytest.approx(1, abs=1e-13)
    stretched = X * np.array([10, 1, 1, 1, 1, 1])
    assert abs(cka(stretched, X, is_debiased=is_debiased) - 1) > 0.1


def test_biased_is_the_rv_coefficient():
    X, Y = random(25, 7), random(25, 4, seed=1)
    Sx, Sy, Sxy = np.cov(X.T), np.cov(Y.T), np.cov(X.T, Y.T)[:7, 7:]
    rv = np.trace(Sxy @ Sxy.T) / np.sqrt(np.trace(Sx @ Sx) * np.trace(Sy @ Sy))
    assert cka(X, Y, is_debiased=False) == pytest.approx(rv, abs=1e-14)


@pytest.mark.parametrize(("n", "expected"), [(50, 0.911), (1000, 0.339)])
def test_null_of_the_biased_and_of_the_debiased(n, expected):
    X, Y = random(n, 512), random(n, 512, seed=1)
    assert expected == pytest.approx(512 / (n + 512), abs=1e-3)
    assert cka(X, Y, is_debiased=False) == pytest.approx(expected, abs=0.01)
    assert abs(cka(X, Y)) < 0.02


def test_debiased_averages_zero_and_is_signed():
    values = [cka(random(20, 30, seed=2 * s), random(20, 30, seed=2 * s + 1)) for s in range(200)]
    assert abs(np.mean(values)) < 4 * np.std(values) / np.sqrt(200)
    assert min(values) < 0 < max(values)
    assert np.isfinite(values).all()


def test_linear_kernel_function_equals_feature_space():
    X, Y = random(30, 5), random(30, 8, seed=1)
    for is_debiased in (True, False):
        by_kernel = cka(X, Y, kernel=lambda x: x @ x.mT, is_debiased=is_debiased)
        assert by_kernel == pytest.approx(cka(X, Y, is_debiased=is_debiased), abs=1e-13)


def test_rbf_is_linear_when_wide_and_sees_what_linear_cannot():
    X = random(60, 3)
    Y = np.abs(X) + 0.1 * random(60, 3, seed=1)
    assert cka(X, Y, kernel=RBF(width=1e3)) == pytest.approx(cka(X, Y), abs=1e-4)
    assert cka(X, Y, kernel=RBF(width=0.3)) > cka(X, Y) + 0.1


def test_rbf_matches_its_formula():
    X = random(7, 3)
    distances = np.linalg.norm(X[:, None] - X[None], axis=-1)
    sigma = 0.5 * np.sort(distances[np.triu_indices(7, 1)])[10]
    K = RBF(width=0.5)(torch.from_numpy(X)).numpy()
    np.testing.assert_allclose(K, np.exp(-(distances**2) / (2 * sigma**2)), atol=1e-13)


def test_torch_numpy_integers_and_views_agree_and_stay_untouched():
    X, Y = np.random.default_rng(0).integers(0, 9, (15, 4)), random(15, 3)
    Y.setflags(write=False)
    before = X.copy()
    value = cka(X, Y)
    assert type(value) is float
    assert value == cka(torch.from_numpy(X.copy()), torch.tensor(Y, requires_grad=True))
    assert cka(X[::-1], Y[::-1]) == pytest.approx(value, abs=1e-14)
    assert (before == X).all()


def test_precise_for_large_offsets_and_tiny_scales():
    X, Y = random(40, 5), random(40, 5, seed=1)
    assert cka(1e-200 * X, 1e200 * Y) == pytest.approx(cka(X, Y), abs=1e-13)
    assert cka(X + 1e6, Y) == pytest.approx(cka(X, Y), abs=1e-8)


def test_bad_input_says_what_to_do():
    X = random(10, 3)
    with pytest.raises(NeurariumError, match=r"cka: `Y` must have as many samples as X \(10\), got 9"):
        cka(X, X[:9])
    with pytest.raises(NeurariumError, match="constant data"):
        cka(X, np.full((10, 3), 0.1))
    with pytest.raises(NeurariumError, match="finite"):
        cka(np.where(X > 1, np.nan, X), X)
    with pytest.raises(NeurariumError, match="at least 4 samples"):
        cka(X[:3], X[:3])
    with pytest.raises(NeurariumError, match="equally far apart"):
        cka(np.eye(10), X)
    assert 0 < cka(np.eye(10), X, is_debiased=False) < 1
    with pytest.raises(NeurariumError, match=r"be \(samples, units\), none of them empty, got \(10,\)"):
        as_double("cka", "X", X[:, 0], ("samples", "units"))
    with pytest.raises(NeurariumError, match="numpy array or a torch tensor"):
        as_double("cka", "X", [[1.0]], ("samples", "units"))
    with pytest.raises(NeurariumError, match="real numbers"):
        as_double("cka", "X", X * 1j, ("samples", "units"))
    with pytest.raises(NeurariumError, match="positive"):
        RBF(width=0.0)
