import math
from itertools import pairwise

import pytest
import torch

from neurarium.core import ATan, FastSigmoid, NeurariumError, Triangle, unroll
from neurarium.neurons import LIF, HardReset, LIFState, SoftReset

TAU_MS = 20.0


def constant_current(neuron, current, n_steps):
    """Spike times (steps, from 1) under a constant current."""
    x = torch.full((n_steps, 1), (1 - neuron.alpha) * current, dtype=torch.float64)
    z, _ = neuron(x)
    return (z.flatten().nonzero().flatten() + 1).tolist()


@pytest.mark.parametrize("dt_ms", [0.1, 1.0, 7.0])
def test_potential_between_spikes_is_the_solution_of_the_differential_equation(dt_ms):
    neuron = LIF(tau_mem_ms=TAU_MS, dt_ms=dt_ms, threshold=10.0)
    n_steps, current, v_0 = 40, 0.8, -0.3
    x = torch.full((n_steps, 1), (1 - neuron.alpha) * current, dtype=torch.float64)
    z, state = neuron(x, LIFState(torch.full((1,), v_0, dtype=torch.float64)))
    t_ms = n_steps * dt_ms
    exact = current + (v_0 - current) * math.exp(-t_ms / TAU_MS)
    assert z.sum() == 0
    assert state.v.item() == pytest.approx(exact, abs=1e-13)


@pytest.mark.parametrize(("current", "dt_ms"), [(1.3, 1.0), (2.0, 1.0), (5.0, 0.5), (1.05, 2.0)])
def test_period_of_hard_reset_is_that_of_the_discrete_map(current, dt_ms):
    neuron = LIF(tau_mem_ms=TAU_MS, dt_ms=dt_ms, reset=HardReset())
    # The first k with I (1 - a^k) >= 1.
    period_steps = math.ceil(math.log(1 - 1 / current) / math.log(neuron.alpha))
    times = constant_current(neuron, current, 6 * period_steps)
    assert times == [k * period_steps for k in range(1, 7)]


def test_period_with_a_reset_potential_other_than_rest():
    current, v_reset = 1.7, -0.4
    neuron = LIF(tau_mem_ms=TAU_MS, reset=HardReset(v_reset=v_reset))
    between = math.ceil(math.log((current - 1) / (current - v_reset)) / math.log(neuron.alpha))
    times = constant_current(neuron, current, 200)
    assert {b - a for a, b in pairwise(times)} == {between}


@pytest.mark.parametrize("reset", [SoftReset(), HardReset()])
def test_rate_converges_to_the_continuous_neuron_with_first_order_in_dt(reset):
    current = 1.7
    period_ms = TAU_MS * math.log(current / (current - 1))
    errors = []
    for dt_ms in (1.0, 0.1, 0.01):
        neuron = LIF(tau_mem_ms=TAU_MS, dt_ms=dt_ms, reset=reset)
        times = constant_current(neuron, current, round(120 / dt_ms))
        measured_ms = (times[-1] - times[0]) * dt_ms / (len(times) - 1)
        errors.append(abs(measured_ms - period_ms))
        assert errors[-1] <= dt_ms
    assert errors[-1] < 0.01


def test_soft_reset_keeps_what_exceeds_the_threshold_and_hard_reset_forgets_it():
    x = torch.tensor([[1.75]])
    for reset, after in ((SoftReset(), 0.75), (HardReset(), 0.0), (HardReset(v_reset=-0.5), -0.5)):
        z, state = LIF(reset=reset)(x)
        assert z.item() == 1
        assert state.v.item() == after


def test_soft_reset_conserves_charge_without_leak():
    x = torch.rand(500, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    z, state = LIF(tau_mem_ms=1e12, threshold=0.7)(x)
    torch.testing.assert_close(0.7 * z.sum(0) + state.v, x.sum(0), atol=1e-7, rtol=0)


@pytest.mark.parametrize("surrogate", [ATan(), FastSigmoid(width=0.3), Triangle(width=2.0)])
@pytest.mark.parametrize("v_0", [0.2, 1.4])
def test_gradient_of_one_step_is_the_formula(surrogate, v_0):
    neuron = LIF(tau_mem_ms=TAU_MS, threshold=0.9, surrogate=surrogate)
    x = torch.tensor([0.25], dtype=torch.float64, requires_grad=True)
    v = torch.tensor([v_0], dtype=torch.float64, requires_grad=True)
    z, state = neuron.step(x, LIFState(v))
    over = neuron.alpha * v.detach() + x.detach() - 0.9
    g = surrogate.grad(over)
    assert z.item() == float(over >= 0)
    torch.testing.assert_close(torch.autograd.grad(z, (x, v), retain_graph=True), (g, neuron.alpha * g))
    torch.testing.assert_close(torch.autograd.grad(state.v, x)[0], 1 - 0.9 * g)


def test_gradient_through_the_reset_can_be_cut():
    x = torch.tensor([0.95], dtype=torch.float64, requires_grad=True)
    for reset in (SoftReset(is_detached=True), HardReset(is_detached=True)):
        neuron = LIF(reset=reset)
        _, state = neuron.step(x, neuron.init_state(x))
        assert torch.autograd.grad(state.v, x)[0].item() == 1.0  # no spike: both resets leave v as it is
    _, state = LIF().step(x, LIFState(torch.zeros_like(x)))
    assert torch.autograd.grad(state.v, x)[0].item() != 1.0


def test_shape_dtype_and_steps():
    x = torch.randn(7, 2, 3, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    neuron = LIF(tau_mem_ms=5.0)
    z, state = neuron(x)
    by_steps, last = unroll(neuron.step, x, neuron.init_state(x[0]))
    assert z.shape == x.shape
    assert z.dtype == torch.float64
    assert torch.equal(z, by_steps)
    assert torch.equal(state.v, last.v)


@pytest.mark.parametrize("wrong", [{"tau_mem_ms": 0.0}, {"dt_ms": -1.0}, {"threshold": 0.0}])
def test_numbers_must_be_positive(wrong):
    with pytest.raises(NeurariumError, match=f"LIF: `{next(iter(wrong))}` must be a positive number"):
        LIF(**wrong)


def test_reset_must_lead_below_the_threshold():
    with pytest.raises(NeurariumError, match="`reset` must lead below the threshold"):
        LIF(reset=HardReset(v_reset=1.0))
