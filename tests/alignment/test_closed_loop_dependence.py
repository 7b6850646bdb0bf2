import numpy as np
import pytest
import torch

from neurarium.alignment import closed_loop_dependence
from neurarium.core import NeurariumError, Rng


def noise(seed, shape=(20, 50, 4)):
    return Rng(seed).numpy("x").normal(size=shape)


def test_nothing_all_and_reversed():
    x = noise(0)
    assert closed_loop_dependence(x, x) == 0
    assert closed_loop_dependence(x, noise(1)) == pytest.approx(1, abs=0.05)
    assert closed_loop_dependence(x - x.mean((0, 1)), x.mean((0, 1)) - x) == pytest.approx(2)


@pytest.mark.parametrize("gain", [0.0, 0.5, 1.0, 2.0])
def test_what_the_loop_adds_is_its_share_of_variance(gain):
    """x = s + g a, y = s + g b with independent s, a, b: D = 2 g² / (2 + 2 g²)."""
    shape = (200, 100, 3)
    s, a, b = (noise(k, shape) for k in (2, 3, 4))
    assert closed_loop_dependence(s + gain * a, s + gain * b) == pytest.approx(gain**2 / (1 + gain**2), abs=0.02)


def test_a_unit_that_only_moves_its_mean_depends_too():
    x = np.ones((2, 3, 1))
    assert closed_loop_dependence(x, 2 * x) == pytest.approx(1)
    assert closed_loop_dependence(torch.tensor(x), torch.tensor(2 * x)) == pytest.approx(1)


def test_is_one_minus_lin_s_concordance_of_one_unit():
    x, y = noise(5, (10, 30, 1)), noise(5, (10, 30, 1)) * 0.7 + noise(6, (10, 30, 1)) + 0.4
    lin = 2 * np.cov(x.ravel(), y.ravel(), ddof=0)[0, 1] / (x.var() + y.var() + (x.mean() - y.mean()) ** 2)
    assert closed_loop_dependence(x, y) == pytest.approx(1 - lin)


@pytest.mark.parametrize(
    ("x", "y", "word"), [(noise(0), noise(0)[:5], "shape"), (np.ones((1, 2, 3)), np.ones((1, 2, 3)), "vary")]
)
def test_bad_recordings_are_refused(x, y, word):
    with pytest.raises(NeurariumError, match=word):
        closed_loop_dependence(x, y)
