import pytest
import torch

from neurarium.core import Rng
from neurarium.nets.spiking import LiquidStateMachine
from neurarium.studies.plasticity._liquid import SelfOrganisation, connected_branching


@pytest.fixture
def net():
    return LiquidStateMachine(n_inputs=6, sides=(3, 3, 3), weight=0.2, rng=Rng(0))


@pytest.mark.parametrize(("is_causal", "modulator"), [(True, 0.0), (False, 3.0)])
def test_a_pair_of_spikes_changes_both_kinds_of_synapse_by_their_rule(net, is_causal, modulator):
    """Causal pairs: excitation grows, inhibition grows with the modulator; the reverse: both shrink, their own way."""
    net.weight_rec *= 0.5  # away from the bounds
    start, rule = net.weight_rec.clone(), SelfOrganisation(net, amplitude=0.1)
    rule.bound = 1.0
    half = torch.arange(27) % 2 == 0
    first = (half if is_causal else ~half).float().unsqueeze(0)
    for z in (first, 1 - first):
        rule.step(torch.zeros(1, 6), z, torch.tensor([modulator]))
    change = net.weight_rec - start
    pair = 0.1 * 0.1 * torch.exp(torch.tensor(-0.1))  # amplitude × bound × one step of 10 ms
    causal = (first.T.mT * (1 - first).T).bool()  # the source (column) first, the target (row) a step later
    reverse = causal.mT
    inhibits = net.is_inhibitory.expand(27, 27)
    expected = torch.zeros(27, 27)
    expected[causal & ~inhibits], expected[reverse & ~inhibits] = pair, -modulator * pair
    expected[causal & inhibits], expected[reverse & inhibits] = -modulator * pair, pair
    torch.testing.assert_close(change, expected * net.mask_rec, atol=1e-6, rtol=0)


def test_weights_keep_sign_bound_and_absence(net):
    rule, generator = SelfOrganisation(net, amplitude=0.5), Rng(1)("spikes")
    for _ in range(60):
        z = (torch.rand(2, 33, generator=generator) < 0.4).float()
        rule.step(z[:, :6], z[:, 6:], torch.full((2,), 1.3))
    assert (net.weight_rec.abs() <= 0.2).all()
    assert (net.weight_rec[:, ~net.is_inhibitory] >= 0).all()
    assert (net.weight_rec[:, net.is_inhibitory] <= 0).all()
    assert not net.weight_rec[~net.mask_rec].any()
    assert not net.weight_in[~net.mask_in].any()


def test_branching_along_a_chain_is_one_and_along_a_fork_two():
    chain = torch.zeros(1, 60, 5)
    for start in (10, 30):
        for unit in range(5):
            chain[0, start + 3 * unit, unit] = 1.0
    line = torch.zeros(5, 5)
    line[range(1, 5), range(4)] = 1.0  # target (row) of each source (column)
    # Units 1 to 3: one spike before, one after. Unit 0 has no source (counted as one), unit 4 no target.
    assert connected_branching(chain, line.bool()) == pytest.approx((1 + 1 + 1 + 1 + 0) / 5)
    fork = torch.zeros(1, 40, 4)
    fork[0, 10, 0] = fork[0, 12, 1] = fork[0, 14, 2] = fork[0, 15, 3] = 1.0
    tree = torch.zeros(4, 4)
    tree[1, 0] = tree[2, 1] = tree[3, 1] = 1.0
    assert connected_branching(fork, tree.bool()) == pytest.approx((1 + 2 + 0 + 0) / 4)
