"""Reliability against Spearman and Brown's formula and a known ratio of signal and noise."""

import numpy as np
import pytest
import torch

from neurarium.alignment import split_half_reliability
from neurarium.core.errors import NeurariumError


def responses(n=4000, repeats=4, units=6, noise=1.0, seed=0):
    g = np.random.default_rng(seed)
    return g.standard_normal((n, 1, units)) + noise * g.standard_normal((n, repeats, units))


def test_two_repeats_are_spearman_and_browns_formula():
    y = responses(n=30, repeats=2)
    r = np.array([np.corrcoef(y[:, 0, u], y[:, 1, u])[0, 1] for u in range(6)])
    np.testing.assert_allclose(split_half_reliability(y), 2 * r / (1 + r))


@pytest.mark.parametrize("repeats", [2, 3, 4, 5, 12])
def test_is_the_share_of_signal_in_the_mean(repeats):
    noise = 1.5
    found = split_half_reliability(responses(repeats=repeats, noise=noise))
    np.testing.assert_allclose(found, 1 / (1 + noise**2 / repeats), atol=0.03)


def test_four_repeats_have_three_halvings_and_five_fifteen():
    from neurarium.alignment.split_half_reliability import _halvings

    assert len(_halvings(4, 100)) == 3
    assert len(_halvings(5, 100)) == 15
    assert len(_halvings(12, 40)) == 40
    assert all(not set(a) & set(b) for a, b in _halvings(12, 40))
    assert _halvings(12, 40) == _halvings(12, 40)


def test_noise_is_signed_around_zero():
    y = np.random.default_rng(0).standard_normal((200, 2, 400))
    rho = split_half_reliability(torch.from_numpy(y))
    assert isinstance(rho, torch.Tensor)
    assert 0.3 < float((rho < 0).double().mean()) < 0.7


def test_one_repeat_says_nothing():
    assert split_half_reliability(responses(repeats=1)) is None


def test_bad_input_is_refused():
    y = responses(n=20)
    with pytest.raises(NeurariumError, match=r"constant units \[2\]"):
        split_half_reliability(y * (np.arange(6) != 2))
    with pytest.raises(NeurariumError, match="finite"):
        split_half_reliability(np.where(y == y.max(), np.nan, y))
    with pytest.raises(NeurariumError, match="n_splits"):
        split_half_reliability(y, n_splits=0)
    with pytest.raises(NeurariumError, match="repeats"):
        split_half_reliability(y[0])
