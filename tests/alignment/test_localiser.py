"""The localiser against SciPy's Welch test."""

import numpy as np
import pytest
import torch
from scipy.stats import ttest_ind

from neurarium.alignment import localiser
from neurarium.core.errors import NeurariumError


def draw():
    g = np.random.default_rng(0)
    return g.standard_normal((30, 20)) + np.linspace(-1, 1, 20), 3 * g.standard_normal((17, 20))


def test_t_is_that_of_scipy_and_the_largest_are_selected():
    a, b = draw()
    found = localiser(a, b, n_units=5)
    expected = ttest_ind(a, b, equal_var=False).statistic
    np.testing.assert_allclose(found.t, expected)
    assert found.selected.tolist() == np.argsort(-expected)[:5].tolist()
    np.testing.assert_allclose(localiser(b, a, n_units=5).t, -expected)


def test_units_without_variance():
    a, b = np.zeros((4, 3)), np.zeros((5, 3))
    a[:, 0], a[:, 1] = 1, np.arange(4)
    found = localiser(a, b, n_units=2)
    assert found.t[0] == np.inf
    assert found.t[2] == 0
    assert found.selected.tolist() == [0, 1]


def test_torch_in_torch_out():
    a, b = map(torch.from_numpy, draw())
    assert all(isinstance(v, torch.Tensor) for v in localiser(a, b, n_units=3))


def test_bad_input_is_refused():
    a, b = draw()
    for change, message in (
        (dict(preferred=a[:1]), "two samples"),
        (dict(other=b[:, 1:]), "units of `preferred`"),
        (dict(n_units=21), "at most 20"),
        (dict(n_units=0), "n_units"),
        (dict(preferred=np.where(a == a.max(), np.nan, a)), "finite"),
    ):
        with pytest.raises(NeurariumError, match=message):
            localiser(**{**dict(preferred=a, other=b, n_units=2), **change})
