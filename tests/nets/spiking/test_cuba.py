import math

import pytest
import torch

from neurarium.alignment import firing_rate, interspike_interval_cv
from neurarium.core import NeurariumError, Rng
from neurarium.nets.spiking import CUBA
from neurarium.synapses import Alpha, Projection


def make(seed=0, n_units=200, p_connect=0.4, **kwargs):
    return CUBA(n_units=n_units, p_connect=p_connect, rng=Rng(seed), **kwargs).double()


def still(net, n_steps):
    """No input, without memory for it."""
    return torch.zeros(1, dtype=torch.float64).expand(n_steps, net.n_units)


@pytest.mark.parametrize("seed", [0, 1])
def test_compiled_loop_gives_the_spikes_and_the_state_of_the_steps(seed):
    net = make(seed)
    start, n_steps = net.draw_state(rng=Rng(seed)), 1500
    spikes, last = net.simulate(n_steps, start)
    with torch.no_grad():
        z, stepped = net(still(net, n_steps), start)
    assert z.sum() > 100
    assert torch.equal(spikes.raster(n_steps, 200)[0], z > 0)
    for ours, theirs in ((last.v, stepped.v), (last.g_exc, stepped.g_exc), (last.g_inh, stepped.g_inh)):
        torch.testing.assert_close(ours, theirs, atol=1e-11, rtol=1e-11)
    assert torch.equal(last.left, stepped.left)
    assert torch.equal(last.exc.synapses.g, last.g_exc)


def test_a_run_may_be_cut_in_two():
    net = make()
    start = net.draw_state(rng=Rng(0))
    whole, end = net.simulate(900, start)
    first, middle = net.simulate(400, start)
    second, late = net.simulate(500, middle)
    assert torch.equal(whole.units, torch.cat([first.units, second.units]))
    assert torch.equal(whole.steps, torch.cat([first.steps, second.steps + 400]))
    assert torch.equal(end.v, late.v)
    assert torch.equal(end.left, late.left)


def test_more_spikes_than_are_held_at_once(monkeypatch):
    from neurarium.nets.spiking import _balanced_kernels

    net = make()
    whole, _ = net.simulate(900, net.draw_state(rng=Rng(0)))
    monkeypatch.setattr(_balanced_kernels, "_ROOM", 10)
    pieces, _ = net.simulate(900, net.draw_state(rng=Rng(0)))
    assert torch.equal(whole.units, pieces.units)
    assert torch.equal(whole.steps, pieces.steps)


def test_a_unit_alone_fires_with_the_closed_form_period():
    """From 0 the potential reaches 10 of 11 mV after 20 ln 11 ms, then 5 ms of silence follow."""
    net = make(w_exc=1e-12, w_inh=1e-12)
    state = net.init_state(torch.zeros(200, dtype=torch.float64))
    spikes, _ = net.simulate(3000, state)
    steps = spikes.steps[spikes.units == 7]
    assert steps[0].item() == math.ceil(20 * math.log(11) / 0.1) - 1
    assert set(steps.diff().tolist()) == {math.ceil(20 * math.log(11) / 0.1) + 50}


def test_one_spike_leaves_the_exact_potential():
    """A unit integrates w exp(-t / 5) exactly: v = 11 (1 - exp(-t / 20)) + w / 3 (exp(-t / 20) - exp(-t / 5))."""
    net = make(w_exc=1.5)
    with torch.no_grad():
        net.inh.weights.weight.zero_()
    at_rest = net.init_state(torch.zeros(200, dtype=torch.float64))
    v = torch.zeros(200, dtype=torch.float64)
    v[3] = 9.999
    targets = net.exc.weights.to_dense()[:, 3] > 0
    _, state = net.simulate(201, at_rest._replace(v=v))  # unit 3 fires in the first step
    t = 0.1 * 200
    psp = 1.5 * 5 / 15 * (math.exp(-t / 20) - math.exp(-t / 5))
    rest = 11 * (1 - math.exp(-20.1 / 20))
    assert targets.sum() > 50
    for reached in (True, False):
        units = (targets == reached) & (torch.arange(200) != 3)
        torch.testing.assert_close(state.v[units], torch.full_like(state.v[units], rest + reached * psp))


def test_published_network_fires_slowly_and_irregularly():
    net = CUBA(rng=Rng(0))
    spikes, state = net.simulate(20_000, net.draw_state(rng=Rng(0)))
    assert state.v.dtype == torch.float32
    raster = spikes.raster(20_000, 4000)
    assert 5 < firing_rate(raster, dt_ms=0.1).mean() < 7
    assert 0.5 < interspike_interval_cv(raster).nanmean() < 0.7


def test_gradients_reach_weights_and_input():
    net = make(dt_ms=1.0)
    x = torch.zeros(60, 2, 200, dtype=torch.float64, requires_grad=True)
    z, _ = net(x)
    z.mean().backward()
    for grad in (x.grad, net.exc.weights.weight.grad, net.inh.weights.weight.grad):
        assert torch.isfinite(grad).all()
        assert grad.abs().sum() > 0


def test_any_projection_may_take_the_place_of_one():
    net = make()
    net.exc = Projection(weights=net.exc.weights, dynamics=Alpha(dt_ms=0.1))
    z, state = net(still(net, 500), net.init_state(torch.zeros(200, dtype=torch.float64)))
    assert z.sum() > 0
    assert state.exc.synapses.rise.shape == (200,)
    with pytest.raises(NeurariumError, match="CUBA: `exc` must be Sparse weights before an Exponential time course"):
        net.simulate(10, state)


def test_simulating_a_batch_or_another_precision_is_refused():
    net = make()
    for like in (torch.zeros(2, 200, dtype=torch.float64), torch.zeros(200)):
        with pytest.raises(NeurariumError, match="CUBA: `state` must be one trial, on the CPU"):
            net.simulate(10, net.double().init_state(like) if like.ndim == 2 else net.float().init_state(like.double()))


@pytest.mark.parametrize(
    ("wrong", "must"),
    [
        ({"n_units": 2}, "be a whole number of at least 3"),
        ({"w_exc": 0.0}, "be a positive number"),
        ({"w_inh": -9.0}, "be a positive number"),
        ({"refractory_ms": 0.25}, "be a whole number of steps of 0.1 ms"),
    ],
)
def test_bad_numbers_are_refused(wrong, must):
    with pytest.raises(NeurariumError, match=f"CUBA: `{next(iter(wrong))}` must {must}"):
        CUBA(**wrong, rng=Rng(0))
