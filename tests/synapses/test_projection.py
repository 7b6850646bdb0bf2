import pytest
import torch

from neurarium.core import Rng
from neurarium.synapses import NMDA, Alpha, DoubleExponential, Exponential, Projection, Sparse


def make(dynamics, is_aligned_to_pre):
    weights = Sparse(n_pre=40, n_post=7, p_connect=0.4, rng=Rng(0)).double()
    return Projection(weights=weights, dynamics=dynamics, is_aligned_to_pre=is_aligned_to_pre)


def spikes(*shape):
    return (torch.rand(*shape, generator=Rng(4)("spikes"), dtype=torch.float64) < 0.2).double()


@pytest.mark.parametrize(
    "dynamics", [Exponential(), Alpha(), DoubleExponential(), NMDA()], ids=lambda d: type(d).__name__
)
def test_aligned_to_pre_or_post_or_to_every_synapse_it_is_the_same(dynamics):
    z = spikes(30, 3, 40)
    post, state = make(dynamics, False)(z)
    pre, state_pre = make(dynamics, True)(z)
    torch.testing.assert_close(post, pre)
    synapses = make(dynamics, False).weights
    each = dynamics(z[..., synapses.pre])[0] * synapses.weight  # a state for each synapse
    by_synapse = torch.zeros_like(post).index_add(-1, synapses.targets, each)
    torch.testing.assert_close(post, by_synapse)
    assert all(s.shape == (3, 7) for s in state.synapses)
    assert all(s.shape == (3, 40) for s in state_pre.synapses)


def test_default_time_course_is_exponential():
    z = spikes(20, 40)
    weights = Sparse(n_pre=40, n_post=7, rng=Rng(0)).double()
    assert torch.equal(Projection(weights=weights)(z)[0], Exponential()(weights(z))[0])


def test_gradients_reach_weights_and_input():
    projection, z = make(Alpha(), False), spikes(20, 3, 40).requires_grad_()
    projection(z)[0].square().sum().backward()
    assert projection.weights.weight.grad.abs().min() > 0
    assert z.grad[:-1].abs().sum() > 0
