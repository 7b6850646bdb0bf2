import pytest
import torch

from neurarium.core import NeurariumError, Rng
from neurarium.tasks import lagged_volleys


def centres(x):
    """Mean time of the spikes of each half of the channels, ``(2, trials)``."""
    t = torch.arange(len(x), dtype=torch.float64).view(-1, 1, 1)
    return torch.stack([(t * half).sum((0, 2)) / half.sum((0, 2)) for half in x.double().chunk(2, dim=2)])


def test_without_noise_the_lag_is_the_class_and_all_else_is_the_same():
    lags = (2, 5, 11)
    data = lagged_volleys(n_trials=300, lags_steps=lags, n_channels=10, jitter_steps=0.0, noise=0.0, rng=Rng(0))
    assert torch.equal(data.train_x.sum(0), torch.ones(225, 10))
    first, second = centres(data.train_x)
    assert torch.equal(second - first, torch.tensor(lags, dtype=torch.float64)[data.train_y])
    assert torch.bincount(torch.cat([data.train_y, data.test_y])).tolist() == [100, 100, 100]
    for k in range(3):  # starts are alike in all classes
        assert first[data.train_y == k].mean().item() == pytest.approx(23.5, abs=5)
        assert first[data.train_y == k].std() > 10


def test_jitter_and_noise_are_as_large_as_they_say():
    clean, noisy = (lagged_volleys(n_trials=600, jitter_steps=j, noise=n, rng=Rng(0)) for j, n in ((1.5, 0), (0, 0.02)))
    at = clean.train_x.argmax(0)[:, :10].double()
    assert at.std(1).mean().item() == pytest.approx((1.5**2 + 1 / 12) ** 0.5, rel=0.05)  # 1/12 by rounding
    assert (noisy.train_x.sum() / 450 / 20).item() == pytest.approx(1 + 59 * 0.02, rel=0.02)


def test_the_split_is_a_split_and_the_seed_decides():
    a, b, c = (lagged_volleys(n_trials=40, rng=Rng(s)) for s in (1, 1, 2))
    assert (len(a.train_y), len(a.test_y)) == (30, 10)
    assert torch.equal(a.train_x, b.train_x)
    assert not torch.equal(a.train_y, c.train_y)
    assert (a.n_channels, a.n_classes, a.dt_ms) == (20, 6, 1.0)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"n_channels": 5}, "n_channels` must be even"),
        ({"lags_steps": (3, 60)}, "lags_steps` must fit into 60 steps"),
        ({"lags_steps": (-1, 3)}, "lags_steps` must fit"),
        ({"noise": 1.5}, "noise` must lie between 0 and 1"),
        ({"jitter_steps": -1.0}, "jitter_steps` must be zero or"),
        ({"n_trials": 1}, "n_trials` must be a whole number of at least 2"),
    ],
)
def test_bad_input_is_refused(wrong, says):
    with pytest.raises(NeurariumError, match=says):
        lagged_volleys(**wrong, rng=Rng(0))
