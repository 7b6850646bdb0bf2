import math

import pytest
import torch

from neurarium.core import NeurariumError, Rng
from neurarium.nets.spiking import LiquidStateMachine
from neurarium.nets.spiking.liquid_state_machine import CHANCE, connections
from neurarium.neurons import LIF


def small(**changes):
    return LiquidStateMachine(**{"n_inputs": 10, "sides": (5, 4, 3), "rng": Rng(0), **changes})


@pytest.mark.parametrize("to", [0, 1])
@pytest.mark.parametrize("of", [0, 1])
def test_chance_of_a_connection_falls_with_distance_as_given(to, of):
    """On a line of two units, from a unit of one kind to one of another, at distance one."""
    kinds, n_draws = torch.tensor([bool(of), bool(to)]), 4000
    drawn = torch.stack([connections((1, 2, 1), kinds, 0.8, Rng(s)) for s in range(n_draws)]).double().mean(0)
    chance = CHANCE[to][of] * math.exp(-((1 / 0.8) ** 2))
    assert drawn[1, 0].item() == pytest.approx(chance, abs=4 * (chance / n_draws) ** 0.5)
    assert (drawn.diagonal() == 0).all()


def test_far_units_are_not_joined():
    at_most = connections((1, 1, 2), torch.tensor([False, False]), 0.05, Rng(0))
    assert not at_most.any()


def test_signs_densities_and_kinds():
    net = small(input_density=0.25, weight=0.5)
    assert int(net.is_inhibitory.sum()) == 12
    assert (net.weight_rec[:, :48] >= 0).all()
    assert (net.weight_rec[:, 48:] <= 0).all()
    assert torch.equal(net.mask_rec, net.weight_rec != 0)
    assert int(net.mask_in.sum()) == 150
    assert net.weight_in.unique().tolist() == [-0.5, 0.0, 0.5]


def test_spikes_of_the_liquid_arrive_a_step_late_and_those_of_the_input_at_once():
    net = small(neuron=lambda: LIF(tau_mem_ms=1e-3), sides=(3, 1, 1))
    net.weight_in = torch.zeros(3, 10)
    net.weight_in[0, 4] = 1.0
    net.weight_rec = torch.tensor([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    x = torch.zeros(5, 1, 10)
    x[1, 0, 4] = 1.0
    spikes, _ = net(x)
    assert spikes[:, 0].nonzero().tolist() == [[1, 0], [2, 1], [3, 2]]  # the spike runs down the chain


def test_potentials_add_up_inputs_and_recurrence():
    net = small(neuron=lambda: LIF(tau_mem_ms=1e20, threshold=1e9)).double()
    x = (torch.rand(20, 3, 10, generator=Rng(1)("data")) < 0.5).double()
    _, state = net(x)
    torch.testing.assert_close(state.cell.v, x.sum(0) @ net.weight_in.mT)
    assert not state.spikes.any()


def test_default_neuron_is_silent_for_two_steps_after_a_spike():
    net = small(weight=2.0)
    spikes, _ = net(torch.ones(30, 2, 10))
    gaps = [t.diff().min() for row in spikes.flatten(1).mT if len(t := row.nonzero().flatten()) > 1]
    assert min(gaps) == 3


def test_same_seed_same_liquid_without_the_global_state():
    before = torch.get_rng_state()
    a, b, other = small(), small(), small(rng=Rng(1))
    assert torch.equal(before, torch.get_rng_state())
    assert torch.equal(a.weight_rec, b.weight_rec)
    assert torch.equal(a.weight_in, b.weight_in)
    assert not torch.equal(a.weight_rec, other.weight_rec)


@pytest.mark.parametrize("wrong", [{"weight": 0.0}, {"wiring_scale": -1.0}, {"input_density": 1.5}, {"sides": (3, 3)}])
def test_bad_arguments_are_refused(wrong):
    with pytest.raises(NeurariumError, match=f"LiquidStateMachine: `{next(iter(wrong))}` must"):
        small(**wrong)
