from collections import Counter
from itertools import product

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from jaxtyping import TypeCheckError

from neurarium.core import NeurariumError, Rng
from neurarium.tasks import (
    DelayedMemory,
    GoNoGo,
    OneChoiceMaze,
    PerceptualDecision,
    Periods,
    accuracy,
)
from neurarium.tasks._trials import balanced

TASKS = [PerceptualDecision(), GoNoGo(), DelayedMemory(), OneChoiceMaze()]
each_task = pytest.mark.parametrize("task", TASKS, ids=lambda t: type(t).__name__)


@given(st.integers(1, 60), st.lists(st.integers(1, 6), min_size=1, max_size=3))
@settings(deadline=None, max_examples=60)
def test_conditions_are_balanced(n_trials, sizes):
    levels = balanced(n_trials, sizes, Rng(0)("trials"))
    for level, size in zip(levels, sizes, strict=True):
        counts = torch.bincount(level, minlength=size)
        assert counts.max() - counts.min() <= 1
    n_combinations = int(np.prod(sizes))
    whole = balanced(2 * n_combinations, sizes, Rng(0)("trials"))
    seen = Counter(zip(*(level.tolist() for level in whole), strict=True))
    assert seen == {combination: 2 for combination in product(*map(range, sizes))}


def test_balanced_order_is_shuffled():
    (level,) = balanced(1000, (2,), Rng(0)("trials"))
    switches = (level[1:] != level[:-1]).double().mean()
    assert abs(switches - 0.5) < 0.07  # 1.0 if the levels merely alternated


def test_periods_in_steps():
    periods = Periods(fixation_ms=60.0, stimulus_ms=200.0, delay_ms=0.0, decision_ms=40.0)
    assert periods.steps(20.0) == {"fixation": (0, 3), "stimulus": (3, 13), "delay": (13, 13), "decision": (13, 15)}


@pytest.mark.parametrize(
    ("bad", "names"),
    [
        ({"stimulus_ms": 0.0}, "stimulus_ms"),
        ({"delay_ms": -20.0}, "delay_ms"),
        ({"decision_ms": float("inf")}, "decision_ms"),
        ({"grace_ms": 100.0}, "grace_ms"),
        ({"fixation_ms": 30.0}, "multiple"),
    ],
)
def test_bad_periods_are_refused(bad, names):
    with pytest.raises(NeurariumError, match=names):
        GoNoGo(periods=Periods(**bad))


@each_task
def test_shapes_and_types(task):
    trials = task.draw(13, rng=Rng(0))
    time = trials.periods["decision"][1]
    assert trials.inputs.shape == (time, 13, task.n_inputs)
    assert trials.targets.shape == trials.mask.shape == (time, 13)
    assert trials.inputs.dtype == torch.float32
    assert trials.targets.dtype == torch.int64
    assert len(task.classes) == task.n_classes
    assert 0 <= trials.targets.min() <= trials.targets.max() < task.n_classes
    assert len(trials) == len(trials.table) == 13
    assert trials.targets[-1].tolist() == trials.table.answer.tolist()
    assert trials.table.answer.dtype == "int64"


@each_task
def test_the_seed_decides_and_nothing_global_moves(task):
    before, before_np = torch.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002
    a, b, c = (task.draw(20, rng=Rng(seed)) for seed in (1, 1, 2))
    assert torch.equal(a.inputs, b.inputs)
    assert a.table.equals(b.table)
    assert not torch.equal(a.targets, c.targets)
    assert torch.equal(before, torch.get_rng_state())
    np.testing.assert_array_equal(before_np, np.random.get_state()[1])  # noqa: NPY002


@each_task
def test_noise_shifts_no_trial(task):
    quiet = type(task)(noise_std=0.0)
    assert quiet.draw(20, rng=Rng(1)).table.equals(task.draw(20, rng=Rng(1)).table)


@each_task
def test_answers_know_nothing_of_the_order(task):
    trials = task.draw(2000, rng=Rng(0))
    answer = trials.targets[-1].double()
    lag = torch.corrcoef(torch.stack([answer[1:], answer[:-1]]))[0, 1]
    assert abs(lag) < 0.1


@each_task
@pytest.mark.parametrize("n_trials", [0, -1, 2.0, True])
def test_bad_numbers_of_trials(task, n_trials):
    with pytest.raises((NeurariumError, TypeCheckError), match="n_trials"):
        task.draw(n_trials, rng=Rng(0))


@each_task
def test_negative_noise(task):
    for noise_std in (-0.1, float("nan")):
        with pytest.raises(NeurariumError, match="noise_std"):
            type(task)(noise_std=noise_std)


def test_select_keeps_rows_together():
    trials = PerceptualDecision().draw(32, rng=Rng(0))
    anti = trials.select(trials.table.rule == "anti")
    assert len(anti) == 8
    assert anti.inputs.shape[1] == anti.targets.shape[1] == 8
    assert (anti.inputs[0, :, 4] == 1).all()  # the anti unit
    assert anti.table.index.tolist() == list(range(8))


def test_accuracy_by_hand():
    trials = GoNoGo(periods=Periods(decision_ms=60.0, grace_ms=20.0)).draw(4, rng=Rng(0))
    start, stop = trials.periods["decision"]
    logits = torch.zeros(*trials.targets.shape, 2)
    right = torch.nn.functional.one_hot(trials.targets[-1], 2).float()
    logits[start] = 100 * (1 - right)  # grace: does not count
    logits[start + 1] = 3 * right
    logits[start + 2] = 2 * (1 - right)  # the mean is still right
    assert accuracy(logits, trials) == 1.0
    logits[start + 2, 0] = 4 * (1 - right[0])  # one trial tips over
    assert accuracy(logits, trials) == 0.75
    logits[:start] = 1e6
    assert accuracy(logits, trials) == 0.75  # what happens before the decision is not scored
    assert stop - start == 3


def test_accuracy_refuses_nan_and_wrong_shapes():
    trials = GoNoGo().draw(4, rng=Rng(0))
    logits = torch.zeros(*trials.targets.shape, 2)
    with pytest.raises(NeurariumError, match="finite"):
        accuracy(logits * float("nan"), trials)
    with pytest.raises(NeurariumError, match="logits"):
        accuracy(logits.transpose(0, 1), trials)
