"""The loop over time: right numbers, right gradient, and a backward pass that is linear in T."""

from collections import Counter

import pytest
import torch

from neurarium.core import unroll
from neurarium.core.loop import final

W = torch.randn(3, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64) / 3


def step(x, state):
    state = torch.tanh(x + state @ W)
    return 2 * state, state


def by_index(x, state):
    """What unroll must equal, written the slow way."""
    outs = []
    for t in range(len(x)):
        out, state = step(x[t], state)
        outs.append(out)
    return torch.stack(outs), state


def inputs(n_steps, *shape):
    return torch.randn(n_steps, *shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


@pytest.mark.parametrize("shape", [(3,), (4, 3), (2, 4, 3)])
def test_it_is_the_loop_written_out(shape):
    x, state = inputs(6, *shape), torch.zeros(*shape, dtype=torch.float64)
    for ours, theirs in zip(unroll(step, x, state), by_index(x, state), strict=True):
        assert torch.equal(ours, theirs)


def test_the_gradient_is_that_of_the_loop_written_out():
    grads = []
    for loop in (unroll, lambda step, x, state: by_index(x, state)):
        x, state = inputs(6, 4, 3).requires_grad_(), inputs(1, 4, 3)[0].requires_grad_()
        out, last = loop(step, x, state)
        grads.append(torch.autograd.grad(out.square().sum() + last.sum(), (x, state)))
    for ours, theirs in zip(*grads, strict=True):
        assert torch.allclose(ours, theirs, atol=1e-14)


def nodes(out):
    """Every node of the backward graph, by kind."""
    seen, todo, kinds = set(), [out.grad_fn], Counter()
    while todo:
        node = todo.pop()
        if node is not None and node not in seen:
            seen.add(node)
            kinds[type(node).__name__] += 1
            todo.extend(n for n, _ in node.next_functions)
    return kinds


def test_the_backward_pass_is_linear_in_time():
    """``x[t]`` leaves a SelectBackward a step, each of which fills an array as long as the whole input."""

    def count(loop, n_steps):
        x = inputs(n_steps, 2, 3).requires_grad_()
        return nodes(loop(x, torch.zeros(2, 3, dtype=torch.float64))[0])

    def ours(x, state):
        return unroll(step, x, state)

    assert count(by_index, 20)["SelectBackward0"] == 20
    for n_steps in (10, 20, 40):
        assert count(ours, n_steps)["SelectBackward0"] == 0
        assert count(ours, n_steps)["UnbindBackward0"] == 1
    sizes = [sum(count(ours, n).values()) for n in (10, 20, 40)]
    assert sizes[2] - sizes[1] == 2 * (sizes[1] - sizes[0])


def test_a_state_carried_over_continues_the_run():
    x, state = inputs(7, 3), torch.zeros(3, dtype=torch.float64)
    whole, last = unroll(step, x, state)
    head, between = unroll(step, x[:3], state)
    tail, end = unroll(step, x[3:], between)
    assert torch.equal(torch.cat([head, tail]), whole)
    assert torch.equal(end, last)


def test_final_keeps_only_the_last():
    x, state = inputs(7, 3), torch.zeros(3, dtype=torch.float64)
    outs, last = unroll(step, x, state)
    out, end = final(step, x, state)
    assert torch.equal(out, outs[-1])
    assert torch.equal(end, last)


@pytest.mark.parametrize("loop", [unroll, final])
@pytest.mark.parametrize("x", [torch.zeros(0, 3), torch.tensor(1.0)])
def test_no_time_step_is_refused(loop, x, refuses):
    with refuses("at least one time step on its first axis"):
        loop(step, x, torch.zeros(3))
