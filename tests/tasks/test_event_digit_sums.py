import pytest
import torch

from neurarium.core import NeurariumError, Rng
from neurarium.tasks import digits, event_digit_sums


def test_spikes_follow_the_columns_of_two_images_and_nothing_between():
    data = event_digit_sums(n_train=6, n_test=4, column_steps=400, silence_steps=50, rate_hz=1000.0, rng=Rng(0))
    first, silence, second = data.train_x.split((3200, 50, 3200))
    assert silence.sum() == 0
    images = digits(rng=Rng(0))
    few = images.train_y < 5
    x, y = images.train_x[few], images.train_y[few]
    total = torch.zeros(6, dtype=torch.int64)
    for part in (first, second):
        seen = part.view(8, 400, 6, 8).mean(1).permute(1, 2, 0)  # trial row column
        apart = (seen.unsqueeze(1) - x).square().mean((2, 3))
        assert apart.min(1).values.max() < 0.002, "each is one of the images to learn from"
        total += y[apart.argmin(1)]
    assert torch.equal(total, data.train_y)


def test_all_sums_occur_and_the_seed_decides():
    a, b, c = (event_digit_sums(n_train=400, n_test=50, n_classes=3, rng=Rng(s)) for s in (1, 1, 2))
    assert a.n_classes == 5
    assert sorted(a.train_y.unique().tolist()) == [0, 1, 2, 3, 4]
    assert torch.equal(a.train_x, b.train_x)
    assert not torch.equal(a.train_y, c.train_y)


@pytest.mark.parametrize("wrong", [dict(n_classes=0), dict(silence_steps=-1), dict(rate_hz=0.0), dict(column_steps=0)])
def test_bad_input_is_refused(wrong):
    with pytest.raises(NeurariumError, match=next(iter(wrong))):
        event_digit_sums(**wrong, rng=Rng(0))
