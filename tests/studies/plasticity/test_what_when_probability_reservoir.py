"""The study's own logic: the paradigm, the read-out's scores, and what each rule may see."""

import math

import pytest
import torch

from neurarium.core import Rng
from neurarium.studies.plasticity import _prediction_object as po

BLOCK = po.Block((250.0, 500.0), (0.8, 0.2))


@pytest.fixture
def trial():
    """Answers of nine units to one cue, and what came."""
    x = torch.randn(80, 9, generator=Rng(0)("x"), dtype=torch.float64)
    bells = po.bumps(BLOCK)
    return x, bells * torch.tensor([1.0, 0.0]).double()


def test_bells_are_where_and_as_wide_as_they_should_be():
    bells, t = po.bumps(BLOCK), po.times_ms()
    assert t[bells.argmax(0)].tolist() == [350.0, 600.0]
    assert bells.max(0).values.tolist() == [1.0, 1.0]
    assert (bells.sum(0) * 10).tolist() == pytest.approx([70 * math.sqrt(2 * math.pi)] * 2, rel=0.01)
    assert t[po.is_open()][[0, -1]].tolist() == [110.0, 750.0]


def test_outcomes_have_exact_frequencies_in_every_ten():
    came = po.drawn(BLOCK, 80, Rng(0)("outcomes"))
    assert came.sum(1).tolist() == [1.0] * 80
    assert came[:, 0].reshape(8, 10).sum(1).tolist() == [8.0] * 8
    assert not torch.equal(came[:10], came[10:20])


def test_answers_are_made_once_silent_before_the_cue_and_with_little_in_common(monkeypatch, tmp_path):
    monkeypatch.setenv("NEURARIUM_CACHE", str(tmp_path))
    sizes = dict(seed=0, n_units=30, n_trials=25, dt_ms=1.0)
    states = po.answers(**sizes)["states"]
    assert states.shape == (80, 25, 30)
    assert (states[:10] == 0).all(), "silence stays zero"
    common = states[10:].mean((0, 1))
    share = ((states @ common) ** 2).sum() / (common**2).sum() / (states**2).sum()
    assert share < 0.6, "it is nine tenths in what is not damped"
    monkeypatch.setattr(po, "IzhikevichReservoir", None)
    assert (po.answers(**sizes)["states"] == states).all()


def test_a_shut_gate_lets_nothing_be_learned(trial):
    x, y = trial
    w = torch.ones(2, 9).double()
    x[po.is_open()] = 0.0
    assert torch.equal(po.ThreeFactor(offline=0.0).learn(w, x, y), w)
    assert not torch.equal(po.ThreeFactor(offline=0.0, is_gated=False).learn(w, x, y), w)
    torch.testing.assert_close(po.Force().learn(w, x, y), w)


def test_the_offline_rule_scales_towards_what_came():
    """A read-out that says both bells at half height: what came grows, what did not shrinks, by half an area."""
    bells = po.bumps(BLOCK)
    w = 0.5 * torch.eye(2).double()
    rule = po.ThreeFactor(lr=1e-12, offline=0.4)
    after = rule.learn(w, bells, bells * torch.tensor([1.0, 0.0]).double())
    assert (after.diagonal() / w.diagonal()).tolist() == pytest.approx([1.2, 0.8], abs=0.004)


def test_annealed_steps_shrink_as_one_over_n(trial):
    x, y = trial
    w, rule = torch.zeros(2, 9).double(), po.ThreeFactor(lr=1e-6, offline=0.0, is_annealed=True)
    first = rule.learn(w, x, y)
    for _ in range(29):
        rule.learn(w, x, y)
    torch.testing.assert_close(first / 4, rule.learn(w, x, y), rtol=1e-4, atol=0)  # 10 / (10 + 30)


def test_force_is_ridge_over_all_trials_and_a_reset_forgets_them(trial):
    x, y = trial
    other, w = x.flip(0), torch.zeros(2, 9).double()
    plain, reset, offline = po.Force(), po.Force(is_reset=True), po.Offline(n_trials=2)
    for rule in (plain, reset):
        once = rule.learn(w, x, y)
        rule.changed(once)
    assert reset.state is None
    assert plain.state is not None
    assert torch.equal(offline.learn(w, x, y), w), "the block is not over"
    twice = plain.learn(once, other, y)
    torch.testing.assert_close(twice, offline.learn(w, other, y), atol=1e-10, rtol=0)


def test_a_course_reads_the_truth_of_its_block(trial):
    x, _ = trial

    class Knows:
        def learn(self, w, x, y):
            return torch.cat([torch.diag(torch.tensor([0.8, 0.2])), torch.zeros(2, 7)], 1).double()

        def changed(self, w):
            raise AssertionError("one block has no change")

    x[:, :2] = po.bumps(BLOCK)
    came = po.drawn(BLOCK, 10, Rng(0)("outcomes"))
    found = po.course(Knows(), x.unsqueeze(1).expand(-1, 10, -1), x, [BLOCK], [came])
    assert found.error.max() < 1e-6
    height, at = po.peaks(x, found.weights[0])
    assert height.tolist() == pytest.approx([0.8, 0.2])
    assert at.tolist() == [350.0, 600.0]
    assert po.time_errors_ms(x, found.weights[0], BLOCK).tolist() == [0, 0]
    other = BLOCK._replace(latencies_ms=(230.0, 510.0))
    assert po.time_errors_ms(x, found.weights[0], other).tolist() == [20, 10]


def test_trials_to_criterion():
    error = torch.cat([torch.full((30,), 1.0), torch.full((50,), 0.55)])
    assert po.trials_to_criterion(error, settled=0.5) == 31
    assert po.trials_to_criterion(torch.ones(80), settled=0.5) == 80
    assert po.trials_to_criterion(torch.full((80,), 0.45), settled=0.1) == 1, "half of what is asked for is enough"
    assert po.trials_to_criterion(torch.tensor([0.1] + [1.0] * 79), settled=0.5) == 80, "one good trial is luck"


def test_scores_of_heights_and_angles():
    p = torch.tensor([[0.1, 0.9], [0.5, 0.5], [0.9, 0.1]]).double()
    assert po.amplitude_r2(0.6 * p + 0.1, p) == pytest.approx(1.0)
    assert po.amplitude_r2(torch.tensor([[1.0, 1.0], [0.0, 0.0], [1.0, 1.1]]).double(), p) < 0.1
    a = torch.eye(4)[:2].double()
    assert po.smallest_angle_deg(a, torch.eye(4)[2:].double()) == pytest.approx(90.0)
    assert po.smallest_angle_deg(a, torch.tensor([[1.0, 0, 1, 0], [0, 0, 0, 1]]).double()) == pytest.approx(45.0)
