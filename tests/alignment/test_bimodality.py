"""Do numbers fall into two groups?"""

import numpy as np
import pytest
import torch
from scipy import stats

from neurarium.alignment import bimodality
from neurarium.core import NeurariumError, Rng


@pytest.mark.parametrize("share", [0.5, 0.1, 0.9])
def test_two_values_alone_give_zero(share):
    assert bimodality(np.repeat([2.0, 5.0], [round(100 * share), round(100 - 100 * share)])) == pytest.approx(0)


@pytest.mark.parametrize("chance", [0.2, 0.5, 0.93])
def test_a_binomial_law_gives_the_null_whatever_the_chance(chance):
    n = 24
    counts = np.arange(n + 1)
    often = np.round(1e7 * stats.binom.pmf(counts, n, chance)).astype(int)
    assert bimodality(np.repeat(counts / n, often)) == pytest.approx(2 - 2 / n, abs=1e-3)


def test_known_laws():
    assert bimodality(np.linspace(0, 1, 20_001)) == pytest.approx(0.8, abs=1e-4)
    assert bimodality(Rng(0).numpy("x").standard_normal(200_000)) == pytest.approx(2, abs=0.05)


def test_shift_and_scale_change_nothing_and_it_is_as_scipy_says():
    x = Rng(0).numpy("x").gamma(2.0, size=500)
    expected = stats.kurtosis(x, fisher=False) - stats.skew(x) ** 2 - 1
    assert bimodality(x) == pytest.approx(expected)
    assert bimodality(torch.as_tensor(3 - 7 * x)) == pytest.approx(expected)


def test_equal_values_have_none():
    assert np.isnan(bimodality(np.full(7, 0.1)))


def test_bad_values_are_refused():
    for bad in (np.ones((2, 2)), np.array([1.0]), np.array([1.0, np.nan])):
        with pytest.raises(NeurariumError, match="bimodality: `shares` must"):
            bimodality(bad)
