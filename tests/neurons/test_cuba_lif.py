import math

import numpy as np
import pytest
import torch
from scipy.linalg import expm

from neurarium.core import FastSigmoid, NeurariumError
from neurarium.neurons import CubaLIF, CubaLIFState, HardReset


def potential(neuron, x):
    """The potential after each step, for a neuron that never spikes."""
    state, seen = neuron.init_state(x[0]), []
    for x_t in x.unbind(0):
        _, state = neuron.step(x_t, state)
        seen.append(state.v)
    return torch.stack(seen)


@pytest.mark.parametrize(("tau_mem_ms", "tau_syn_ms"), [(20.0, 5.0), (5.0, 20.0), (20.0, 0.3)])
@pytest.mark.parametrize("dt_ms", [0.1, 1.0, 4.0])
def test_potential_after_one_spike_is_the_difference_of_exponentials(tau_mem_ms, tau_syn_ms, dt_ms):
    x = torch.zeros(40, 1, dtype=torch.float64)
    x[0] = 0.7
    v = potential(CubaLIF(tau_mem_ms=tau_mem_ms, tau_syn_ms=tau_syn_ms, dt_ms=dt_ms, threshold=9.0), x)
    t_ms = dt_ms * torch.arange(1, 41, dtype=torch.float64)
    factor = 0.7 * tau_syn_ms / (tau_syn_ms - tau_mem_ms)
    exact = factor * (torch.exp(-t_ms / tau_syn_ms) - torch.exp(-t_ms / tau_mem_ms))
    torch.testing.assert_close(v.flatten(), exact, rtol=0, atol=1e-14)


@pytest.mark.parametrize("gap", [0.0, 1e-12, 1e-7, -1e-7])
def test_equal_time_constants_give_the_alpha_function(gap):
    x = torch.zeros(60, 1, dtype=torch.float64)
    x[0] = 1.0
    v = potential(CubaLIF(tau_mem_ms=10.0, tau_syn_ms=10.0 + gap, threshold=9.0), x)
    t = torch.arange(1, 61, dtype=torch.float64) / 10
    torch.testing.assert_close(v.flatten(), t * torch.exp(-t), rtol=0, atol=1e-8)


@pytest.mark.parametrize(("tau_mem_ms", "tau_syn_ms"), [(20.0, 5.0), (3.0, 30.0), (7.0, 7.0)])
def test_propagator_is_the_matrix_exponential(tau_mem_ms, tau_syn_ms):
    neuron = CubaLIF(tau_mem_ms=tau_mem_ms, tau_syn_ms=tau_syn_ms, dt_ms=2.0)
    exact = expm(2.0 * np.array([[-1 / tau_mem_ms, 1 / tau_mem_ms], [0, -1 / tau_syn_ms]]))
    np.testing.assert_allclose([[neuron.alpha, neuron.kappa], [0, neuron.beta]], exact, atol=1e-15)


def test_potential_does_not_depend_on_the_step():
    pulses = torch.rand(20, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    fine = torch.zeros(200, 3, dtype=torch.float64)
    fine[::10] = pulses
    coarse = potential(CubaLIF(dt_ms=1.0, threshold=99.0), pulses)
    torch.testing.assert_close(potential(CubaLIF(dt_ms=0.1, threshold=99.0), fine)[9::10], coarse, rtol=0, atol=1e-12)


def test_it_spikes_if_and_when_the_peak_reaches_the_threshold():
    tau_mem_ms, tau_syn_ms, dt_ms = 20.0, 5.0, 0.01
    peak_ms = math.log(tau_mem_ms / tau_syn_ms) / (1 / tau_syn_ms - 1 / tau_mem_ms)
    height = (tau_syn_ms / tau_mem_ms) ** (tau_mem_ms / (tau_mem_ms - tau_syn_ms))
    x = torch.zeros(2000, 2, dtype=torch.float64)
    x[0] = torch.tensor([0.9999, 1.0001], dtype=torch.float64) / height
    z, _ = CubaLIF(tau_mem_ms=tau_mem_ms, tau_syn_ms=tau_syn_ms, dt_ms=dt_ms)(x)
    assert z.sum(0).tolist() == [0.0, 1.0]
    assert (z[:, 1].argmax().item() + 1) * dt_ms == pytest.approx(peak_ms, abs=0.2)


def test_a_spike_resets_the_potential_and_leaves_the_current():
    neuron = CubaLIF(tau_mem_ms=10.0, reset=HardReset(v_reset=-0.5))
    state = CubaLIFState(*torch.tensor([[0.9], [3.0]], dtype=torch.float64))
    z, after = neuron.step(torch.tensor([1.0], dtype=torch.float64), state)
    assert (z.item(), after.v.item()) == (1.0, -0.5)
    assert after.i.item() == pytest.approx(4.0 * math.exp(-1 / 5))


def test_gradient_of_one_step_is_the_formula():
    neuron = CubaLIF(surrogate=FastSigmoid())
    x, v, i = torch.tensor([[0.3], [0.5], [1.2]], dtype=torch.float64).requires_grad_().unbind(0)
    z, _ = neuron.step(x, CubaLIFState(v, i))
    bump = 1 / (1 + abs(neuron.alpha * 0.5 + neuron.kappa * 1.5 - 1) / 0.1) ** 2
    found = [g.item() for g in torch.autograd.grad(z, (x, v, i))]
    assert found == pytest.approx([neuron.kappa * bump, neuron.alpha * bump, neuron.kappa * bump])


@pytest.mark.parametrize("wrong", [{"tau_mem_ms": 0.0}, {"tau_syn_ms": -1.0}, {"dt_ms": 0.0}, {"threshold": -1.0}])
def test_numbers_must_be_positive(wrong):
    with pytest.raises(NeurariumError, match=f"CubaLIF: `{next(iter(wrong))}` must be a positive number"):
        CubaLIF(**wrong)


def test_reset_must_lead_below_the_threshold():
    with pytest.raises(NeurariumError, match="CubaLIF: `reset` must lead below the threshold"):
        CubaLIF(reset=HardReset(v_reset=1.0))
