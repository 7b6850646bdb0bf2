import numpy as np
import pytest
import torch
from scipy import stats

from neurarium.core import NeurariumError, Rng
from neurarium.nets.spiking import IzhikevichNetwork


def make(seed=0, n_units=100, w_exc=4.0, **kwargs):
    return IzhikevichNetwork(n_units=n_units, w_exc=w_exc, w_inh=8.0, rng=Rng(seed), **kwargs).double()


def start(net):
    return net.init_state(torch.zeros(net.n_units, dtype=torch.float64))


@pytest.mark.parametrize("dt_ms", [1.0, 0.5])
def test_compiled_loop_gives_the_spikes_and_the_state_of_the_steps(dt_ms):
    net = make(dt_ms=dt_ms, noise_std=7.0)
    spikes, last = net.simulate(400, start(net))
    with torch.no_grad():
        z, stepped = net(net.noise(400), start(net))
    assert z.sum() > 100
    assert torch.equal(spikes.raster(400, 100)[0], z > 0)
    for ours, theirs in ((last.cells.v, stepped.cells.v), (last.cells.u, stepped.cells.u)):
        torch.testing.assert_close(ours, theirs, atol=1e-7, rtol=1e-7)
    torch.testing.assert_close(last.current, stepped.current)


def test_the_published_program_line_by_line():
    net = make(seed=3, n_units=50)
    s, noise = net.synapses.weight.detach().numpy(), net.noise(300).numpy()
    scale = np.where(np.arange(50) < 40, 5.0, 2.0)
    a, b, c, d = (getattr(net.cells, name).numpy() for name in ("a", "b", "c_mv", "d"))
    v, found = np.full(50, -65.0), []
    u, current = b * v, np.zeros(50)
    for row in noise:
        i = scale * row + current
        v = v + 0.5 * (0.04 * v**2 + 5 * v + 140 - u + i)
        v = v + 0.5 * (0.04 * v**2 + 5 * v + 140 - u + i)
        u = u + a * (b * v - u)
        fired = np.flatnonzero(v >= 30)
        found.append(fired)
        v[fired], u[fired] = c[fired], u[fired] + d[fired]
        current = s[:, fired].sum(1)
    spikes, _ = net.simulate(300, start(net))
    assert spikes.units.tolist() == np.concatenate(found).tolist()


def test_cells_and_weights_are_those_of_the_paper():
    net = IzhikevichNetwork(rng=Rng(0))
    w = net.synapses.weight.detach()
    assert 0 <= w[:, :800].min() < 0.001 < 0.499 < w[:, :800].max() <= 0.5
    assert -1 <= w[:, 800:].min() < -0.999 < -0.001 < w[:, 800:].max() <= 0
    cells = net.cells
    assert torch.equal(cells.a[:800], torch.full((800,), 0.02))
    assert 0.02 <= cells.a[800:].min() < cells.a[800:].max() <= 0.1
    torch.testing.assert_close((cells.c_mv[:800] + 65) / 15, (8 - cells.d[:800]) / 6)
    torch.testing.assert_close((cells.a[800:] - 0.02) / 0.08, (0.25 - cells.b[800:]) / 0.05)
    assert torch.equal(cells.d[800:], torch.full((200,), 2.0))


def test_published_network_has_its_rate_and_rhythm():
    net = IzhikevichNetwork(rng=Rng(0))
    spikes, _ = net.simulate(1000, net.init_state(torch.zeros(1000)))
    assert 3 < len(spikes.units) / 1000 < 15
    counts = torch.bincount(spikes.steps, minlength=1000).double()[200:]
    assert counts.var() > 4 * counts.mean()  # independent units would have one


def test_noise_is_normal_white_and_independent_of_how_it_is_asked_for():
    net = make(n_units=101)
    x = net.noise(2000)
    assert torch.equal(x[700:900], net.noise(200, first_step=700))
    assert not torch.equal(x, make(seed=1, n_units=101).noise(2000))
    assert stats.kstest(x.flatten().numpy(), "norm").pvalue > 0.01
    correlation = np.corrcoef(x.numpy(), rowvar=False) - np.eye(101)
    assert np.abs(correlation).max() < 5 / 2000**0.5
    assert abs(np.corrcoef(x[1:].flatten(), x[:-1].flatten())[0, 1]) < 0.01
    tails = (x.abs() > 4).double().mean().item()
    assert tails == pytest.approx(2 * stats.norm.sf(4), abs=5e-5)


def test_box_and_muller_to_ten_digits():
    from neurarium.nets.spiking import _izhikevich_kernels as kernels
    from neurarium.synapses._counter import bits

    key = np.uint64(99)
    out = kernels.normals(key, 1, 6, 4)[0].numpy()
    for i in range(3):
        h = int(bits(key, np.uint64(4 * 3 + i)))
        size = np.sqrt(-2 * np.log(((h >> 32) + 0.5) / 2**32))
        angle = 2 * np.pi * ((h & 0xFFFFFFFF) / 2**32 - 0.5)
        assert out[[i, 3 + i]] == pytest.approx([size * np.cos(angle), size * np.sin(angle)], abs=1e-9)


def test_a_run_may_be_cut_in_two():
    net = make()
    whole, end = net.simulate(300, start(net))
    first, middle = net.simulate(120, start(net))
    second, late = net.simulate(180, middle, first_step=120)
    assert torch.equal(whole.units, torch.cat([first.units, second.units]))
    assert torch.equal(whole.steps, torch.cat([first.steps, second.steps + 120]))
    assert torch.equal(end.cells.v, late.cells.v)


def test_a_batch_is_refused():
    net = make()
    with pytest.raises(NeurariumError, match="IzhikevichNetwork: `state` must be one trial, on the CPU"):
        net.simulate(10, net.init_state(torch.zeros(2, 100, dtype=torch.float64)))


@pytest.mark.parametrize(
    ("wrong", "must"),
    [
        ({"n_units": 2}, "be a whole number of at least 3"),
        ({"w_exc": 0.0}, "be a positive number"),
        ({"noise_std": -1.0}, "be zero or a positive number"),
    ],
)
def test_bad_numbers_are_refused(wrong, must):
    with pytest.raises(NeurariumError, match=f"IzhikevichNetwork: `{next(iter(wrong))}` must {must}"):
        IzhikevichNetwork(**wrong, rng=Rng(0))
