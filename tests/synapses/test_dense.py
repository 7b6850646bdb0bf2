import pytest
import torch
from torch import nn

from neurarium.core import NeurariumError, Rng
from neurarium.synapses import Dense


def draw(*shape, name="data"):
    return torch.randn(*shape, generator=Rng(3)(name), dtype=torch.float64)


def dense(n_pre=4, n_post=3):
    return Dense(n_pre=n_pre, n_post=n_post, rng=Rng(0)).double()


PASSES = {
    "input": lambda synapses, x: synapses(x),
    "input as factor": lambda synapses, x: synapses(x, x),
}


@pytest.mark.parametrize("shape", [(4,), (6, 4), (5, 6, 4)])
@pytest.mark.parametrize("run", PASSES.values(), ids=PASSES)
def test_is_linear_without_bias_forward_and_backward(shape, run):
    ours, theirs = dense(), nn.Linear(4, 3, bias=False).double()
    theirs.load_state_dict(ours.state_dict())
    x, delta = draw(*shape).requires_grad_(), draw(*shape[:-1], 3, name="delta")
    out, expected = run(ours, x), theirs(x)
    torch.testing.assert_close(out, expected)
    for got, want in zip(
        torch.autograd.grad(out, (x, ours.weight), delta),
        torch.autograd.grad(expected, (x, theirs.weight), delta),
        strict=True,
    ):
        torch.testing.assert_close(got, want)


@pytest.mark.parametrize("shape", [(4,), (6, 4), (5, 6, 4)])
def test_weight_change_sees_the_projected_factor_and_nothing_else_does(shape):
    synapses, keep = dense(), torch.diag(torch.tensor([1.0, 0.0, 0.5, 1.0], dtype=torch.float64))
    synapses.project = lambda pre: pre @ keep
    x, pre, delta = draw(*shape).requires_grad_(), draw(*shape, name="pre"), draw(*shape[:-1], 3, name="delta")
    out = synapses(x, pre)
    assert torch.equal(out, x @ synapses.weight.mT)
    out.backward(delta)
    weight_change = torch.einsum("bi,bj->ij", delta.reshape(-1, 3), pre.reshape(-1, 4) @ keep)
    torch.testing.assert_close(synapses.weight.grad, weight_change)
    torch.testing.assert_close(x.grad, delta @ synapses.weight.detach())


def test_projection_alone_is_applied_to_the_input():
    synapses, x, delta = dense(), draw(6, 4), draw(6, 3, name="delta")
    synapses.project = lambda pre: 2 * pre
    synapses(x).backward(delta)
    torch.testing.assert_close(synapses.weight.grad, 2 * delta.mT @ x)


def test_no_gradient_flows_into_the_factor_nor_through_its_projection():
    synapses, x, pre, seen = dense(), draw(6, 4), draw(6, 4, name="pre").requires_grad_(), []
    synapses.project = lambda pre: seen.append(pre) or pre
    synapses(x, pre).sum().backward()
    assert pre.grad is None
    assert not seen[0].requires_grad


def test_gradient_of_a_frozen_layer_still_reaches_its_input():
    synapses, x, delta = dense(), draw(6, 4).requires_grad_(), draw(6, 3, name="delta")
    synapses.weight.requires_grad_(False)
    synapses(x, draw(6, 4, name="pre")).backward(delta)
    torch.testing.assert_close(x.grad, delta @ synapses.weight)
    assert synapses.weight.grad is None


def test_costs_nothing_where_nothing_is_learned():
    synapses, calls = dense(), []
    synapses.project = lambda pre: calls.append(1) or pre
    with torch.no_grad():
        out = synapses(draw(6, 4), draw(6, 4, name="pre"))
    assert out.grad_fn is None
    synapses.weight.requires_grad_(False)
    synapses(draw(6, 4).requires_grad_())
    assert calls == []
    synapses.weight.requires_grad_(True)
    synapses(draw(6, 4))
    assert calls == [1]


def test_initial_weights_fill_their_interval_and_come_from_their_stream():
    before = torch.random.get_rng_state()
    weight = Dense(n_pre=400, n_post=300, gain=2.0, rng=Rng(0)).weight
    assert torch.equal(before, torch.random.get_rng_state())
    bound = 2.0 / 400**0.5
    assert 0.999 * bound < weight.abs().max() <= bound
    assert weight.std().item() == pytest.approx(bound / 3**0.5, rel=0.01)
    assert torch.equal(weight, Dense(n_pre=400, n_post=300, gain=2.0, rng=Rng(0)).weight)
    assert not torch.equal(weight, Dense(n_pre=400, n_post=300, gain=2.0, rng=Rng(1)).weight)


@pytest.mark.parametrize("wrong", [{"n_pre": 0}, {"n_post": -1}, {"gain": 0.0}])
def test_numbers_must_be_positive(wrong):
    with pytest.raises(NeurariumError, match=f"Dense: `{next(iter(wrong))}` must be a positive number"):
        Dense(**{"n_pre": 4, "n_post": 3, **wrong}, rng=Rng(0))
