import numpy as np
import pytest
import torch

from neurarium.alignment import branching_factor
from neurarium.core import NeurariumError, Rng


def branching(m, n_steps, n_trials=1, drive=5.0, seed=0):
    """Counts of a process in which every spike causes a Poisson number of spikes, of mean m, a step later."""
    generator, counts = Rng(seed).numpy("spikes"), np.zeros((n_trials, n_steps))
    now = np.full(n_trials, drive / (1 - m))
    for i in range(n_steps):
        now = generator.poisson(m * now + drive)
        counts[:, i] = now
    return counts


@pytest.mark.parametrize("m", [0.3, 0.8, 0.95])
def test_known_ratio_is_found(m):
    found = branching_factor(branching(m, 60_000)[0][:, None])
    assert found.ratio == pytest.approx(m, abs=0.01)
    assert found.one_step == pytest.approx(m, abs=0.01)


@pytest.mark.parametrize("m", [0.8, 0.95])
def test_seeing_a_twentieth_of_the_spikes_misleads_only_the_one_step_estimate(m):
    seen = Rng(1).numpy("seen").binomial(branching(m, 60_000)[0].astype(int), 0.05)
    found = branching_factor(seen[:, None])
    assert found.ratio == pytest.approx(m, abs=0.03)
    assert found.one_step < m - 0.2


def test_linear_recovery_from_a_kick_has_slopes_that_are_exact_powers():
    m, counts = 0.9, 7 + 3 * 0.9 ** np.arange(50.0)
    found = branching_factor(counts[:, None], n_lags=8)
    np.testing.assert_allclose(found.slopes, m ** np.arange(1, 9), rtol=1e-9)
    assert found.ratio == pytest.approx(m, abs=1e-8)


def test_activity_that_runs_away_is_above_one():
    assert branching_factor(1.05 ** np.arange(60.0)[:, None], n_lags=5).ratio == pytest.approx(1.05, abs=1e-6)


def test_only_the_sum_over_units_counts_and_torch_is_as_good():
    counts = branching(0.7, 500)[0]
    raster = np.stack([counts - 2, np.full_like(counts, 2.0)], 1)
    one, two = branching_factor(counts[:, None]), branching_factor(torch.from_numpy(raster))
    assert one.ratio == pytest.approx(two.ratio)


def test_levels_of_trials_are_not_taken_for_memory():
    counts = branching(0.5, 400, n_trials=60)
    levels = 100 * Rng(2).numpy("levels").random((60, 1))
    found, moved = (branching_factor(c[:, :, None]) for c in (counts, counts + levels))
    assert found.ratio == pytest.approx(0.5, abs=0.03)
    assert moved.ratio == pytest.approx(found.ratio, abs=1e-9)


def test_bad_input_is_refused():
    with pytest.raises(NeurariumError, match="branching_factor: `X` must have at least 23 steps, got 22"):
        branching_factor(np.ones((22, 1)))
    with pytest.raises(NeurariumError, match="branching_factor: `X` must change over time"):
        branching_factor(np.ones((50, 1)))
    with pytest.raises(NeurariumError, match="branching_factor: `n_lags` must be a whole number of at least 2"):
        branching_factor(np.ones((50, 1)), n_lags=1)
    with pytest.raises(NeurariumError, match="branching_factor: `X` must be finite"):
        branching_factor(np.full((50, 1), np.nan))
