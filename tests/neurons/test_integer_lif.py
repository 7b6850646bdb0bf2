import pytest
import torch

from neurarium.core import NeurariumError
from neurarium.neurons import IntegerLIF, IntegerLIFState, IntegrateAndFire


def draw(*shape, seed=0):
    return torch.rand(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("threshold", [1.0, 0.5])
@pytest.mark.parametrize("max_spikes", [1, 3, 8])
def test_equals_the_burst_of_an_integrate_and_fire_neuron(threshold, max_spikes):
    x = 5 * draw(40, 7) - 1
    n, state = IntegerLIF(tau_mem_ms=1e20, threshold=threshold, max_spikes=max_spikes)(x)
    slowed = torch.zeros(40, max_spikes, 7, dtype=torch.float64)
    slowed[:, 0] = x
    z, burst = IntegrateAndFire(threshold=threshold)(slowed.flatten(0, 1))
    assert torch.equal(z.unflatten(0, (40, max_spikes)).sum(1), n)
    torch.testing.assert_close(burst.v, state.v, rtol=0, atol=1e-12)


def test_potential_leaks_between_steps():
    neuron = IntegerLIF(tau_mem_ms=10.0, max_spikes=5)
    n, state = neuron.step(torch.tensor([0.3]), IntegerLIFState(torch.tensor([3.0])))
    v = 3.0 * torch.exp(torch.tensor(-0.1)).item() + 0.3
    assert n.item() == 3.0
    assert state.v.item() == pytest.approx(v - 3.0, abs=1e-6)


def test_spikes_are_exactly_whole_and_within_range():
    for dtype in (torch.float32, torch.float64):
        n, _ = IntegerLIF(threshold=0.3, max_spikes=6)((3 * draw(200, 50) - 0.5).to(dtype))
        assert n.unique().tolist() == list(range(7))


def test_gradient_is_straight_within_the_range_and_zero_outside():
    x = torch.tensor([-0.5, 0.2, 1.1, 1.9, 2.5], dtype=torch.float64, requires_grad=True)
    neuron = IntegerLIF(threshold=0.5, max_spikes=4)
    n, state = neuron.step(x, neuron.init_state(x))
    assert n.tolist() == [0.0, 0.0, 2.0, 3.0, 4.0]
    assert torch.autograd.grad(n.sum(), x, retain_graph=True)[0].tolist() == [0.0, 2.0, 2.0, 2.0, 0.0]
    assert torch.autograd.grad(state.v.sum(), x)[0].tolist() == [1.0, 0.0, 0.0, 0.0, 1.0]


@pytest.mark.parametrize(
    ("wrong", "must"),
    [
        ({"tau_mem_ms": 0.0}, "be a positive number"),
        ({"threshold": -1.0}, "be a positive number"),
        ({"dt_ms": 0.0}, "be a positive number"),
        ({"max_spikes": 0}, "be a whole number above zero"),
        ({"max_spikes": -3}, "be a whole number above zero"),
    ],
)
def test_arguments_are_checked(wrong, must):
    with pytest.raises(NeurariumError, match=f"IntegerLIF: `{next(iter(wrong))}` must {must}"):
        IntegerLIF(**wrong)
