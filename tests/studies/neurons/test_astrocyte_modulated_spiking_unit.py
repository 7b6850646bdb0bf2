import math
from functools import partial

import pytest
import torch

from neurarium.core import Rng
from neurarium.neurons import ALIF, LIF
from neurarium.studies.neurons import _token_nets as nets

MIXERS = [
    nets.Pointwise(partial(ALIF, tau_mem_ms=5.0)),
    nets.Glial(tau_mem_ms=5.0, tau_glia_ms=100.0),
    nets.Gated(),
]


@pytest.mark.parametrize("mixer", MIXERS)
def test_nets_together_answer_as_each_alone(mixer):
    one, two = (nets.TokenNet(mixer, 12, 9, 6, Rng(s)) for s in (0, 1))
    tokens = [torch.randint(9, (7, 4), generator=Rng(s)("tokens")) for s in (0, 1)]
    logits, spikes = nets.run(mixer, [one, two], tokens)
    for net, token, found, s in zip((one, two), tokens, logits, spikes, strict=True):
        (alone,), (own,) = nets.run(mixer, [net], [token])
        assert torch.equal(found, alone)
        assert torch.equal(s, own)


@pytest.mark.parametrize("mixer", MIXERS)
def test_units_fill_the_budget_and_no_more(mixer):
    n = nets.units_within(mixer, 5000, 16)
    assert nets.mixing_parameters(mixer, n, 16) <= 5000 < nets.mixing_parameters(mixer, n + 1, 16)


def test_training_moves_every_net_by_its_own_loss():
    mixer = nets.Pointwise(partial(LIF, tau_mem_ms=5.0))
    together = [nets.TokenNet(mixer, 8, nets.N_RECALL_TOKENS, 6, Rng(s)) for s in (0, 1)]
    alone = nets.TokenNet(mixer, 8, nets.N_RECALL_TOKENS, 6, Rng(1))
    trials = [[nets.recall_trials(5, 3, Rng(s)("trials")) for s in (0, 1)] for _ in range(4)]
    course = nets.train(mixer, together, trials, nets.recall_loss, 0.01)
    nets.train(mixer, [alone], [batch[1:] for batch in trials], nets.recall_loss, 0.01)
    assert course.shape == (2, 4)
    for a, b in zip(together[1].parameters(), alone.parameters(), strict=True):
        torch.testing.assert_close(a, b)


def test_recall_trials_end_in_the_question_and_hide_the_item_from_the_gap():
    tokens, item = nets.recall_trials(50, 12, Rng(0)("trials"))
    assert tokens.shape == (14, 50)
    assert torch.equal(tokens[0], item)
    assert (tokens[1:-1] >= nets.N_ITEMS).all()
    assert (tokens[1:-1] < nets.QUERY).all()
    assert (tokens[-1] == nets.QUERY).all()


def test_held_out_text_is_none_of_the_text_that_is_kept():
    kept, held_out, n_kinds = nets.text()
    assert not {tuple(s.tolist()) for s in kept} & {tuple(s.tolist()) for s in held_out}
    assert int(max(kept.max(), held_out.max())) < n_kinds
    now, following = nets.passages(kept, 5, 20, Rng(0)("passages"))
    assert torch.equal(now[1:], following[:-1])


def test_bits_of_a_blind_guess():
    targets = torch.randint(8, (10, 3), generator=Rng(0)("targets"))
    assert nets.bits(torch.zeros(10, 3, 8), targets).item() == pytest.approx(math.log2(8))
