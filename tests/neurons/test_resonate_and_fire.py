import math

import numpy as np
import pytest
import torch

from neurarium.core import NeurariumError, Triangle
from neurarium.neurons import ResonateAndFire, ResonateAndFireState


def ringing(neuron, x):
    """u and v after each step, for a neuron that never spikes."""
    state, seen = neuron.init_state(x[0]), []
    for x_t in x.unbind(0):
        _, state = neuron.step(x_t, state)
        seen.append(torch.complex(state.u, state.v))
    return torch.stack(seen)


@pytest.mark.parametrize("dt_ms", [0.1, 1.0, 5.0])
def test_a_pulse_rings_as_the_solution_of_the_differential_equation(dt_ms):
    x = torch.zeros(50, 1, dtype=torch.float64)
    x[0] = 0.8
    rings = ringing(ResonateAndFire(resonance_hz=30.0, tau_mem_ms=25.0, dt_ms=dt_ms, threshold=9.0), x)
    t_ms = dt_ms * torch.arange(1, 51, dtype=torch.float64)
    exact = 0.8 * torch.exp(t_ms * complex(-1 / 25.0, 2 * math.pi * 0.030))
    torch.testing.assert_close(rings.flatten(), exact, rtol=0, atol=1e-13)


def test_response_to_a_sine_is_the_transfer_function_and_greatest_at_the_resonance():
    drive_hz = torch.arange(10.0, 91.0, 2.0, dtype=torch.float64)
    neuron = ResonateAndFire(resonance_hz=40.0, tau_mem_ms=80.0, threshold=1e9)
    phase = 2 * math.pi * drive_hz / 1000
    t = torch.arange(2000, dtype=torch.float64)[:, None]
    v = ringing(neuron, torch.cos(phase * t)).imag[1000:]
    projected = (v * torch.exp(-1j * phase * (t[1000:] + 0))).mean(0) * 2
    turn = np.exp(complex(-1 / 80.0, 2 * math.pi * 0.040))
    e = torch.exp(-1j * phase)
    exact = (turn / (1 - turn * e) - turn.conjugate() / (1 - turn.conjugate() * e)) / 2j
    torch.testing.assert_close(projected.abs(), exact.abs(), rtol=0.02, atol=0.02)
    assert drive_hz[v.std(0).argmax()] == 40.0


def test_pulses_in_rhythm_make_it_fire_and_pulses_out_of_rhythm_do_not():
    n_pulses, size = 4, 0.8
    spikes = []
    for interval in (12, 25, 37):  # half, one and one and a half periods of 40 Hz
        x = torch.zeros(160, 1)
        x[: n_pulses * interval : interval] = size
        spikes.append(ResonateAndFire(resonance_hz=40.0, tau_mem_ms=40.0)(x)[0].sum().item())
    assert spikes[1] > 0
    assert (spikes[0], spikes[2]) == (0.0, 0.0)


def test_a_spike_sets_the_state_to_the_peak():
    state = ResonateAndFireState(*torch.tensor([[2.0], [1.0]], dtype=torch.float64))
    z, after = ResonateAndFire(threshold=1.2).step(torch.zeros(1, dtype=torch.float64), state)
    assert (z.item(), after.u.item(), after.v.item()) == (1.0, 0.0, 1.2)


def test_gradient_of_one_step_is_the_formula():
    neuron = ResonateAndFire(surrogate=Triangle())
    x = torch.tensor([0.5], dtype=torch.float64, requires_grad=True)
    z, state = neuron.step(x, neuron.init_state(x))
    rise = math.exp(-1 / 20) * math.sin(2 * math.pi * 0.040)
    bump = 0.5 * rise
    assert torch.autograd.grad(z, x, retain_graph=True)[0].item() == pytest.approx(bump * rise)
    slope = rise + bump * rise * (1.0 - 0.5 * rise)  # the reset pulls the potential up to the threshold
    assert torch.autograd.grad(state.v, x)[0].item() == pytest.approx(slope)


@pytest.mark.parametrize("wrong", [{"resonance_hz": 0.0}, {"tau_mem_ms": -1.0}, {"dt_ms": 0.0}, {"threshold": 0.0}])
def test_numbers_must_be_positive(wrong):
    with pytest.raises(NeurariumError, match=f"ResonateAndFire: `{next(iter(wrong))}` must be a positive number"):
        ResonateAndFire(**wrong)


def test_step_must_resolve_the_period():
    with pytest.raises(NeurariumError, match="`dt_ms` must be at most half a period, 5 ms"):
        ResonateAndFire(resonance_hz=100.0, dt_ms=6.0)
