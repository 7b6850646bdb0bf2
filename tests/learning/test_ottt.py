import weakref

import pytest
import torch
from torch import nn

from neurarium.core import NeurariumError, Rng
from neurarium.learning import bptt, ottt
from neurarium.nets.spiking import SpikingMLP
from neurarium.neurons import LIF


def draw(*shape, name="data"):
    return torch.rand(*shape, generator=Rng(1)(name), dtype=torch.float64)


def make(*taus_ms, sizes=(5, 8, 6, 3)):
    """Hidden layers with a time constant each, so that a trace with the wrong decay shows."""
    taus = iter(taus_ms or (2.0, 7.0))
    return SpikingMLP(sizes=sizes, neuron=lambda: LIF(tau_mem_ms=next(taus)), gain=4.0, rng=Rng(0)).double()


def squared(out):
    return (out - 0.3).square().sum()


def linear(out):
    return (out * torch.tensor([1.0, -2.0, 0.5], dtype=out.dtype)).sum()


def gradients(train, net, x, loss):
    net.zero_grad()
    train(net, x, loss)
    return [w.grad.clone() for w in net.parameters()]


def same(left, right):
    for a, b in zip(left, right, strict=True):
        assert b.abs().max() > 1e-3
        torch.testing.assert_close(a, b, atol=1e-12, rtol=1e-10)


def three_factor_sum(net, x):
    """``Σ_t δ_l[t] trace_l[t]ᵀ / T``, written out for two hidden layers."""
    w = [s.weight.detach() for s in net.synapses]
    v, traces = [draw(4, n) * 0 for n in (8, 6)], [draw(4, n) * 0 for n in (5, 8)]
    dw = [torch.zeros_like(each) for each in w]
    for x_t in x:
        s, slopes = x_t, []
        for i, lif in enumerate(net.neurons):
            traces[i] = lif.alpha * traces[i] + s
            before = lif.alpha * v[i] + s @ w[i].mT
            slopes.append(lif.surrogate.grad(before - 1))
            s = (before >= 1).double()
            v[i] = before - s
        delta_out = 2 * (s @ w[2].mT - 0.3) / len(x)
        delta_2 = (delta_out @ w[2]) * slopes[1]
        delta_1 = (delta_2 @ w[1]) * slopes[0]
        dw[0] += delta_1.mT @ traces[0]
        dw[1] += delta_2.mT @ traces[1]
        dw[2] += delta_out.mT @ s
    return dw


def test_gradient_is_the_sum_of_error_times_trace():
    net, x = make(), draw(10, 4, 5)
    same(gradients(ottt, net, x, squared), three_factor_sum(net, x))


def test_one_instant_is_back_propagation():
    net, x = make(), draw(1, 4, 5)
    same(gradients(ottt, net, x, squared), gradients(bptt, net, x, squared))


def test_without_memory_a_trace_is_the_spike_and_a_linear_loss_makes_it_back_propagation():
    net, x, seen = make(1e-3, 1e-3), draw(10, 4, 5), [[], [], []]
    same(gradients(ottt, net, x, linear), gradients(bptt, net, x, linear))
    ottt(net, x, linear, watch=seen)
    assert torch.equal(torch.stack(seen[0]), x)
    assert set(torch.stack(seen[1]).unique().tolist()) == {0.0, 1.0}


def test_with_memory_it_is_not_back_propagation_but_near_it():
    net, x = make(), draw(10, 4, 5)
    for online, exact in zip(gradients(ottt, net, x, linear), gradients(bptt, net, x, linear), strict=True):
        cosine = torch.cosine_similarity(online.flatten(), exact.flatten(), dim=0)
        assert cosine > 0.7
    assert not torch.allclose(gradients(ottt, net, x, linear)[0], gradients(bptt, net, x, linear)[0], rtol=1e-3)


def test_answer_is_the_network_s():
    net, x = make(), draw(10, 4, 5)
    torch.testing.assert_close(ottt(net, x, squared), net(x)[0].detach(), atol=1e-12, rtol=0)


class Kept:
    """A tensor that autograd keeps for a backward pass."""

    def __init__(self, tensor):
        self.tensor = tensor


def most_kept(train, net, x):
    """The most numbers that graphs hold whenever the loss is asked for."""
    kept, counts = weakref.WeakSet(), []

    def pack(tensor):
        wrapped = Kept(tensor)
        kept.add(wrapped)
        return wrapped

    def loss(out):
        counts.append(sum(wrapped.tensor.numel() for wrapped in kept))
        return squared(out)

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda wrapped: wrapped.tensor):
        train(net, x, loss)
    return max(counts)


def test_what_graphs_hold_does_not_grow_with_time():
    net = make()
    assert most_kept(ottt, net, draw(30, 4, 5)) == most_kept(ottt, net, draw(3, 4, 5)) > 0
    assert most_kept(bptt, net, draw(30, 4, 5)) > 5 * most_kept(bptt, net, draw(3, 4, 5))


def test_nothing_that_is_given_back_holds_a_graph():
    seen = [[], [], []]
    out = ottt(make(), draw(10, 4, 5).requires_grad_(), squared, watch=seen)
    assert not out.requires_grad
    assert not any(factor.requires_grad for factors in seen for factor in factors)


def test_watch_receives_the_traces_at_every_instant():
    net, x, seen = make(), draw(10, 4, 5), [[], [], []]
    out = ottt(net, x, squared, watch=seen)
    stacked = [torch.stack(factors) for factors in seen]
    assert [tuple(s.shape) for s in stacked] == [(10, 4, 5), (10, 4, 8), (10, 4, 6)]
    powers = net.neurons[0].alpha ** torch.arange(9, -1, -1, dtype=torch.float64)
    torch.testing.assert_close(stacked[0][-1], torch.einsum("t,tbi->bi", powers, x))
    torch.testing.assert_close(stacked[2] @ net.synapses[2].weight.detach().mT, out)


def test_projection_sees_the_trace():
    net, x, keep = make(), draw(10, 4, 5), draw(8, 8, name="keep")
    plain = gradients(ottt, net, x, squared)[1]
    net.synapses[1].project = lambda pre: pre @ keep
    torch.testing.assert_close(gradients(ottt, net, x, squared)[1], plain @ keep)


def test_without_hidden_layer_it_is_back_propagation():
    net, x = make(sizes=(5, 3)), draw(10, 4, 5)
    same(gradients(ottt, net, x, linear), gradients(bptt, net, x, linear))


@pytest.mark.parametrize("n_lists", [1, 2, 4])
def test_watch_holds_a_list_for_each_layer(n_lists):
    with pytest.raises(NeurariumError, match=f"ottt: `watch` must hold 3 lists, one for each layer, got {n_lists}"):
        ottt(make(), draw(10, 4, 5), squared, watch=[[] for _ in range(n_lists)])


def test_neurons_need_a_decay():
    net = make()
    net.neurons[1] = nn.Identity()
    with pytest.raises(NeurariumError, match="ottt: `net` must have neurons with a decay `alpha`, got 'Identity'"):
        ottt(net, draw(10, 4, 5), squared)
