import pytest
import torch

from neurarium.core import NeurariumError, Rng
from neurarium.tasks import markov_classes


def test_rates_are_equal_at_every_step_and_correlations_are_those_asked_for():
    data = markov_classes(n_trials=3000, correlations=(0.0, 0.6), rate_hz=250.0, n_steps=60, rng=Rng(0))
    for k, r in enumerate((0.0, 0.6)):
        x = data.train_x[:, data.train_y == k]
        per_step = x.mean((1, 2))
        torch.testing.assert_close(per_step, torch.full_like(per_step, 0.25), rtol=0, atol=0.015)
        for lag in (1, 2, 3):
            together = (x[lag:] * x[:-lag]).mean().item() - 0.25**2
            assert together / (0.25 * 0.75) == pytest.approx(r**lag, abs=0.02)


def test_the_split_is_a_split_and_the_seed_decides():
    a, b, c = (markov_classes(n_trials=60, rng=Rng(s)) for s in (1, 1, 2))
    assert (len(a.train_y), len(a.test_y), a.n_classes, a.n_channels) == (40, 20, 2, 20)
    assert torch.equal(a.train_x, b.train_x)
    assert not torch.equal(a.train_x, c.train_x)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (dict(correlations=(0.5,)), "correlations` must be two or more"),
        (dict(correlations=(0.5, 1.0)), "from 0 to below 1"),
        (dict(rate_hz=1000.0), "rate_hz` must be below one spike a step"),
        (dict(n_channels=0), "n_channels` must be a whole number"),
    ],
)
def test_bad_input_is_refused(wrong, says):
    with pytest.raises(NeurariumError, match=says):
        markov_classes(**wrong, rng=Rng(0))
