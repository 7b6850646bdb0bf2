import itertools

import numpy as np
import pytest
import torch

from neurarium.alignment import eigenvalue_wasserstein
from neurarium.core.errors import NeurariumError


def random(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape)


def test_best_of_all_matchings():
    A = random(3, 5, 5)
    D = eigenvalue_wasserstein(A)
    for i, j in itertools.combinations(range(3), 2):
        a, b = np.linalg.eigvals(A[i]), np.linalg.eigvals(A[j])
        best = min(np.mean(np.abs(a - b[list(p)]) ** 2) for p in itertools.permutations(range(5)))
        assert D[i, j] == pytest.approx(np.sqrt(best), abs=1e-12)
    assert (D == D.T).all()
    assert (np.diag(D) == 0).all()


def test_any_change_of_basis_changes_nothing():
    A, S = random(6, 6), random(6, 6, seed=1)
    other = random(6, 6, seed=2)
    D = eigenvalue_wasserstein(np.stack([A, S @ A @ np.linalg.inv(S), other]))
    assert D[0, 1] < 1e-8
    assert D[0, 2] == pytest.approx(D[1, 2], abs=1e-8)
    assert D[0, 2] > 0.1


def test_root_obeys_the_triangle_inequality_where_squares_do_not():
    D = eigenvalue_wasserstein(np.array([0.0, 0.5, 1.0])[:, None, None])
    np.testing.assert_allclose(D, [[0, 0.5, 1], [0.5, 0, 0.5], [1, 0.5, 0]], atol=1e-15)
    assert D[0, 2] ** 2 > D[0, 1] ** 2 + D[1, 2] ** 2
    D = eigenvalue_wasserstein(random(12, 4, 4))
    assert (D[:, None] <= D[:, :, None] + D[None] + 1e-12).all()


def test_answers_in_kind():
    A = random(2, 3, 3)
    D = eigenvalue_wasserstein(torch.from_numpy(A))
    assert isinstance(D, torch.Tensor)
    assert (D.numpy() == eigenvalue_wasserstein(A)).all()


def test_bad_input():
    with pytest.raises(NeurariumError, match="square matrices of one rank"):
        eigenvalue_wasserstein(random(2, 3, 4))
    with pytest.raises(NeurariumError, match="finite"):
        eigenvalue_wasserstein(np.full((2, 3, 3), np.nan))
