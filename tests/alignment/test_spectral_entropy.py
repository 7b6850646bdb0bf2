import numpy as np
import pytest
import torch

from neurarium.alignment.spectral_entropy import spectral_entropy
from neurarium.core import NeurariumError


def rotations(*angles: float, scale: float = 1.0) -> np.ndarray:
    n = len(angles)
    w = np.zeros((2 * n, 2 * n))
    for i, a in enumerate(angles):
        w[2 * i : 2 * i + 2, 2 * i : 2 * i + 2] = [[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]]
    return scale * w


def test_known_eigenvalues():
    s = spectral_entropy(np.diag([2.0, -1.0, 1.0, 0.0]) / 2)
    assert s.entropy_bits == pytest.approx(1.5)  # shares 1/2, 1/4, 1/4
    assert s.radius == 1.0
    assert s.modulus_std == pytest.approx(np.std([1, 0.5, 0.5, 0]))
    assert s.modulus_entropy_bits == pytest.approx(1.5)
    assert s.phase_entropy_bits == pytest.approx(-(2 / 3) * np.log2(2 / 3) - (1 / 3) * np.log2(1 / 3))


def test_orthogonal_matrix_has_one_modulus():
    q, _ = np.linalg.qr(np.random.default_rng(0).standard_normal((50, 50)))
    s = spectral_entropy(q)
    assert s.entropy_bits == pytest.approx(np.log2(50))
    assert s.modulus_entropy_bits == 0.0
    assert s.modulus_std == pytest.approx(0, abs=1e-12)


def test_phases_of_rotations():
    """Conjugate pairs at four angles, each in its own bin of π/16; axes lie in the middle of a bin."""
    basis, _ = np.linalg.qr(np.random.default_rng(1).standard_normal((8, 8)))
    s = spectral_entropy(basis @ rotations(0.0, np.pi / 4, np.pi / 2, np.pi, scale=0.5) @ basis.T)
    assert s.phase_entropy_bits == pytest.approx(2)
    assert s.radius == pytest.approx(0.5)


def test_own_bins():
    w = np.diag([0.1, 0.4, 0.6, 0.9])
    assert spectral_entropy(w, modulus_edges=[0, 0.5, 1]).modulus_entropy_bits == pytest.approx(1)
    halves = spectral_entropy(rotations(0.1, 3.0), phase_edges=[0, np.pi / 2, np.pi])
    assert halves.phase_entropy_bits == pytest.approx(1)


def test_similar_matrices_agree_and_torch():
    gen = np.random.default_rng(2)
    w, t = gen.standard_normal((6, 6)) / 3, gen.standard_normal((6, 6))
    a, b = spectral_entropy(torch.from_numpy(w)), spectral_entropy(t @ w @ np.linalg.inv(t))
    assert a.entropy_bits == pytest.approx(b.entropy_bits)
    assert a.radius == pytest.approx(max(abs(np.linalg.eigvals(w))))


@pytest.mark.parametrize(
    ("w", "kwargs", "match"),
    [
        (np.zeros((3, 3)), {}, "zero"),
        (np.eye(3), dict(modulus_edges=[0, 0.5]), "modulus_edges"),
        (-np.eye(3), dict(phase_edges=[0, 1.0]), "phase_edges"),
        (np.ones((2, 3, 3)), {}, "one"),
    ],
)
def test_bad_input(w, kwargs, match):
    with pytest.raises(NeurariumError, match=match):
        spectral_entropy(w, **kwargs)
