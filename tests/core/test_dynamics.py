"""The contract of everything with state."""

from typing import NamedTuple

import pytest
import torch
from torch import Tensor, nn

from neurarium.core import AbstractDynamics


class State(NamedTuple):
    """One variable."""

    v: Tensor


class Leak(AbstractDynamics[State]):
    """``v = a v + x``."""

    def __init__(self, a=0.5):
        super().__init__()
        self.a = nn.Parameter(torch.tensor(a, dtype=torch.float64))

    def init_state(self, like):
        return State(torch.zeros_like(like))

    def step(self, x, state):
        v = self.a * state.v + x
        return v, State(v)


X = torch.arange(12, dtype=torch.float64).reshape(4, 3)


def test_forward_is_repeated_step():
    leak = Leak()
    out, last = leak(X)
    state = leak.init_state(X[0])
    for t, x in enumerate(X):
        expected, state = leak.step(x, state)
        assert torch.equal(out[t], expected)
    assert torch.equal(last.v, state.v)


def test_it_is_the_closed_form():
    out, _ = Leak()(X)
    kernel = torch.tensor([[0.5 ** (t - s) if s <= t else 0.0 for s in range(4)] for t in range(4)], dtype=X.dtype)
    assert torch.allclose(out, kernel @ X)


def test_time_can_be_cut_anywhere():
    leak = Leak()
    whole, last = leak(X)
    head, state = leak(X[:1])
    tail, end = leak(X[1:], state)
    assert torch.equal(torch.cat([head, tail]), whole)
    assert torch.equal(end.v, last.v)


def test_a_given_state_is_not_mutated():
    state = State(torch.ones(3, dtype=torch.float64))
    Leak()(X, state)
    assert state.v.tolist() == [1, 1, 1]


def test_gradients_flow_through_time_to_parameters_and_first_state():
    leak, state = Leak(), State(torch.ones(3, dtype=torch.float64).requires_grad_())
    out, _ = leak(X, state)
    out[-1].sum().backward()
    assert torch.allclose(state.v.grad, torch.full((3,), 0.5**4, dtype=torch.float64))
    assert torch.isfinite(leak.a.grad)
    assert leak.a.grad != 0


def test_a_faster_unroll_takes_the_place_of_the_loop():
    class Fused(Leak):
        def unroll(self, x, state):
            return x * 0, state

    assert Fused()(X)[0].sum() == 0


def test_what_lacks_a_step_cannot_be_built():
    class Half(AbstractDynamics[State]):
        def init_state(self, like):
            return State(like)

    with pytest.raises(TypeError, match="step"):
        Half()
