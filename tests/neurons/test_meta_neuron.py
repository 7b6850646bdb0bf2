import math

import pytest
import torch

from neurarium.core import NeurariumError
from neurarium.neurons import MetaNeuron
from neurarium.neurons.meta_neuron import FLOOR, MetaNeuronState


def state(v, u=0.0):
    return MetaNeuronState(*(torch.tensor([[w]], dtype=torch.float64) for w in (v, u)))


def test_left_to_itself_it_returns_to_rest_by_the_logistic_law():
    neuron = MetaNeuron(n_units=1, tau_mem_ms=2000.0, b=0.0, d=0.0).double()
    for v0 in (0.4, -1.5):
        _, end = neuron(torch.zeros(1000, 1, 1, dtype=torch.float64), state(v0))
        assert end.v.item() == pytest.approx(1 / (1 + (1 / v0 - 1) * math.exp(0.5)), rel=1e-3)


def test_small_deviations_ring_as_the_linear_system():
    """Around rest ``v' = -v - u, u' = b v - a u``: the matrix exponential says where it goes."""
    a, b = 0.5, 2.0
    neuron = MetaNeuron(n_units=1, tau_mem_ms=5000.0, a=a, b=b).double()
    _, end = neuron(torch.zeros(10_000, 1, 1, dtype=torch.float64), state(1e-4, 2e-4))
    flow = torch.linalg.matrix_exp(2.0 * torch.tensor([[-1.0, -1.0], [b, -a]], dtype=torch.float64))
    want = flow @ torch.tensor([1e-4, 2e-4], dtype=torch.float64)
    torch.testing.assert_close(torch.stack([end.v, end.u]).flatten(), want, rtol=3e-3, atol=0)


def test_a_spike_resets_the_potential_and_lifts_recovery():
    neuron = MetaNeuron(n_units=1, tau_mem_ms=10.0, a=0.5, b=0.2, d=0.3).double()
    with torch.no_grad():
        neuron.v_reset.fill_(-0.25)
    z, end = neuron.step(torch.full((1, 1), 0.7, dtype=torch.float64), state(0.1, 0.2))
    v = 0.1 + 0.1 * (0.1**2 - 0.1 - 0.2) + 0.7
    assert z.item() == 1
    assert end.v.item() == -0.25
    assert end.u.item() == pytest.approx(0.2 + 0.1 * (0.2 * v - 0.5 * 0.2) + 0.3)


def test_strong_inhibition_does_not_throw_it_up():
    z, end = MetaNeuron(n_units=1).double()(torch.full((200, 1, 1), -5.0, dtype=torch.float64))
    assert z.sum() == 0
    assert end.v.item() == FLOOR


def test_all_four_coefficients_learn_unless_they_are_fixed():
    neuron = MetaNeuron(n_units=2)
    neuron(torch.full((40, 1, 2), 0.2))[0].sum().backward()
    assert sorted(n for n, p in neuron.named_parameters() if (p.grad != 0).all()) == ["a", "b", "d", "v_reset"]
    assert not any(p.requires_grad for p in MetaNeuron(n_units=2, is_fixed=True).parameters())


@pytest.mark.parametrize(
    "wrong", [dict(n_units=0), dict(tau_mem_ms=-1.0), dict(a=float("inf")), dict(threshold=0.0), dict(threshold=1.5)]
)
def test_bad_input_is_refused(wrong):
    with pytest.raises(NeurariumError, match=next(iter(wrong))):
        MetaNeuron(**{"n_units": 2, **wrong})
