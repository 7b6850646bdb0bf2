import pytest
import torch

from neurarium.core import NeurariumError, Rng
from neurarium.tasks import DelayedMemory, Periods, Trials, accuracy


def observer(trials, name):
    start, stop = trials.periods[name]
    seen = trials.inputs[start:stop].sum(0)
    seen[:, 0] = -1e9
    return seen.expand(*trials.targets.shape, -1)


def test_what_is_shown_tells_the_answer_and_the_rest_does_not():
    trials = DelayedMemory(n_items=4, noise_std=0.0).draw(2000, rng=Rng(0))
    assert accuracy(observer(trials, "stimulus"), trials) == 1.0
    for name in ("fixation", "delay", "decision"):
        assert accuracy(observer(trials, name), trials) == 0.25
    targets = trials.targets[:, torch.randperm(2000, generator=Rng(1)("x"))]
    shuffled = Trials(trials.inputs, targets, trials.mask, trials.table, trials.periods)
    assert abs(accuracy(observer(trials, "stimulus"), shuffled) - 0.25) < 0.045


def test_noise_has_its_size():
    trials = DelayedMemory(noise_std=0.3).draw(400, rng=Rng(0))
    start, stop = trials.periods["stimulus"]
    cue = torch.nn.functional.one_hot(torch.tensor(trials.table.item.to_numpy()), 4)
    noise = trials.inputs[start:stop, :, 1:] - cue
    assert abs(noise.std() - 0.3) < 0.005
    assert abs(noise.mean()) < 0.01


def test_the_delay_has_its_length():
    short, long = (DelayedMemory(periods=Periods(delay_ms=ms)).draw(4, rng=Rng(0)) for ms in (0.0, 1000.0))
    assert len(long.inputs) - len(short.inputs) == 50


def test_one_item_is_no_memory():
    with pytest.raises(NeurariumError, match="n_items"):
        DelayedMemory(n_items=1)
