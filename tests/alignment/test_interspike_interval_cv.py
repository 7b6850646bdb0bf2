import numpy as np
import pytest
import torch

from neurarium.alignment import interspike_interval_cv


def renewal(draw, n_steps=200_000, n_units=40):
    """A raster with the given intervals, one process a unit."""
    raster = np.zeros((1, n_steps, n_units), bool)
    for i in range(n_units):
        when = np.cumsum(draw())
        raster[0, when[when < n_steps], i] = True
    return raster


def test_a_clock_has_none_and_silence_has_no_value():
    raster = torch.zeros(2, 100, 4)
    raster[0, ::7, 0] = 1
    raster[0, [3, 50], 1] = 1  # one interval is not enough
    raster[1, [3, 50, 97], 2] = 1
    cv = interspike_interval_cv(raster)
    assert cv[0, 0] == 0
    assert cv[1, 2] == 0
    assert torch.isnan(cv).sum() == 6


def test_a_poisson_process_has_one():
    g = np.random.default_rng(0)
    raster = renewal(lambda: g.geometric(0.01, size=4000))  # geometric: CV = √(1 - p)
    assert interspike_interval_cv(raster).mean() == pytest.approx(0.99**0.5, abs=0.01)


def test_dead_time_takes_its_share_of_the_rate():
    g = np.random.default_rng(0)
    raster = renewal(lambda: 50 + g.geometric(0.01, size=4000))
    rate = raster.mean()
    assert interspike_interval_cv(raster).mean() == pytest.approx(1 - rate * 50, abs=0.01)


def test_a_gamma_process_has_one_over_the_root_of_its_order():
    g = np.random.default_rng(0)
    raster = renewal(lambda: np.rint(g.gamma(4.0, 50.0, size=3000)).astype(int) + 1)
    assert interspike_interval_cv(raster).mean() == pytest.approx(0.5, abs=0.015)


def test_equals_standard_deviation_over_mean_trial_by_trial():
    raster = np.random.default_rng(0).random((3, 400, 5)) < 0.05
    cv = interspike_interval_cv(raster)
    for trial in range(3):
        for unit in range(5):
            intervals = np.diff(np.flatnonzero(raster[trial, :, unit]))
            assert cv[trial, unit] == pytest.approx(intervals.std() / intervals.mean())
