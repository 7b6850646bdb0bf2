import math

import pytest
import torch

from neurarium.alignment import firing_rate, interspike_interval_cv
from neurarium.core import NeurariumError, Rng, Triangle
from neurarium.nets.spiking import COBA
from neurarium.nets.spiking.coba import _phi


def make(seed=0, n_units=500, p_connect=0.16, **kwargs):
    return COBA(n_units=n_units, p_connect=p_connect, rng=Rng(seed), **kwargs).double()


def stepped(net, n_steps, start):
    with torch.no_grad():
        return net(torch.zeros(1, dtype=torch.float64).expand(n_steps, net.n_units), start)


@pytest.mark.parametrize(("dt_ms", "n_steps"), [(0.1, 1500), (0.5, 600)])
def test_compiled_loop_gives_the_spikes_and_the_state_of_the_steps(dt_ms, n_steps):
    net = make(dt_ms=dt_ms)
    start = net.draw_state(rng=Rng(1))
    spikes, last = net.simulate(n_steps, start)
    z, state = stepped(net, n_steps, start)
    assert z.sum() > 200
    assert torch.equal(spikes.raster(n_steps, 500)[0], z > 0)
    for ours, theirs in ((last.v, state.v), (last.g_exc, state.g_exc), (last.g_inh, state.g_inh)):
        torch.testing.assert_close(ours, theirs, atol=1e-10, rtol=1e-10)
    assert torch.equal(last.left, state.left)


def test_series_of_the_exponential_quotient():
    b = torch.cat([-torch.logspace(-12, 1.5, 400, dtype=torch.float64), torch.linspace(0.01, 3, 50).double()])
    torch.testing.assert_close(_phi(b), torch.expm1(b) / b, rtol=2e-11, atol=0)
    assert _phi(torch.zeros(1)).item() == 1


def test_constant_conductance_gives_the_exact_potential():
    """With everything held, exponential Euler is the solution: v = 60 g / (1 + g) · (1 - exp(-(1 + g) t / 20))."""
    net = make(w_exc=1e-12, w_inh=1e-12)
    g = 0.15
    z, state = net(torch.full((300, 500), g, dtype=torch.float64))
    assert z.sum() == 0
    v = 60 * g / (1 + g) * (1 - math.exp(-(1 + g) * 30 / 20))
    torch.testing.assert_close(state.v, torch.full_like(state.v, v))


def test_inhibition_pulls_to_its_reversal_potential():
    net = make(w_exc=1e-12, w_inh=1e-12)
    rest = net.init_state(torch.zeros(500, dtype=torch.float64))
    held = net._state(rest.v, rest.g_exc, torch.full_like(rest.v, 500.0))
    _, state = stepped(net, 3, held)
    torch.testing.assert_close(state.v, torch.full_like(state.v, -20 * 500 / 501), atol=0.1, rtol=0)
    fused = net.simulate(3, held)[1]
    torch.testing.assert_close(fused.v, state.v, atol=1e-10, rtol=0)


def test_silence_after_a_spike_lasts_as_asked():
    net = make(w_exc=1e-12, w_inh=1e-12, refractory_ms=2.0, dt_ms=0.5)
    z, _ = net(torch.full((200, 500), 2.0, dtype=torch.float64))
    steps = z[:, 0].nonzero().flatten()
    to_threshold_ms = 20 / 3 * math.log(40 / 30)  # v_inf = 40
    assert set(steps.diff().tolist()) == {math.ceil(to_threshold_ms / 0.5) + 4}


def test_published_network_keeps_itself_firing_irregularly():
    net = COBA(rng=Rng(0))
    spikes, _ = net.simulate(20_000, net.draw_state(rng=Rng(0)))
    raster = spikes.raster(20_000, 4000)
    assert 15 < firing_rate(raster[:, 10_000:], dt_ms=0.1).mean() < 30
    assert 1.4 < interspike_interval_cv(raster).nanmean() < 1.9  # in bursts


def test_gradients_are_those_of_the_flow_where_nothing_spikes():
    net = make(w_exc=1e-12, w_inh=1e-12, surrogate=Triangle(width=1.0))  # its bump does not reach down here
    x = torch.full((40, 1, 500), 0.1, dtype=torch.float64)

    def last(shift):
        return net(x + shift)[1].v.sum()

    shift = torch.zeros((), dtype=torch.float64, requires_grad=True)
    found = torch.autograd.grad(last(shift), shift)[0].item()
    assert found == pytest.approx((last(1e-5) - last(-1e-5)).item() / 2e-5, rel=1e-6)


def test_gradients_reach_weights_and_input():
    net = make(dt_ms=1.0)
    x = torch.full((40, 2, 500), 0.3, dtype=torch.float64, requires_grad=True)
    net(x)[0].mean().backward()
    for grad in (x.grad, net.exc.weights.weight.grad, net.inh.weights.weight.grad):
        assert torch.isfinite(grad).all()
        assert grad.abs().sum() > 0


def test_bad_numbers_are_refused():
    with pytest.raises(NeurariumError, match="COBA: `dt_ms` must be a positive number"):
        COBA(dt_ms=0.0, rng=Rng(0))
    with pytest.raises(NeurariumError, match="simulate: `n_steps` must be a whole number above zero"):
        make().simulate(0, make().draw_state(rng=Rng(0)))
