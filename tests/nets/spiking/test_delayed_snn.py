from functools import partial

import pytest
import torch

from neurarium.core import NeurariumError, Rng, unroll
from neurarium.nets.spiking import DelayedSNN, SpikingMLP
from neurarium.neurons import ALIF, LIF, LeakyIntegrator
from neurarium.synapses import DelayedDense, Dense

DELAYED = partial(DelayedDense, max_delay_steps=4, gain=4.0)


def draw(*shape):
    return torch.rand(*shape, generator=Rng(1)("data"), dtype=torch.float64)


def make(sizes=(6, 9, 7, 3), synapses=DELAYED, seed=0, **options):
    return DelayedSNN(sizes=sizes, synapses=synapses, rng=Rng(seed), **options).double()


LOOPS = {"feed-forward": None, "recurrent": partial(Dense, gain=3.0)}


@pytest.mark.parametrize("recurrent", LOOPS.values(), ids=LOOPS)
def test_every_layer_does_what_the_equation_says(recurrent):
    net = make(sizes=(6, 9, 3), recurrent=recurrent, neuron=lambda: LIF(tau_mem_ms=3.0, threshold=0.8)).eval()
    x, lif = draw(12, 5, 6), LIF(tau_mem_ms=3.0)
    out, _ = net(x)
    arrives, v = net.synapses[0](x)[0], torch.zeros(5, 9, dtype=torch.float64)
    z, spikes = torch.zeros_like(v), []
    for current in arrives:
        feedback = 0 if recurrent is None else z @ net.layers[0].recurrent.weight.mT
        v = lif.alpha * v + current + feedback
        z = (v >= 0.8).double()
        v = v - 0.8 * z
        spikes.append(z)
    spikes = torch.stack(spikes)
    assert 0.05 < spikes.mean() < 0.95
    torch.testing.assert_close(out, LeakyIntegrator()(net.synapses[1](spikes)[0])[0])


@pytest.mark.parametrize("is_training", [True, False])
@pytest.mark.parametrize("recurrent", LOOPS.values(), ids=LOOPS)
def test_layer_by_layer_equals_instant_by_instant_forward_and_gradient(recurrent, is_training):
    net, x = make(recurrent=recurrent, neuron=ALIF).train(is_training), draw(12, 5, 6).requires_grad_()
    fused, last = net(x)
    stepped, last_stepped = unroll(net.step, x, net.init_state(x[0]))
    assert stepped.std() > 0.1
    torch.testing.assert_close(fused, stepped, atol=1e-10, rtol=0)
    torch.testing.assert_close(last, last_stepped, atol=1e-10, rtol=0)
    weights = [x, *(p for n, p in net.named_parameters() if is_training or "delay" not in n)]
    for a, b in zip(*(torch.autograd.grad(out.square().sum(), weights) for out in (fused, stepped)), strict=True):
        torch.testing.assert_close(a, b, atol=1e-9, rtol=1e-9)


def test_without_delays_it_is_a_spiking_mlp_with_a_leaky_read_out():
    net = make(synapses=partial(DelayedDense, max_delay_steps=0, gain=4.0))
    twin, x = SpikingMLP(sizes=(6, 9, 7, 3), gain=4.0, rng=Rng(0)).double(), draw(12, 5, 6)
    torch.testing.assert_close(net(x)[0], LeakyIntegrator()(twin(x)[0])[0])


def test_only_hidden_layers_feed_back():
    net = make(recurrent=Dense)
    assert [layer.recurrent is not None for layer in net.layers] == [True, True, False]
    assert net.layers[0].recurrent.weight.shape == (9, 9)
    assert not torch.equal(net.layers[0].recurrent.weight[:7, :7], net.layers[1].recurrent.weight)


def test_its_synapses_can_be_narrowed_and_clamped():
    net, x = make(), draw(12, 5, 6)
    wide = net(x)[0]
    for synapses in net.synapses:
        synapses.sigma_steps = 1e-3
        synapses.clamp_delays()
    assert not torch.equal(net(x)[0], wide)
    torch.testing.assert_close(net(x)[0], net.eval()(x)[0])


def test_layers_of_one_shape_get_different_weights():
    net = make(sizes=(4, 4, 4))
    assert not torch.equal(net.synapses[0].weight, net.synapses[1].weight)
    assert not torch.equal(net.synapses[0].delay_steps, net.synapses[1].delay_steps)


@pytest.mark.parametrize("sizes", [(), (4,)])
def test_fewer_than_two_sizes_are_refused(sizes):
    with pytest.raises(NeurariumError, match="DelayedSNN: `sizes` must name at least input and read-out"):
        make(sizes=sizes)
