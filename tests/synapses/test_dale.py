import pytest
import torch
from torch.nn.utils.parametrize import register_parametrization

from neurarium.core import NeurariumError, Rng
from neurarium.synapses import Dale, Dense, Sparse


def lawful(layer, n_exc=3, n_inh=2):
    register_parametrization(layer, "weight", Dale(n_exc=n_exc, n_inh=n_inh))
    return layer


def test_no_step_of_the_optimiser_changes_a_sign():
    layer = lawful(Dense(n_pre=5, n_post=4, rng=Rng(0)))
    x, target = torch.rand(30, 5, generator=Rng(0)("x")), torch.randn(30, 4, generator=Rng(0)("y"))
    optimiser, before = torch.optim.SGD(layer.parameters(), lr=0.3), layer.weight.detach().clone()
    losses = []
    for _ in range(200):
        loss = (layer(x) - target).square().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
        assert (layer.weight[:, :3] >= 0).all()
        assert (layer.weight[:, 3:] <= 0).all()
    assert losses[-1] < 0.9 * losses[0]
    assert not torch.equal(before, layer.weight)


def test_it_finds_the_best_lawful_weights():
    """Independent inputs: the least squares under the law are the free ones with the wrong signs set to zero."""
    free = torch.tensor([[0.7, -0.4, 0.3, 0.5, -0.6]])
    layer = lawful(Dense(n_pre=5, n_post=1, rng=Rng(0)))
    optimiser = torch.optim.SGD(layer.parameters(), lr=0.1)
    x = torch.eye(5)
    for _ in range(600):
        optimiser.zero_grad()
        (layer(x) - x @ free.mT).square().sum().backward()
        optimiser.step()
    torch.testing.assert_close(layer.weight.detach(), torch.tensor([[0.7, 0.0, 0.3, 0.0, -0.6]]), atol=0.07, rtol=0)


def test_sizes_are_kept_and_the_law_is_a_projection():
    weight, dale = torch.randn(4, 5, generator=Rng(0)("w")), Dale(n_exc=3, n_inh=2)
    once = dale(dale.right_inverse(weight))
    assert torch.equal(once.abs(), weight.abs())
    assert torch.equal(dale(dale.right_inverse(once)), once)
    assert once[:, :3].min() > 0 > once[:, 3:].max()


def test_it_serves_sparse_synapses_counted_by_synapse():
    layer = Sparse(n_pre=5, n_post=6, p_connect=0.5, rng=Rng(0))
    n_exc = int(layer.starts[3])
    lawful(layer, n_exc=n_exc, n_inh=len(layer.weight) - n_exc)
    dense = layer.to_dense()
    assert (dense[:, :3] >= 0).all()
    assert (dense[:, 3:] <= 0).all()
    layer(torch.ones(5)).sum().backward()
    assert layer.parametrizations.weight.original.grad.abs().sum() > 0


def test_bad_counts_and_bad_widths_are_refused():
    with pytest.raises(NeurariumError, match="Dale: `n_exc` must be a whole number of at least 0"):
        Dale(n_exc=-1, n_inh=1)
    with pytest.raises(NeurariumError, match="Dale: `free` must end in 5 presynaptic units"):
        Dale(n_exc=3, n_inh=2)(torch.ones(2, 4))
