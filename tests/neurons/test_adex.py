import math

import numpy as np
import pytest
import torch
from scipy.integrate import solve_ivp
from scipy.optimize import brentq

from neurarium.core import NeurariumError
from neurarium.neurons import AdEx, AdExState, ExponentialMembrane

C_NF, G_US, E_MV, V_T_MV, SLOPE_MV = 0.281, 0.030, -70.6, -50.4, 2.0  # Brette and Gerstner 2005


def reference_times_ms(current_na, end_ms, a_us=0.004, b_na=0.0805, tau_w_ms=144.0, v_reset_mv=-70.6, peak_mv=-20.0):
    """Spike times of the differential equations, solved to 1e-9, with an event for each reset.

    The peak is lower than the paper's: from -20 mV the exponential takes 2e-6 ms to any other.
    """

    def slope(_, y):
        v, w = y
        inward = -G_US * (v - E_MV) + G_US * SLOPE_MV * math.exp(min((v - V_T_MV) / SLOPE_MV, 40.0))
        return [(inward - w + current_na) / C_NF, (a_us * (v - E_MV) - w) / tau_w_ms]

    def peak(_, y):
        return y[0] - peak_mv

    peak.terminal = True
    t, y, times = 0.0, [E_MV, 0.0], []
    while True:
        run = solve_ivp(slope, (t, end_ms), y, events=peak, method="DOP853", rtol=1e-9, atol=1e-9)
        if run.status != 1:
            return np.array(times)
        t, y = run.t_events[0][0], [v_reset_mv, run.y_events[0][0][1] + b_na]
        times.append(t)


def spike_times_ms(neuron, current_na, n_steps):
    z = neuron(torch.full((n_steps, 1), current_na, dtype=torch.float64))[0].flatten()
    return (z.nonzero().flatten().numpy() + 0.5) * neuron.dt_ms


def test_spike_times_over_one_second_are_those_of_the_differential_equation_to_a_tenth_of_a_millisecond():
    currents = [0.8, 1.0, 2.5]
    z, _ = AdEx()(torch.tensor(currents, dtype=torch.float64).expand(10_000, -1))
    for k, (current, n_spikes) in enumerate(zip(currents, [17, 31, 119], strict=True)):
        times = (z[:, k].nonzero().flatten().numpy() + 0.5) * 0.1
        exact = reference_times_ms(current, 1000.0)
        assert len(times) == len(exact) == n_spikes
        assert np.abs(times - exact).max() < 0.1


def test_bursts_are_those_of_the_differential_equation_too():
    other = dict(b_na=0.12, tau_w_ms=100.0, v_reset_mv=-46.0)  # reset above the exponential's threshold
    times = spike_times_ms(AdEx(**other), 1.0, 3000)
    exact = reference_times_ms(1.0, 300.0, **other)
    assert len(times) == len(exact) > 5
    assert np.abs(times - exact).max() < 0.1
    assert np.diff(times).min() < 2
    assert np.diff(times).max() > 50


def test_a_low_peak_is_reached_earlier():
    neuron = AdEx(membrane=ExponentialMembrane(v_peak_mv=-40.4), dt_ms=0.01)
    time, exact = spike_times_ms(neuron, 2.5, 500)[0], reference_times_ms(2.5, 5.0, peak_mv=-40.4)[0]
    assert reference_times_ms(2.5, 5.0)[0] - exact > 0.05
    assert time == pytest.approx(exact, abs=0.01)


def test_gradients_are_those_of_the_flow_and_stay_finite_through_spikes():
    x = torch.full((20, 1), 0.9, dtype=torch.float64)
    neuron = AdEx(dt_ms=0.5)

    def last_potential(shift):
        return neuron(x + shift)[1].v.sum()

    shift = torch.zeros((), dtype=torch.float64, requires_grad=True)
    found = torch.autograd.grad(last_potential(shift), shift)[0].item()
    assert found == pytest.approx((last_potential(1e-6) - last_potential(-1e-6)).item() / 2e-6, rel=1e-6)
    strong = torch.full((60, 1), 2.5, dtype=torch.float64, requires_grad=True)
    z, _ = neuron(strong)
    assert z.sum() > 2
    assert torch.isfinite(torch.autograd.grad(z.sum(), strong)[0]).all()


