"""The contract of parts with state, tested on every one of them."""

import copy

import numpy as np
import torch
from tests.catalogue.entries import build, entry, width

from neurarium.core.catalogue import find


def same(a, b, tolerance=1e-10):
    for left, right in zip(flat(a), flat(b), strict=True):
        torch.testing.assert_close(left, right, rtol=tolerance, atol=tolerance)


def flat(state):
    """The tensors of a state, in order."""
    if isinstance(state, torch.Tensor):
        return [state]
    return [t for field in state for t in flat(field)] if isinstance(state, (tuple, list)) else []


def test_builds_and_is_named_as_its_file(card):
    assert (
        card.symbol.lower() == card.path.stem.replace("_", "") or card.kind == "study" or card.symbol == card.path.stem
    )


def test_forward_is_repeated_step(dynamics, sequence):
    part, x = build(dynamics).double(), sequence(dynamics)
    out, last = part(x)
    state, stepped = part.init_state(x[0]), []
    for x_t in x.unbind(0):
        out_t, state = part.step(x_t, state)
        stepped.append(out_t)
    same(out, torch.stack(stepped))
    same(last, state)


def test_carried_state_continues_where_it_stopped(dynamics, sequence):
    part, x = build(dynamics).double(), sequence(dynamics)
    whole, end = part(x)
    first, middle = part(x[:3])
    second, late = part(x[3:], middle)
    same(whole, torch.cat([first, second]))
    same(end, late)


def test_the_state_that_goes_in_is_not_changed(dynamics, sequence):
    part, x = build(dynamics).double(), sequence(dynamics)
    _, state = part(x)
    before = copy.deepcopy([t.detach() for t in flat(state)])
    part(x, state)
    same(before, [t.detach() for t in flat(state)], 0.0)


def test_rows_of_a_batch_are_independent(dynamics, sequence):
    part, x = build(dynamics).double(), sequence(dynamics)
    changed = x.clone()
    changed[:, 0] += 1.0
    same(part(x)[0][:, 1:], part(changed)[0][:, 1:])
    assert not torch.equal(part(x)[0][:, 0], part(changed)[0][:, 0]), "the input has no effect"


def test_dtype_follows_the_input(dynamics, sequence):
    x = sequence(dynamics)
    for dtype in (torch.float32, torch.float64):
        out, state = build(dynamics).to(dtype)(x.to(dtype))
        assert out.dtype == dtype
        assert all(t.dtype == dtype for t in flat(state) if t.is_floating_point())


def test_global_randomness_is_untouched(dynamics, sequence):
    torch_before, numpy_before = torch.get_rng_state(), np.random.get_state()  # noqa: NPY002
    build(dynamics).double()(sequence(dynamics))
    assert torch.equal(torch_before, torch.get_rng_state())
    assert np.array_equal(numpy_before[1], np.random.get_state()[1])  # noqa: NPY002


def test_state_dict_round_trip(dynamics, sequence):
    part, x = build(dynamics).double(), sequence(dynamics)
    twin = build(dynamics).double()
    with torch.no_grad():
        for p in twin.parameters():
            p.add_(1.0)
    twin.load_state_dict(part.state_dict())
    same(part(x)[0], twin(x)[0], 0.0)


def test_gradients_are_finite(differentiable, sequence):
    part, x = build(differentiable).double(), sequence(differentiable).requires_grad_()
    part(x)[0].square().sum().backward()
    assert torch.isfinite(x.grad).all()
    assert (x.grad != 0).any(), "nothing flows back to the input"
    assert all(p.grad is not None and torch.isfinite(p.grad).all() for p in part.parameters())


def test_limit_laws_hold_exactly(reducible, sequence):
    for name, arguments in entry(reducible).__card__["reduces_to"].items():
        simple = find(name, "part")
        assert width(simple) == width(reducible), "the two need the same input"
        x = sequence(reducible)
        same(build(reducible, **arguments).double()(x)[0], build(simple).double()(x)[0], 0.0)
