import math

import pytest
import torch

from neurarium.core import NeurariumError, Rng
from neurarium.tasks import poisson_classes


def test_classes_of_equal_rate_differ_only_in_their_times():
    data = poisson_classes(n_trials=3000, rates_hz=(60.0, 60.0), depth=0.8, n_channels=3, rng=Rng(0))
    counts = torch.stack([data.train_x[:, data.train_y == k].sum(0).mean(0) for k in (0, 1)])
    torch.testing.assert_close(counts, torch.full_like(counts, 12.0), rtol=0.04, atol=0)
    course = torch.stack([data.train_x[:, data.train_y == k].mean(1) for k in (0, 1)]).view(2, 4, 50, 3).mean(1)
    turns = torch.exp(-2j * math.pi / 50 * torch.arange(50)).view(1, 50, 1)
    wave = (course * turns).mean(1)
    torch.testing.assert_close(2 * wave.abs(), torch.full((2, 3), 0.06 * 0.8), rtol=0.1, atol=0)
    phases = 2 * math.pi * torch.rand(2, 3, generator=Rng(0)("phases"))
    off = wave.angle() - (phases - math.pi / 2)
    assert (1 - off.cos()).max() < 0.02


def test_homogeneous_classes_have_poisson_counts_at_their_rates():
    data = poisson_classes(n_trials=2000, rates_hz=(20.0, 50.0), depth=0.0, rng=Rng(1))
    for k, rate in enumerate((0.02, 0.05)):
        counts = data.train_x[:, data.train_y == k].sum(0)
        assert counts.mean().item() == pytest.approx(200 * rate, rel=0.02)
        assert counts.var().item() == pytest.approx(200 * rate * (1 - rate), rel=0.05)


def test_the_split_is_a_split_and_the_seed_decides():
    a, b, c = (poisson_classes(n_trials=60, rng=Rng(s)) for s in (1, 1, 2))
    assert (len(a.train_y), len(a.test_y), a.n_classes, a.n_channels) == (40, 20, 4, 20)
    assert torch.equal(a.train_x, b.train_x)
    assert not torch.equal(a.train_x, c.train_x)
    assert torch.bincount(torch.cat([a.train_y, a.test_y])).tolist() == [15] * 4


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (dict(rates_hz=(40.0,)), "rates_hz` must be two or more"),
        (dict(rates_hz=(40.0, 800.0)), "at most one spike"),
        (dict(rates_hz=(40.0, -1.0)), "rates_hz` must be a positive"),
        (dict(depth=1.5), "depth` must lie between 0 and 1"),
        (dict(period_steps=33), "period_steps` must divide the 200 steps"),
    ],
)
def test_bad_input_is_refused(wrong, says):
    with pytest.raises(NeurariumError, match=says):
        poisson_classes(**wrong, rng=Rng(0))
