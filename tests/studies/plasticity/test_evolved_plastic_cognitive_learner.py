"""Lives and evolution of plastic networks: pairing, reward, genes."""

import pytest
import torch

from neurarium.core import Rng
from neurarium.studies.plasticity._lifetimes import (
    TRAINING,
    WITHHELD,
    answered,
    drawn_rules,
    evolved,
    inhabited,
    innate,
    live,
    rectified,
    task_of,
    together,
    twice,
)

TIMING = dict(
    stimulus_ms=200.0, delay_ms=50.0, decision_ms=150.0, blank_ms=0.0, feedback_ms=100.0, rest_ms=100.0, dt_ms=50.0
)
RULE = dict(lr=0.3, clip=0.1)


@pytest.fixture(autouse=True)
def no_gradients():
    with torch.no_grad():
        yield


def lives_of(rules, n_trials=40, seed=0):
    return task_of(TIMING).lives(rules, n_trials, rng=Rng(seed))


def lived(rules, n_trials=40, genes=None, **told):
    genes = innate(0, 8, 50.0, True)[None] if genes is None else genes
    net = inhabited(genes, 50.0)
    return live(net, task_of(TIMING), lives_of(rules, n_trials), [Rng(1)], told.pop("rule", RULE), **told)


def test_the_withheld_pair_is_in_no_life_of_an_ancestor():
    assert len(TRAINING) == 12
    assert set(TRAINING).isdisjoint(WITHHELD)
    assert all(set(drawn_rules(24, Rng(seed))) == set(TRAINING) for seed in range(5))


def test_pairs_of_candidates_meet_the_same_trials():
    lives = twice(lives_of(["and", "or"]))
    assert torch.equal(lives.stimuli[:, :2], lives.stimuli[:, 2:])
    assert torch.equal(lives.answers[:, :2], lives.answers[:, 2:])


def test_candidates_without_a_mutation_live_the_same_life():
    genes = innate(0, 8, 50.0, True)[None].expand(4, -1, -1, -1)
    out = live(inhabited(genes, 50.0), task_of(TIMING), twice(lives_of(["and", "or"])), [Rng(1)], RULE)
    assert torch.equal(out.errors[:, :2], out.errors[:, 2:])
    assert not torch.equal(out.errors[:, 0], out.errors[:, 1])


def test_two_seeds_in_one_batch_are_two_runs():
    genes = [innate(seed, 8, 50.0, True) for seed in (0, 1)]
    rules, rngs = ["match", "and", "first"], lambda: [Rng(1), Rng(2)]
    lives = [lives_of(rules, seed=seed) for seed in (3, 4)]
    both = live(inhabited(torch.stack(genes), 50.0), task_of(TIMING), together(lives), rngs(), RULE, n_shares=3)
    for i in range(2):
        net = inhabited(genes[i][None], 50.0)
        alone = live(net, task_of(TIMING), lives[i], [rngs()[i]], RULE, n_shares=3)
        assert torch.equal(both.correct[:, 3 * i : 3 * i + 3], alone.correct)
        torch.testing.assert_close(both.errors[:, 3 * i : 3 * i + 3], alone.errors)


def test_a_network_that_is_not_plastic_has_one_kind_of_gene_and_does_not_learn():
    fixed, plastic = innate(0, 8, 50.0, False), innate(0, 8, 50.0, True)
    assert fixed.shape == (1, 8, 14)
    assert torch.equal(fixed[0], plastic[0])
    assert (inhabited(fixed[None], 50.0).alpha == 0).all()
    slow, fast = (lived(["and"] * 3, genes=fixed[None], rule=dict(lr=lr, clip=1.0)) for lr in (1e-3, 1.0))
    assert torch.equal(slow.errors, fast.errors)


def test_rewards_of_others_are_told_in_place_of_ones_own():
    rules = ["and", "nand", "first", "or"]
    own, same, others = (lived(rules, others=o) for o in (None, torch.arange(4), torch.tensor([1, 2, 3, 0])))
    assert torch.equal(own.errors, same.errors)
    assert not torch.equal(own.errors, others.errors)
    assert torch.equal(own.correct[0], others.correct[0])  # nobody has been told anything yet


def test_responses_are_compared_with_soft_targets():
    targets = answered(torch.tensor([0, 1]), (0.1, 0.9))
    torch.testing.assert_close(targets, torch.tensor([[0.9, 0.1], [0.1, 0.9]]))


def test_reward_teaches_a_network_as_it_was_drawn():
    """The sign of the modulator: with it turned, error grows in place of falling."""
    genes = torch.stack([innate(0, 24, 50.0, True)])
    rules = ["first", "not_first", "and", "nand"] * 8
    taught = lived(rules, n_trials=150, genes=genes, n_shares=32)
    assert taught.errors[-50:].mean() < taught.errors[:15].mean() - 0.06
    assert taught.correct[-50:].mean() > 0.6


def test_plasticity_never_runs_backwards():
    genes = torch.tensor([[[-1.0]], [[-2.0]]])
    assert rectified(genes).flatten().tolist() == [-1.0, 0.0]
    assert rectified(genes[:1]).flatten().tolist() == [-1.0]


def test_evolution_lowers_the_error_of_lives():
    sizes = dict(seeds=(0,), is_plastic=True, n_units=12, n_trials=30, n_generations=25, rule=RULE, timing=TIMING)
    found = evolved.__wrapped__(**sizes, search=dict(n_pairs=12, search_std=0.03, lr=0.02))
    assert found["genes"].shape == (1, 2, 12, 18)
    assert found["course"].shape == (25, 1)
    assert found["course"][-5:].mean() < found["course"][:5].mean() - 0.02
