import math

import pytest
import torch

from neurarium.core import NeurariumError, Rng
from neurarium.core.errors import UnknownNameError
from neurarium.tasks import PerceptualDecision, Periods, Trials, accuracy
from neurarium.tasks.perceptual_decision import RULES


def observer(trials, start, stop):
    """Logits of one who sees the inputs of steps `start` to `stop` only, and knows the rules."""
    evidence = (trials.inputs[start:stop, :, 1] - trials.inputs[start:stop, :, 2]).sum(0)
    rule_units = trials.inputs[0, :, 3:]
    is_anti = (rule_units[:, RULES.index("anti")] + rule_units[:, RULES.index("anti+delay")]) > 0
    evidence = torch.where(is_anti, -evidence, evidence)
    logits = torch.stack([torch.full_like(evidence, -1e9), evidence, -evidence], -1)
    return logits.expand(*trials.targets.shape, 3)


def test_without_noise_the_observer_is_never_wrong():
    trials = PerceptualDecision(noise_std=0.0).draw(64, rng=Rng(0))
    assert accuracy(observer(trials, *trials.periods["stimulus"]), trials) == 1.0


def test_shuffled_answers_are_at_chance():
    trials = PerceptualDecision(noise_std=0.0).draw(2000, rng=Rng(0))
    shuffled = trials.targets[:, torch.randperm(2000, generator=Rng(1)("x"))]
    shuffled = Trials(trials.inputs, shuffled, trials.mask, trials.table, trials.periods)
    assert abs(accuracy(observer(trials, *trials.periods["stimulus"]), shuffled) - 0.5) < 0.05


def test_the_psychometric_curve_is_the_closed_form():
    # the summed difference has mean n c and variance 2 n noise², so p = Φ(c √(n/2) / noise)
    task = PerceptualDecision(rules=("delay",), coherences=(0.05, 0.1, 0.2))
    trials = task.draw(9000, rng=Rng(0))
    for c in task.coherences:
        some = trials.select(trials.table.coherence == c)
        expected = 0.5 * (1 + math.erf(c * math.sqrt(20 / 2) / 0.2 / math.sqrt(2)))
        found = accuracy(observer(some, *some.periods["stimulus"]), some)
        assert abs(found - expected) < 4 * math.sqrt(expected * (1 - expected) / len(some))


def test_mean_evidence_is_the_coherence():
    trials = PerceptualDecision().draw(1600, rng=Rng(0))
    start, stop = trials.periods["stimulus"]
    sign = torch.tensor((trials.table.side == "left").to_numpy()).float() * 2 - 1
    evidence = sign * (trials.inputs[start:stop, :, 1] - trials.inputs[start:stop, :, 2]).mean(0)
    for c, rows in trials.table.groupby("coherence").groups.items():
        # 20 steps and 400 trials a coherence: standard error 0.2 √2 / √8000 = 0.0032
        assert abs(evidence[list(rows)].mean() - c) < 0.013


def test_rules_compose():
    trials = PerceptualDecision(noise_std=0.0).draw(64, rng=Rng(0))
    is_left = trials.table.side == "left"
    is_anti = trials.table.rule.str.contains("anti")
    assert ((trials.table.answer == 1) == (is_left != is_anti)).all()
    delay = slice(*trials.periods["delay"])
    shown = trials.inputs[delay, :, 1:3].abs().sum((0, 2)) > 0
    assert (shown.numpy() == ~trials.table.rule.str.contains("delay")).all()


def test_the_course_of_a_trial():
    trials = PerceptualDecision(periods=Periods(grace_ms=20.0)).draw(16, rng=Rng(0))
    (f0, f1), (s0, s1), _, (d0, d1) = (trials.periods[p] for p in ("fixation", "stimulus", "delay", "decision"))
    assert (trials.inputs[:d0, :, 0] == 1).all()
    assert (trials.inputs[d0:, :, 0] == 0).all()
    assert (trials.inputs[f0:f1, :, 1:3] == 0).all()
    assert (trials.inputs[s0:s1, :, 1:3] != 0).all()
    assert (trials.inputs[d0:, :, 1:3] == 0).all()
    assert (trials.targets[:d0] == 0).all()
    assert (trials.targets[d0:] > 0).all()
    assert trials.mask.sum(0).unique().tolist() == [d1 - 1]
    assert (trials.mask[d0] == 0).all()
    units = trials.inputs[..., 3:]
    assert (units == units[:1]).all()
    assert units[0].argmax(-1).tolist() == [RULES.index(r) for r in trials.table.rule]
    assert (units.sum(-1) == 1).all()


def test_rule_units_do_not_depend_on_the_rules_drawn():
    alone = PerceptualDecision(rules=("anti+delay",)).draw(4, rng=Rng(0))
    assert (alone.inputs[0, :, 3:] == torch.tensor([0, 0, 0, 1])).all()


@pytest.mark.parametrize("n_trials", [5, 16, 33])
def test_rules_coherences_and_sides_are_balanced(n_trials):
    table = PerceptualDecision(rules=("basic", "anti", "delay")).draw(n_trials, rng=Rng(0)).table
    for column, n_levels in (("rule", 3), ("coherence", 4), ("side", 2)):
        counts = table[column].value_counts()
        assert len(counts) == n_levels
        assert counts.max() - counts.min() <= 1


def test_bad_arguments():
    with pytest.raises(UnknownNameError, match="anti"):
        PerceptualDecision(rules=("ant",))
    for rules in ((), "basic", ("anti", "anti")):
        with pytest.raises(NeurariumError, match="rules"):
            PerceptualDecision(rules=rules)
    for coherences in ((), (1.5,), (0.1, 0.1)):
        with pytest.raises(NeurariumError, match="coherences"):
            PerceptualDecision(coherences=coherences)
    with pytest.raises(NeurariumError, match="dt_ms"):
        PerceptualDecision(dt_ms=0.0)
    with pytest.raises(NeurariumError, match="multiple"):
        PerceptualDecision(dt_ms=30.0)
