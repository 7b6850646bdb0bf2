import math

import pytest
import torch

from neurarium.core import NeurariumError, Rng
from neurarium.tasks import moving_photographs
from neurarium.tasks._photographs import photographs
from neurarium.tasks.moving_photographs import GRAIN, _windows


@pytest.fixture(scope="module")
def clips():
    return moving_photographs(n_train=256, n_test=64, size=24, speeds=(1.0,), rng=Rng(3))


def test_shapes_balance_and_reproducibility(clips):
    assert clips.train_x.shape == (14, 256, 2, 24, 24)
    assert clips.train_y.bincount().tolist() == [32] * 8
    assert clips.test_y.bincount().tolist() == [8] * 8
    again = moving_photographs(n_train=256, n_test=64, size=24, speeds=(1.0,), rng=Rng(3))
    assert torch.equal(clips.train_x, again.train_x)
    other = moving_photographs(n_train=256, n_test=64, size=24, speeds=(1.0,), rng=Rng(4))
    assert not torch.equal(clips.train_x, other.train_x)
    assert 0.02 < clips.train_x.float().mean() < 0.12


def test_events_move_in_the_direction_of_their_class(clips):
    """A step later and a pixel on, an event of the same polarity is likelier there than anywhere else around."""
    x = clips.train_x.float()
    for k in (0, 2, 4, 6):  # whole pixels
        mine = x[:, clips.train_y == k]
        dx, dy = round(math.cos(math.pi * k / 4)), round(math.sin(math.pi * k / 4))
        likeness = {}
        for a in (-1, 0, 1):
            for b in (-1, 0, 1):
                likeness[b, a] = (mine[:-1] * mine[1:].roll((-a, -b), (-2, -1)))[..., 2:-2, 2:-2].mean().item()
        assert max(likeness, key=likeness.get) == (dx, dy)


def test_a_window_at_whole_pixels_is_a_mean_of_the_photograph():
    sheet = photographs()[1]
    seen = _windows(sheet, torch.tensor([[31.0, 8.0], [30.5, 8.0]]), 5)
    block = sheet[8:18, 31:41].reshape(5, GRAIN, 5, GRAIN).mean((1, 3))
    torch.testing.assert_close(seen[0], block, atol=1e-5, rtol=0)
    left = sheet[8:18, 30:40].reshape(5, GRAIN, 5, GRAIN).mean((1, 3))
    torch.testing.assert_close(seen[1], (block + left) / 2, atol=1e-5, rtol=0)


@pytest.mark.parametrize("wrong", [{"n_train": 0}, {"speeds": (0.5, -1.0)}, {"size": 120}, {"n_steps": 0}])
def test_bad_numbers_are_refused(wrong):
    with pytest.raises(NeurariumError, match=f"moving_photographs: `{next(iter(wrong))}` must"):
        moving_photographs(**{"n_train": 8, "n_test": 8, **wrong}, rng=Rng(0))