def test_a_step_of_one_millisecond_still_counts_the_spikes():
    assert len(spike_times_ms(AdEx(dt_ms=1.0), 2.5, 300)) == len(reference_times_ms(2.5, 300.0))


def test_membrane_far_below_threshold_is_a_leaky_integrator():
    n_steps, current = 200, -0.3
    _, state = AdEx(a_ns=0.0)(torch.full((n_steps, 1), current, dtype=torch.float64))
    exact = E_MV + current / G_US * (1 - math.exp(-0.1 * n_steps * G_US / C_NF))
    assert state.v.item() == pytest.approx(exact, abs=1e-3)  # the exponential still adds 1e-4 mV
    assert state.w.item() == 0


@pytest.mark.parametrize("a_ns", [0.0, 1.0])
def test_it_fires_from_the_rheobase_on(a_ns):
    a_us = a_ns / 1000
    rheobase = (G_US + a_us) * (V_T_MV - E_MV - SLOPE_MV + SLOPE_MV * math.log(1 + a_us / G_US))
    neuron = AdEx(a_ns=a_ns, tau_w_ms=5.0, dt_ms=1.0)
    z, _ = neuron(rheobase + torch.tensor([-0.005, 0.005], dtype=torch.float64).expand(600, -1))
    assert z[:, 0].sum() == 0
    assert z[:, 1].sum() > 0


def test_it_rests_where_both_derivatives_are_zero():
    def balance(v):
        return -(G_US + 0.004) * (v - E_MV) + G_US * SLOPE_MV * math.exp((v - V_T_MV) / SLOPE_MV) + 0.3

    _, state = AdEx(dt_ms=1.0, tau_w_ms=30.0)(torch.full((800, 1), 0.3, dtype=torch.float64))
    v = brentq(balance, -75, -55)
    assert (state.v.item(), state.w.item()) == pytest.approx((v, 0.004 * (v - E_MV)), abs=1e-6)


def test_a_spike_resets_the_potential_and_raises_the_adaptation():
    start = AdExState(torch.tensor([10.0]).double(), torch.tensor([0.2]).double())  # about to blow up
    z, state = AdEx(dt_ms=1e-4).step(torch.tensor([0.5]).double(), start)
    assert z.item() == 1
    assert state.v.item() == pytest.approx(-70.6, abs=1e-3)
    assert state.w.item() == pytest.approx(0.2 + 0.0805, abs=1e-5)


def test_single_precision_gives_the_same_spikes():
    x = torch.full((400, 1), 1.5, dtype=torch.float64)
    neuron = AdEx(dt_ms=0.5)
    assert torch.equal(neuron(x)[0], neuron(x.float())[0].double())


@pytest.mark.parametrize(
    ("wrong", "must"),
    [
        ({"tau_w_ms": 0.0}, "be a positive number"),
        ({"dt_ms": 0.0}, "be a positive number"),
        ({"dt_ms": 10.0}, "be at most the time constant, 9.37 ms"),
        ({"a_ns": float("nan")}, "be a finite number"),
        ({"v_reset_mv": 20.0}, "lie below the peak, 20 mV"),
    ],
)
def test_arguments_are_checked(wrong, must):
    with pytest.raises(NeurariumError, match=f"AdEx: `{next(iter(wrong))}` must {must}"):
        AdEx(**wrong)


def test_constants_of_the_membrane_are_checked():
    with pytest.raises(NeurariumError, match="ExponentialMembrane: `slope_mv` must be a positive number"):
        ExponentialMembrane(slope_mv=0.0)
    with pytest.raises(NeurariumError, match=r"`v_rest_mv` must lie below v_threshold_mv, -50\.4 mV"):
        ExponentialMembrane(v_rest_mv=-50.4)
    with pytest.raises(NeurariumError, match=r"`v_peak_mv` must lie 5 slopes above v_threshold_mv, -40\.4 mV"):
        ExponentialMembrane(v_peak_mv=-41.0)
