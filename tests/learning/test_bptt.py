import pytest
import torch

from neurarium.core import NeurariumError, Rng
from neurarium.learning import bptt
from neurarium.nets.spiking import SpikingMLP
from neurarium.neurons import LIF


def draw(*shape, name="data"):
    return torch.rand(*shape, generator=Rng(1)(name), dtype=torch.float64)


def make(sizes=(5, 8, 6, 3)):
    return SpikingMLP(sizes=sizes, neuron=lambda: LIF(tau_mem_ms=3.0), gain=4.0, rng=Rng(0)).double()


def squared(out):
    return (out - 0.3).square().sum()


def test_gradient_is_the_adjoint_recursion():
    """One hidden layer, errors carried back by hand: through the leak, and through the spike into the reset."""
    net, x = make((5, 8, 3)), draw(10, 4, 5)
    w, readout, lif = net.synapses[0].weight.detach(), net.synapses[1].weight.detach(), net.neurons[0]
    v, before, spikes = torch.zeros(4, 8, dtype=torch.float64), [], []
    for x_t in x:
        before.append(lif.alpha * v + x_t @ w.mT)
        spikes.append((before[-1] >= 1).double())
        v = before[-1] - spikes[-1]
    delta_out = 2 * ((torch.stack(spikes) @ readout.mT).mean(0) - 0.3) / len(x)
    into_v, dw = torch.zeros_like(v), torch.zeros_like(w)
    for x_t, v_t in zip(reversed(x), reversed(before), strict=True):
        at_spike = delta_out @ readout - into_v
        delta = into_v + at_spike * lif.surrogate.grad(v_t - 1)
        dw += delta.mT @ x_t
        into_v = lif.alpha * delta
    bptt(net, x, squared)
    assert 0.1 < torch.stack(spikes).mean() < 0.9
    torch.testing.assert_close(net.synapses[0].weight.grad, dw)
    torch.testing.assert_close(net.synapses[1].weight.grad, delta_out.mT @ torch.stack(spikes).sum(0))


def test_answer_is_the_network_s_and_gradients_accumulate():
    net, x = make(), draw(10, 4, 5)
    out = bptt(net, x, squared)
    assert torch.equal(out, net(x)[0])
    assert not out.requires_grad
    once = [w.grad.clone() for w in net.parameters()]
    assert all(g.abs().max() > 1e-3 for g in once)
    bptt(net, x, squared)
    for w, g in zip(net.parameters(), once, strict=True):
        torch.testing.assert_close(w.grad, 2 * g)


def test_projection_acts_on_the_gradient():
    """p is linear and the same at every instant, so projecting the factors is projecting the gradient."""
    net, x, keep = make(), draw(10, 4, 5), draw(8, 8, name="keep")
    bptt(net, x, squared)
    plain = net.synapses[1].weight.grad.clone()
    net.zero_grad()
    net.synapses[1].project = lambda pre: pre @ keep
    bptt(net, x, squared)
    torch.testing.assert_close(net.synapses[1].weight.grad, plain @ keep)


def test_watch_receives_what_every_layer_saw():
    net, x, seen = make(), draw(10, 4, 5), [[], [], []]
    out = bptt(net, x, squared, watch=seen)
    assert [[tuple(f.shape) for f in factors] for factors in seen] == [[(10, 4, 5)], [(10, 4, 8)], [(10, 4, 6)]]
    assert torch.equal(seen[0][0], x)
    assert set(seen[1][0].unique().tolist()) == {0.0, 1.0}
    torch.testing.assert_close(seen[2][0] @ net.synapses[2].weight.detach().mT, out)
    assert not any(factors[0].requires_grad for factors in seen)


def test_an_expanded_input_reaches_watch_unexpanded():
    """A projection counts it once: see HebbianProjection."""
    net, x, seen = make(), draw(4, 5).expand(10, -1, -1), [[], [], []]
    bptt(net, x, squared, watch=seen)
    assert seen[0][0].stride(0) == 0


@pytest.mark.parametrize("n_lists", [1, 2, 4])
def test_watch_holds_a_list_for_each_layer(n_lists):
    with pytest.raises(NeurariumError, match=f"bptt: `watch` must hold 3 lists, one for each layer, got {n_lists}"):
        bptt(make(), draw(10, 4, 5), squared, watch=[[] for _ in range(n_lists)])
