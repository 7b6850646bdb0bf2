"""Linear predictivity: invariances, chance and cost."""

import time

import numpy as np
import pytest
import torch
from scipy.stats import ortho_group

from neurarium.alignment import PLS, encoding_model, linear_predictivity
from neurarium.core.errors import NeurariumError


def pair(n=100, p=12, q=6, seed=0):
    g = np.random.default_rng(seed)
    x = g.standard_normal((n, p))
    return x, x @ g.standard_normal((p, q)) + g.standard_normal((n, q))


def test_is_the_mean_over_units():
    x, y = pair()
    assert linear_predictivity(x, y) == pytest.approx(encoding_model(x, y).correlation.mean())
    assert linear_predictivity(x, y, regressor=PLS(n_components=2)) != linear_predictivity(x, y)


def test_rotation_scale_and_offset_of_x_and_of_units_of_y_do_not_matter():
    x, y = pair()
    q = ortho_group.rvs(12, random_state=1)
    moved = linear_predictivity(-3 * x @ q + 5, y * [1, 2, 3, 4, 5, 6] - 1)
    assert moved == pytest.approx(linear_predictivity(x, y), abs=1e-10)


def test_is_not_symmetric_and_one_for_a_linear_function():
    x, _ = pair()
    assert linear_predictivity(x, x[:, :2] @ np.ones((2, 3))) == pytest.approx(1, abs=1e-3)
    assert linear_predictivity(x[:, :2], x) < 0.3


def test_known_ratio_of_signal_and_noise():
    """r of the true model is ``sqrt(signal / (signal + noise))``; many samples come close to it."""
    g = np.random.default_rng(3)
    x = g.standard_normal((4000, 3))
    y = x @ np.ones((3, 20)) / 3**0.5 + np.sqrt(3) * g.standard_normal((4000, 20))
    assert linear_predictivity(torch.from_numpy(x), torch.from_numpy(y)) == pytest.approx(0.5, abs=0.01)


def test_chance_is_zero_and_shuffled_stimuli_are_at_chance():
    g = np.random.default_rng(4)
    x, y = pair()
    values = [linear_predictivity(x, y[g.permutation(len(y))]) for _ in range(40)]
    assert abs(np.mean(values)) < 4 * np.std(values) / 40**0.5
    assert linear_predictivity(x, y) > max(values)


def test_is_fast():
    x, y = (v[:, :50] for v in pair(200, 50, 50))
    spent = []
    for _ in range(5):
        start = time.process_time()
        linear_predictivity(x, y)
        spent.append(time.process_time() - start)
    assert min(spent) < 0.1  # 10 ms on one thread of a 2.x GHz Xeon


def test_bad_samples_are_refused():
    x, y = pair()
    with pytest.raises(NeurariumError, match="as many samples"):
        linear_predictivity(x, y[1:])
    with pytest.raises(NeurariumError, match="n_folds"):
        linear_predictivity(x, y, n_folds=100)
