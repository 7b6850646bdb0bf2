import pytest
import torch

from neurarium.core import NeurariumError, Rng, unroll
from neurarium.nets.recurrent import GRU


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize("shape", [(9, 4, 3), (9, 3), (9, 2, 4, 3)])
def test_steps_by_the_equations_equal_the_fused_kernel_forward_and_gradient(shape):
    net = GRU(n_inputs=3, n_units=5, rng=Rng(0)).double()
    x = normal(*shape)
    state = net.init_state(x[0])._replace(h=normal(*shape[1:-1], 5, seed=1))
    fused, last = net(x, state)
    steps, last_of_steps = unroll(net.step, x, state)
    torch.testing.assert_close(fused, steps, atol=1e-12, rtol=0)
    torch.testing.assert_close(last.h, last_of_steps.h, atol=1e-12, rtol=0)
    found = [torch.autograd.grad(out.pow(2).sum(), list(net.parameters())) for out in (fused, steps)]
    torch.testing.assert_close(*found, atol=1e-10, rtol=0)


def test_steps_equal_torch_gru_with_the_same_weights():
    net, peer = GRU(n_inputs=3, n_units=5, rng=Rng(0)).double(), torch.nn.GRU(3, 5).double()
    peer.load_state_dict({name.removeprefix("gru."): w for name, w in net.state_dict().items()})
    x = normal(9, 4, 3)
    steps, _ = unroll(net.step, x, net.init_state(x[0]))
    torch.testing.assert_close(steps, peer(x)[0], atol=1e-12, rtol=0)


def test_weights_come_from_the_stream_alone():
    before = torch.random.get_rng_state()
    nets = [GRU(n_inputs=3, n_units=5, rng=Rng(seed)) for seed in (0, 0, 1)]
    assert torch.equal(before, torch.random.get_rng_state())
    a, b, other = (torch.cat([w.flatten() for w in net.parameters()]) for net in nets)
    assert torch.equal(a, b)
    assert not torch.equal(a, other)
    assert a.abs().max() <= 5**-0.5
    assert a.unique().numel() == a.numel()


def test_sizes_must_be_positive():
    with pytest.raises(NeurariumError, match="GRU: `n_units` must be a positive number"):
        GRU(n_inputs=3, n_units=0, rng=Rng(0))
