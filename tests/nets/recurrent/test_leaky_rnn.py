import math
from functools import partial

import pytest
import torch

from neurarium.core import NeurariumError, Rng, unroll
from neurarium.nets import gaussian
from neurarium.nets.recurrent import LeakyRNN


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def gradients(out, module):
    return torch.autograd.grad(out.pow(2).sum(), list(module.parameters()))


def test_one_step_by_hand():
    net = LeakyRNN(n_inputs=2, n_units=3, tau_ms=50.0, dt_ms=10.0, activation=torch.relu, rng=Rng(0)).double()
    with torch.no_grad():
        net.bias.copy_(torch.tensor([0.1, -0.2, 0.3]))
    x, h_0 = normal(2), normal(3, seed=1)
    h, state = net.step(x, net.init_state(x)._replace(h=h_0))
    a = math.exp(-10 / 50)
    w_in, w, b = net.weight_in.detach(), net.weight_rec.detach(), net.bias.detach()
    by_hand = []
    for i in range(3):
        u = sum(w_in[i, j] * x[j] for j in range(2)) + sum(w[i, j] * h_0[j] for j in range(3)) + b[i]
        by_hand.append(a * h_0[i] + (1 - a) * max(0.0, u))
    torch.testing.assert_close(h.detach(), torch.stack(by_hand))
    assert torch.equal(state.h, h)


def test_without_recurrence_it_is_an_exponential_filter():
    net = LeakyRNN(n_inputs=1, n_units=1, activation=lambda u: u, rng=Rng(0)).double()
    with torch.no_grad():
        net.weight_in.fill_(1.0)
        net.weight_rec.zero_()
    h, _ = net(torch.full((9, 1, 1), 2.0, dtype=torch.float64))
    n = torch.arange(1, 10, dtype=torch.float64)
    torch.testing.assert_close(h.flatten(), 2 * (1 - torch.exp(-n * 20 / 100)))


def test_fused_path_equals_repeated_steps_forward_and_gradient():
    for n_stacked, shape in ((None, (11, 4, 3)), (None, (11, 3)), (2, (11, 2, 4, 3))):
        net = LeakyRNN(n_inputs=3, n_units=6, n_stacked=n_stacked, rng=Rng(0)).double()
        x = normal(*shape)
        fused, last = net(x)
        steps, last_of_steps = unroll(net.step, x, net.init_state(x[0]))
        torch.testing.assert_close(fused, steps, atol=1e-10, rtol=0)
        torch.testing.assert_close(last.h, last_of_steps.h, atol=1e-10, rtol=0)
        torch.testing.assert_close(gradients(fused, net), gradients(steps, net), atol=1e-10, rtol=0)


def test_state_carries_over():
    net = LeakyRNN(n_inputs=3, n_units=6, rng=Rng(0)).double()
    x = normal(10, 4, 3)
    whole, _ = net(x)
    first, state = net(x[:6])
    second, _ = net(x[6:], state)
    torch.testing.assert_close(torch.cat([first, second]), whole, atol=1e-12, rtol=0)


def test_no_leak_is_torch_rnn():
    net = LeakyRNN(n_inputs=3, n_units=6, tau_ms=1e-3, rng=Rng(0)).double()
    peer = torch.nn.RNN(3, 6).double()
    with torch.no_grad():
        net.bias.copy_(normal(6))
        for ours, theirs in ((net.weight_in, peer.weight_ih_l0), (net.weight_rec, peer.weight_hh_l0)):
            theirs.copy_(ours)
        peer.bias_ih_l0.copy_(net.bias)
        peer.bias_hh_l0.zero_()
    x = normal(20, 4, 3)
    torch.testing.assert_close(net(x)[0], peer(x)[0], atol=1e-12, rtol=0)


def test_row_of_a_stack_is_the_single_network():
    singles = [LeakyRNN(n_inputs=3, n_units=6, tau_ms=40.0, rng=Rng(k)).double() for k in range(3)]
    stacked = LeakyRNN.stack(singles)
    x = normal(12, 3, 4, 3)
    out, state = stacked(x)
    found = gradients(out, stacked)
    for k, single in enumerate(singles):
        alone, last = single(x[:, k])
        torch.testing.assert_close(out[:, k], alone, atol=1e-12, rtol=0)
        torch.testing.assert_close(state.h[k], last.h, atol=1e-12, rtol=0)
        row = tuple(g[k] for g in found)
        torch.testing.assert_close(row, gradients(alone, single), atol=1e-10, rtol=0)


def test_stacked_networks_start_different():
    net = LeakyRNN(n_inputs=3, n_units=6, n_stacked=2, rng=Rng(0))
    assert net.weight_rec.shape == (2, 6, 6)
    assert not torch.equal(net.weight_rec[0], net.weight_rec[1])


def test_init_is_an_argument_and_draws_touch_no_global_state():
    before = torch.random.get_rng_state()
    wild = LeakyRNN(n_inputs=1, n_units=300, init=partial(gaussian, gain=2.0), rng=Rng(0))
    calm = LeakyRNN(n_inputs=1, n_units=300, rng=Rng(0))
    assert torch.equal(before, torch.random.get_rng_state())
    radius = [torch.linalg.eigvals(n.weight_rec.detach()).abs().max().item() for n in (wild, calm)]
    assert radius == pytest.approx([2.0, 1.0], rel=0.1)
    again = LeakyRNN(n_inputs=1, n_units=300, rng=Rng(0))
    assert torch.equal(calm.weight_rec, again.weight_rec)


@pytest.mark.parametrize("wrong", [{"tau_ms": 0.0}, {"dt_ms": -1.0}, {"n_units": 0}, {"n_stacked": 0}])
def test_numbers_must_be_positive(wrong):
    with pytest.raises(NeurariumError, match=f"LeakyRNN: `{next(iter(wrong))}` must be a positive number"):
        LeakyRNN(**{"n_inputs": 2, "n_units": 3, "rng": Rng(0), **wrong})


def test_stacked_input_needs_its_axes():
    net = LeakyRNN(n_inputs=3, n_units=6, n_stacked=2, rng=Rng(0))
    with pytest.raises(NeurariumError, match=r"`x` must be \(time, 2, batch, inputs\)"):
        net(torch.zeros(5, 2, 3))


def test_only_networks_of_one_kind_stack():
    one, other = (LeakyRNN(n_inputs=3, n_units=6, tau_ms=tau, rng=Rng(0)) for tau in (100.0, 50.0))
    with pytest.raises(NeurariumError, match="`nets` must be single networks of one kind"):
        LeakyRNN.stack([one, other])
    with pytest.raises(NeurariumError, match="`nets` must be single networks of one kind"):
        LeakyRNN.stack([])
