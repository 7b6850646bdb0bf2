import pytest
import torch

from neurarium.core import NeurariumError, Rng, unroll
from neurarium.nets.spiking import SpikingMLP
from neurarium.neurons import LIF, LIFState


def draw(*shape):
    return torch.rand(*shape, generator=Rng(1)("data"), dtype=torch.float64)


def make(seed=0, sizes=(6, 9, 7, 3), **kwargs):
    return SpikingMLP(sizes=sizes, gain=4.0, rng=Rng(seed), **kwargs).double()


def test_every_layer_does_what_the_equation_says():
    net, x = make(neuron=lambda: LIF(tau_mem_ms=3.0, threshold=0.8)), draw(12, 5, 6)
    out, state = net(x)
    s = x
    for synapses, cell in zip(net.synapses, state.cells, strict=False):
        lif, v, spikes = LIF(tau_mem_ms=3.0), torch.zeros(5, synapses.weight.shape[0], dtype=torch.float64), []
        for current in torch.einsum("tbi,oi->tbo", s, synapses.weight):
            v = lif.alpha * v + current
            spikes.append((v >= 0.8).double())
            v = v - 0.8 * spikes[-1]
        s = torch.stack(spikes)
        assert 0.05 < s.mean() < 0.95
        torch.testing.assert_close(cell.v, v)
    torch.testing.assert_close(out, torch.einsum("tbi,oi->tbo", s, net.synapses[-1].weight))


def test_layer_by_layer_equals_instant_by_instant_forward_and_gradient():
    net, x = make(), draw(12, 5, 6).requires_grad_()
    fused, last = net(x)
    stepped, last_stepped = unroll(net.step, x, net.init_state(x[0]))
    assert stepped.std() > 0.1
    torch.testing.assert_close(fused, stepped, atol=1e-10, rtol=0)
    for a, b in zip(last.cells, last_stepped.cells, strict=True):
        torch.testing.assert_close(a.v, b.v, atol=1e-10, rtol=0)
    weights = [x, *net.parameters()]
    target = draw(5, 3)
    for a, b in zip(
        *(torch.autograd.grad((out.mean(0) - target).square().sum(), weights) for out in (fused, stepped)), strict=True
    ):
        assert a.abs().max() > 1e-4
        torch.testing.assert_close(a, b, atol=1e-10, rtol=1e-10)


def test_carried_state_continues_the_sequence():
    net, x = make(), draw(12, 5, 6)
    whole, end = net(x)
    first, middle = net(x[:7])
    second, late = net(x[7:], middle)
    torch.testing.assert_close(torch.cat([first, second]), whole, atol=1e-12, rtol=0)
    torch.testing.assert_close(late.cells[1].v, end.cells[1].v, atol=1e-12, rtol=0)
    assert not torch.equal(net(x[7:])[0], second)


def test_state_starts_as_each_neuron_says():
    class Charged(LIF):
        def init_state(self, like):
            return LIFState(torch.full_like(like, 0.5))

    state = make(neuron=Charged).init_state(draw(2, 5, 6))
    assert [tuple(cell.v.shape) for cell in state.cells] == [(2, 5, 9), (2, 5, 7)]
    assert all((cell.v == 0.5).all() and cell.v.dtype == torch.float64 for cell in state.cells)


def test_without_hidden_layer_it_is_its_synapses():
    net, x = make(sizes=(6, 3)), draw(4, 5, 6)
    out, state = net(x)
    assert state.cells == ()
    assert torch.equal(out, x @ net.synapses[0].weight.mT)


def test_state_dict_round_trip():
    net, twin, x = make(), make(seed=1), draw(12, 5, 6)
    assert sorted(net.state_dict()) == [f"synapses.{i}.weight" for i in range(3)]
    assert not torch.equal(net(x)[0], twin(x)[0])
    twin.load_state_dict(net.state_dict())
    assert torch.equal(net(x)[0], twin(x)[0])


def test_layers_of_one_shape_get_different_weights():
    net = make(sizes=(4, 4, 4))
    assert not torch.equal(net.synapses[0].weight, net.synapses[1].weight)


@pytest.mark.parametrize("sizes", [(), (4,)])
def test_needs_input_and_read_out(sizes):
    with pytest.raises(NeurariumError, match="SpikingMLP: `sizes` must name at least input and read-out"):
        make(sizes=sizes)


def test_a_size_of_zero_is_refused():
    with pytest.raises(NeurariumError, match="Dense: `n_post` must be a positive number"):
        make(sizes=(4, 0, 2))
