import math

import pytest
import torch

from neurarium.core import NeurariumError, Rng
from neurarium.nets.spiking import DiehlCook


def rasters(n_steps, n_inputs, rate, seed=0, batch=1):
    draw = torch.rand(n_steps, batch, n_inputs, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return (draw < rate).double()


def by_hand(net, spikes):
    """The equations of the paper one unit at a time, in plain numbers; explicit where the net is implicit."""
    dt, w, n = net.dt_ms, net.weight.double().tolist(), len(net.weight)
    v, ge, gi, theta, since = [-65.0] * n, [0.0] * n, [0.0] * n, net.theta_mv.tolist(), [10**6] * n
    vi, gei, since_i, count = [-60.0] * n, [0.0] * n, [10**6] * n, [0] * n
    for x in spikes.tolist():
        fired, fired_i = [], []
        for j in range(n):
            if since[j] * dt >= 5.0 - 1e-9:
                v[j] += dt / 100 * ((-65 - v[j]) + ge[j] * (0 - v[j]) + gi[j] * (-100 - v[j]))
            if since_i[j] * dt >= 2.0 - 1e-9:
                vi[j] += dt / 10 * ((-60 - vi[j]) + gei[j] * (0 - vi[j]))
            since[j], since_i[j] = since[j] + 1, since_i[j] + 1
            if v[j] > -52 + theta[j] and since[j] * dt > 50 + 1e-9:
                fired.append(j)
            if vi[j] > -40:
                fired_i.append(j)
        for j in range(n):
            ge[j] = (1 - dt / net.tau_ge_ms) * ge[j] + sum(w[j][i] * s for i, s in enumerate(x))
            gei[j] = (1 - dt / net.tau_ge_ms) * gei[j] + 10.4 * (j in fired)
            gi[j] = (1 - dt / net.tau_gi_ms) * gi[j] + net.inhibition * sum(i != j for i in fired_i)
            if j in fired:
                v[j], since[j], theta[j], count[j] = -65.0, 0, theta[j] + net.theta_plus_mv, count[j] + 1
            if j in fired_i:
                vi[j], since_i[j] = -45.0, 0
    return count, v, theta


def test_it_follows_the_equations_step_by_step():
    """Fine steps, at which implicit and explicit Euler agree."""
    net = DiehlCook(n_inputs=40, n_units=4, dt_ms=0.02, inhibition=3.0, theta_plus_mv=1.0, rng=Rng(0)).double()
    spikes = rasters(6000, 40, 0.0008)
    out, state = net(spikes)
    count, v, theta = by_hand(net, spikes[:, 0])
    assert out.sum((0, 1)).tolist() == count
    assert min(count) >= 1
    torch.testing.assert_close(state.theta_mv[0], torch.tensor(theta, dtype=torch.float64))
    torch.testing.assert_close(state.v_e[0], torch.tensor(v, dtype=torch.float64), atol=0.2, rtol=0)


def test_one_spike_charges_the_membrane_as_its_conductance_says():
    """A small conductance decays as 1 - dt/tau, so its charge is w · tau_ge whatever the step."""
    for dt in (0.1, 0.5):
        net = DiehlCook(n_inputs=1, n_units=1, dt_ms=dt, rng=Rng(0)).double()
        net.weight.fill_(0.01)
        spikes = torch.zeros(round(20 / dt), 1, 1, dtype=torch.float64)
        spikes[0] = 1
        v = net(spikes)[1].v_e.item()
        assert v + 65 == pytest.approx(0.01 * 1.0 / 100 * 65 * math.exp(-(20 - 1) / 100), rel=0.02)


def test_a_unit_silences_the_others_through_its_partner_but_not_itself():
    net = DiehlCook(n_inputs=3, n_units=3, rng=Rng(0)).double()
    net.weight.copy_(torch.diag(torch.tensor([60.0, 1.2, 1.2])))
    spikes = torch.zeros(400, 1, 3, dtype=torch.float64)
    spikes[0, 0, 0] = 1  # wakes the first unit alone
    spikes[::4, 0, 1:] = 1  # enough for the others, by and by
    alone = net(spikes * torch.tensor([0.0, 1, 1]))[0].sum((0, 1))
    out, state = net(spikes)
    assert alone[1] >= 1
    assert out[:, 0, 0].sum() == 1
    assert out[:, 0].argmax(0)[1] > net(spikes * torch.tensor([0.0, 1, 1]))[0][:, 0].argmax(0)[1]
    first = out[:, 0, 0].argmax() + 8
    _, after = net(spikes[:first])
    assert after.gi_e[0, 0] == 0
    assert (after.gi_e[0, 1:] > 1).all()
    assert state.theta_mv[0].tolist() == pytest.approx((0.05 * out.sum((0, 1))).tolist())


def test_a_unit_is_silent_for_50_ms_and_adapts_only_in_training():
    net = DiehlCook(n_inputs=50, n_units=1, theta_plus_mv=0.3, rng=Rng(0)).double()
    spikes = rasters(3000, 50, 0.05)
    out, state = net(spikes)
    gaps = out[:, 0, 0].nonzero().flatten().diff()
    assert len(gaps) == 5  # drive far above threshold: a spike as soon as it may
    assert gaps.unique().tolist() == [501]
    assert state.theta_mv.item() == pytest.approx(0.3 * 6)
    assert net.eval()(spikes)[1].theta_mv.item() == 0


def test_weights_are_drawn_uniformly_and_scaled():
    w = DiehlCook(n_inputs=400, n_units=5, rng=Rng(0)).weight
    torch.testing.assert_close(w.sum(1), torch.full((5,), 78.0))
    assert 0 < w.min() < 0.02 * w.max()


@pytest.mark.parametrize("wrong", [{"n_units": 0}, {"tau_gi_ms": -1.0}, {"inhibition": -1.0}, {"dt_ms": 1.5}])
def test_bad_numbers_are_refused(wrong):
    with pytest.raises(NeurariumError, match=f"DiehlCook: `{next(iter(wrong))}` must"):
        DiehlCook(**{"n_inputs": 3, "n_units": 2, **wrong}, rng=Rng(0))
