import numpy as np
import pytest
import torch
from scipy.stats import entropy

from neurarium.alignment.weight_entropy import weight_entropy
from neurarium.core import NeurariumError


def test_equal_weights_have_the_most():
    n = 7
    assert weight_entropy(np.ones((n, n))) == pytest.approx(np.log2(n * (n - 1)))
    assert weight_entropy(-np.ones((n, n)), use_diagonal=True) == pytest.approx(2 * np.log2(n))


def test_one_connection_has_none():
    w = np.zeros((4, 4))
    w[1, 2] = -3
    assert weight_entropy(w) == 0.0


def test_matches_scipy_and_ignores_the_diagonal():
    w = np.random.default_rng(0).standard_normal((9, 9))
    off = abs(w)[~np.eye(9, dtype=bool)]
    assert weight_entropy(w) == pytest.approx(entropy(off, base=2))
    assert weight_entropy(w + 100 * np.eye(9)) == pytest.approx(entropy(off, base=2))
    assert weight_entropy(w, use_diagonal=True) == pytest.approx(entropy(abs(w).ravel(), base=2))


def test_scale_does_not_matter():
    w = np.random.default_rng(1).standard_normal((5, 5))
    assert weight_entropy(1e-8 * w) == pytest.approx(weight_entropy(w))


def test_batch_and_torch():
    w = np.random.default_rng(2).standard_normal((2, 3, 5, 5))
    together = weight_entropy(torch.from_numpy(w))
    assert together.shape == (2, 3)
    assert together[1, 2] == pytest.approx(weight_entropy(w[1, 2]))


@pytest.mark.parametrize("w", [np.eye(3), np.zeros((3, 3)), np.ones((2, 3)), np.full((2, 2), np.inf), np.ones((1, 1))])
def test_bad_input(w):
    with pytest.raises(NeurariumError, match="weight_entropy: `w` must"):
        weight_entropy(w)
