import numpy as np
import pytest
import torch

from neurarium.alignment._spectrum import homogenise_spectrum
from neurarium.core import NeurariumError


def drawn(n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((n, n)) / np.sqrt(n)


@pytest.mark.parametrize("n", [4, 7, 100])
def test_moduli_become_their_rms_and_phases_stay(n):
    w = drawn(n)
    before, after = np.linalg.eigvals(w), np.linalg.eigvals(homogenise_spectrum(w))
    assert np.allclose(abs(after), np.sqrt(np.mean(abs(before) ** 2)), rtol=1e-8)
    assert np.allclose(np.sort(abs(np.angle(after))), np.sort(abs(np.angle(before))), atol=1e-6)


def test_eigenvectors_stay():
    w = drawn(12)
    h = homogenise_spectrum(w)
    assert np.allclose(w @ h, h @ w)  # matrices with the same eigenvectors commute


def test_normal_matrix_keeps_its_norm():
    w = drawn(10)
    assert np.linalg.norm(homogenise_spectrum(w + w.T)) == pytest.approx(np.linalg.norm(w + w.T))


def test_result_is_real_and_does_nothing_twice():
    h = homogenise_spectrum(torch.from_numpy(drawn(20)))
    assert h.dtype == np.float64
    assert np.allclose(homogenise_spectrum(h), h)


def test_orthogonal_matrix_is_left_alone():
    q, _ = np.linalg.qr(drawn(20))
    assert np.allclose(homogenise_spectrum(q), q)


def test_zero_eigenvalue_becomes_the_common_modulus():
    assert np.allclose(homogenise_spectrum(np.diag([0.0, 2.0])), np.sqrt(2) * np.eye(2))


@pytest.mark.parametrize(
    ("w", "match"),
    [
        (np.eye(3, k=1), "defective"),
        (np.eye(3) + np.eye(3, k=1), "defective"),
        (np.zeros((3, 3)), "not zero"),
        (np.full((3, 3), np.nan), "finite"),
    ],
)
def test_bad_input(w, match):
    with pytest.raises(NeurariumError, match=match):
        homogenise_spectrum(w)
