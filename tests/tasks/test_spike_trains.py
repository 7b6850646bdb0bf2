import pytest
import torch

from neurarium.core import NeurariumError, Rng
from neurarium.tasks import SpikeTrains


def make(n_train=10, n_labels=10, **changes):
    x = torch.arange(n_train, dtype=torch.float32).view(1, -1, 1).expand(3, -1, 2)
    sides = dict(train_x=x, train_y=torch.arange(n_labels), test_x=x, test_y=torch.arange(n_train))
    return SpikeTrains(**{**sides, "n_classes": 10, "dt_ms": 1.0, **changes})


def test_batches_hold_every_trial_once_an_epoch_with_its_label():
    seen = list(make().batches(batch_size=4, n_epochs=2, rng=Rng(0)))
    assert [len(y) for _, y in seen] == [4, 4, 2] * 2
    assert all(torch.equal(x[0, :, 0], y.float()) and x.shape == (3, len(y), 2) for x, y in seen)
    first, second = (torch.cat([y for _, y in seen[k : k + 3]]) for k in (0, 3))
    assert first.sort().values.tolist() == second.sort().values.tolist() == list(range(10))
    assert not torch.equal(first, second)


def test_trials_without_their_labels_are_refused():
    with pytest.raises(NeurariumError, match=r"`train_x` must be \(time, 9, channels\)"):
        make(n_labels=9)


@pytest.mark.parametrize("wrong", [{"dt_ms": 0.0}, {"test_x": torch.zeros(3, 10)}])
def test_bad_input_is_refused(wrong):
    with pytest.raises(NeurariumError, match=f"`{next(iter(wrong))}` must be"):
        make(**wrong)
