"""Two-stimulus logic: the rules, the timing of the paper, lives of individuals."""

import pytest
import torch

from neurarium.core import Rng
from neurarium.core.errors import NeurariumError
from neurarium.tasks import Periods, TwoStimulusLogic, accuracy
from neurarium.tasks.two_stimulus_logic import RULES

PYTHON = {
    "and": lambda a, b: a and b,
    "nand": lambda a, b: not (a and b),
    "or": lambda a, b: a or b,
    "nor": lambda a, b: not (a or b),
    "first_only": lambda a, b: a and not b,
    "not_first_only": lambda a, b: not (a and not b),
    "second_only": lambda a, b: b and not a,
    "not_second_only": lambda a, b: not (b and not a),
    "first": lambda a, b: a,
    "not_first": lambda a, b: not a,
    "second": lambda a, b: b,
    "not_second": lambda a, b: not b,
    "match": lambda a, b: a == b,
    "nonmatch": lambda a, b: a != b,
}


def test_the_rules_are_all_functions_of_two_bits_but_the_constants():
    assert len(set(RULES.values())) == len(RULES) == 14
    assert not {(0, 0, 0, 0), (1, 1, 1, 1)} & set(RULES.values())


@pytest.mark.parametrize("rule", PYTHON)
def test_answers_are_those_of_the_rule(rule):
    table = TwoStimulusLogic(rules=(rule,)).draw(4, rng=Rng(0)).table
    assert sorted(zip(table["first"], table["second"], strict=True)) == [(0, 0), (0, 1), (1, 0), (1, 1)]
    for row in table.itertuples():
        assert row.answer == int(PYTHON[rule](bool(row.first), bool(row.second)))
        assert row.rule == rule


def test_a_trial_has_the_timing_of_the_paper():
    task = TwoStimulusLogic()
    shown = task.show(torch.tensor([[1, 0]]))[:, 0, 0]
    by_hand = [1.0] * 8 + [0.0] * 2 + [-1.0] * 8 + [0.0] * 2 + [0.0] * 30
    assert shown.tolist() == by_hand
    assert task.steps["decision"] == (25, 35)
    assert task.steps["feedback"] == (35, 45)
    assert task.steps["rest"] == (45, 50)


def test_the_second_channel_is_the_negative_of_the_first():
    x = TwoStimulusLogic().draw(20, rng=Rng(0)).inputs
    assert torch.equal(x[..., 1], -x[..., 0])


def test_only_the_decision_counts():
    trials = TwoStimulusLogic().draw(28, rng=Rng(0))
    assert trials.mask[25:35].all()
    assert trials.mask.sum() == 10 * 28
    perfect = torch.nn.functional.one_hot(trials.targets, 2).float()
    assert accuracy(perfect, trials) == 1.0
    assert accuracy(1 - perfect, trials) == 0.0


def test_rules_and_pairs_are_balanced():
    table = TwoStimulusLogic().draw(14 * 4 * 2, rng=Rng(0)).table
    assert (table.groupby(["rule", "first", "second"]).size() == 2).all()


def test_each_individual_lives_its_own_rule():
    rules = ["match", "nonmatch", "and", "not_first"]
    lives = TwoStimulusLogic().lives(rules, 50, rng=Rng(0))
    assert lives.stimuli.shape == (50, 4, 2)
    for i, rule in enumerate(rules):
        for (a, b), answer in zip(lives.stimuli[:, i].tolist(), lives.answers[:, i].tolist(), strict=True):
            assert answer == int(PYTHON[rule](bool(a), bool(b)))
    assert 0.4 < lives.stimuli.double().mean() < 0.6


def test_a_shorter_trial_keeps_its_order():
    periods = Periods(fixation_ms=0.0, stimulus_ms=200.0, delay_ms=50.0, decision_ms=150.0)
    task = TwoStimulusLogic(periods=periods, blank_ms=0.0, feedback_ms=100.0, rest_ms=100.0, dt_ms=50.0)
    assert task.show(torch.tensor([[0, 1]]))[:, 0, 0].tolist() == [-1.0, -1.0, 1.0, 1.0] + [0.0] * 8


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (dict(rules=("xor",)), "rule of two stimuli"),
        (dict(rules=()), "at least one rule"),
        (dict(blank_ms=200.0), "be shorter than"),
        (dict(blank_ms=30.0), "be a multiple of dt_ms"),
        (dict(feedback_ms=30.0), "be a multiple of dt_ms"),
        (dict(rest_ms=-20.0), "be zero or a positive number"),
        (dict(dt_ms=0.0), "be a positive number"),
        (dict(periods=Periods(stimulus_ms=420.0)), "be a multiple of dt_ms"),
    ],
)
def test_what_makes_no_trial_is_refused(arguments, message):
    with pytest.raises(NeurariumError, match=message):
        TwoStimulusLogic(**arguments)


def test_a_life_under_an_unknown_rule_is_refused():
    with pytest.raises(NeurariumError, match="Did you mean 'match'"):
        TwoStimulusLogic().lives(["mach"], 5, rng=Rng(0))
