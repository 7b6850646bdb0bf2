import math

import pytest
import torch

from neurarium.core import NeurariumError, Triangle
from neurarium.neurons import LIF, HardReset, IntegrateAndFire, SoftReset


def draw(*shape, seed=0):
    return torch.rand(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("reset", [SoftReset(), HardReset(v_reset=-0.25)])
def test_is_a_lif_neuron_of_infinite_time_constant_forward_and_backward(reset):
    neurons = LIF(tau_mem_ms=1e20, threshold=0.8, reset=reset), IntegrateAndFire(threshold=0.8, reset=reset)
    outs, grads = [], []
    for neuron in neurons:
        x = draw(60, 5).requires_grad_()
        z, state = neuron(x)
        (z * draw(60, 5, seed=1)).sum().backward()
        outs.append((z, state.v))
        grads.append(x.grad)
    assert outs[0][0].sum() > 50
    torch.testing.assert_close(outs[0], outs[1], rtol=0, atol=0)
    torch.testing.assert_close(*grads, rtol=0, atol=1e-12)


def test_soft_reset_loses_nothing():
    x = draw(500, 4)
    z, state = IntegrateAndFire(threshold=1.3)(x)
    torch.testing.assert_close(1.3 * z.sum(0) + state.v, x.sum(0), rtol=0, atol=1e-11)


def test_rate_of_soft_reset_is_a_rectified_line():
    currents = torch.tensor([-0.5, 0.0, 0.125, 0.375, 0.75, 1.0], dtype=torch.float64)
    z, _ = IntegrateAndFire()(currents.expand(64, -1))
    assert torch.equal(z.sum(0), 64 * currents.clamp_min(0))


def test_period_of_hard_reset_is_rounded_up():
    z, _ = IntegrateAndFire(threshold=2.0, reset=HardReset())(torch.full((60, 1), 0.3))
    assert z.flatten().nonzero().diff(dim=0).unique().tolist() == [math.ceil(2.0 / 0.3)]


def test_gradient_of_one_step_is_the_formula():
    x = torch.tensor([0.9], dtype=torch.float64, requires_grad=True)
    neuron = IntegrateAndFire(threshold=1.5, surrogate=Triangle())
    z, state = neuron.step(x, neuron.init_state(x))
    slope = 1 - (1.5 - 0.9)
    assert torch.autograd.grad(z, x, retain_graph=True)[0].item() == pytest.approx(slope)
    assert torch.autograd.grad(state.v, x)[0].item() == pytest.approx(1 - 1.5 * slope)


def test_arguments_are_checked():
    with pytest.raises(NeurariumError, match="IntegrateAndFire: `threshold` must be a positive number"):
        IntegrateAndFire(threshold=0.0)
    with pytest.raises(NeurariumError, match="`reset` must lead below the threshold"):
        IntegrateAndFire(threshold=0.5, reset=HardReset(v_reset=0.5))
