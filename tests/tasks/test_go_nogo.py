import torch

from neurarium.core import Rng
from neurarium.tasks import GoNoGo, Trials, accuracy


def observer(trials):
    start, stop = trials.periods["stimulus"]
    return trials.inputs[start:stop, :, 1:].sum(0).expand(*trials.targets.shape, 2)


def test_observer_and_shuffled_answers():
    trials = GoNoGo(noise_std=0.0).draw(2000, rng=Rng(0))
    assert accuracy(observer(trials), trials) == 1.0
    targets = trials.targets[:, torch.randperm(2000, generator=Rng(1)("x"))]
    shuffled = Trials(trials.inputs, targets, trials.mask, trials.table, trials.periods)
    assert abs(accuracy(observer(trials), shuffled) - 0.5) < 0.05


def test_the_course_of_a_trial():
    trials = GoNoGo().draw(10, rng=Rng(0))
    is_go = torch.tensor((trials.table.stimulus == "go").to_numpy())
    start, stop = trials.periods["stimulus"]
    decision = trials.periods["decision"][0]
    mean = trials.inputs[start:stop, :, 1:].mean(0)
    assert torch.equal(mean[:, 1] > mean[:, 0], is_go)
    assert (trials.inputs[stop:, :, 1:] == 0).all()
    assert (trials.inputs[:start, :, 1:] == 0).all()
    assert torch.equal(trials.targets[decision:].bool(), is_go.expand(len(trials.targets) - decision, -1))
    assert (trials.targets[:decision] == 0).all()
    assert is_go.sum() == 5


def test_holding_still_is_right_only_at_no_go():
    trials = GoNoGo().draw(11, rng=Rng(0))
    still = torch.tensor([1.0, 0.0]).expand(*trials.targets.shape, 2)
    assert accuracy(still, trials) == float((trials.table.stimulus == "nogo").mean())
