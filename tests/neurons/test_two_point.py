import math

import pytest
import torch
from torch.autograd import gradcheck

from neurarium.core import Rng
from neurarium.core.errors import NeurariumError
from neurarium.neurons import Asynchronous, ContextGate, KayPhillips, PointSum, TwoPoint

R = torch.linspace(-4, 4, 161, dtype=torch.float64)
NONE = torch.zeros_like(R)
TRANSFERS = [KayPhillips(), Asynchronous(), ContextGate(), PointSum()]


def far(sign):
    return torch.full_like(R, sign * 1e3)


def test_without_context_the_published_functions_are_these():
    assert torch.equal(KayPhillips()(R, NONE), R)
    assert torch.equal(Asynchronous()(R, NONE), (R * R + 2 * R).clamp(0, 6))
    assert torch.equal(ContextGate()(R, NONE), torch.relu(R) / 2)
    assert torch.equal(PointSum()(R, NONE), torch.relu(R))


def test_which_cell_context_alone_can_drive():
    contexts = torch.linspace(-50, 50, 101, dtype=torch.float64)
    silence = torch.zeros_like(contexts)
    assert (KayPhillips()(silence, contexts) == 0).all()
    assert (ContextGate()(silence, contexts) == 0).all()
    assert torch.equal(Asynchronous()(silence, contexts), contexts.clamp(0, 6))
    assert torch.equal(PointSum()(silence, contexts), torch.relu(contexts))


def test_which_cell_context_can_silence():
    positive = R[R > 0]
    against = torch.full_like(positive, -1e3)
    torch.testing.assert_close(KayPhillips()(positive, against), positive / 2, rtol=0, atol=0)
    assert (Asynchronous()(positive, against) == 0).all()
    assert (ContextGate()(positive, against) == 0).all()


def test_kay_phillips_by_hand_and_its_sign():
    found = KayPhillips()(torch.tensor([2.0, -2.0]), torch.tensor([0.5, 0.5]))
    assert found.tolist() == pytest.approx([1 + math.e, -(1 + 1 / math.e)])
    for context in (far(1), far(-1), R.flip(0)):
        assert torch.equal(KayPhillips()(R, context).sign(), R.sign())


def test_kay_phillips_does_not_overflow_and_its_limit_is_where_it_says():
    r = torch.tensor([100.0], requires_grad=True)
    out = KayPhillips(limit=3.0)(r, torch.tensor([100.0]))
    out.sum().backward()
    assert out.item() == pytest.approx(50 * (1 + math.exp(3)))
    assert torch.isfinite(r.grad).all()


def test_asynchronous_by_hand_and_where_it_turns_to_nothing():
    found = Asynchronous()(torch.tensor([1.0, -1.0, 0.5, -3.0]), torch.tensor([0.5, 1.0, -1.0, 0.0]))
    assert found.tolist() == [4.0, 1.0, 0.0, 3.0]
    r = R[(R > 0) & (R < 1)]
    edge = -(r * r + 2 * r) / (1 + r)  # the context that just silences
    assert (Asynchronous()(r, edge - 1e-9) == 0).all()
    assert (Asynchronous()(r, edge + 1e-6) > 0).all()


@pytest.mark.parametrize("transfer", TRANSFERS)
def test_context_that_agrees_never_weakens(transfer):
    r = R[R > 0]
    grown = [transfer(r, torch.full_like(r, c)) for c in (-1.0, 0.0, 1.0)]
    assert (grown[0] <= grown[1]).all()
    assert (grown[1] <= grown[2]).all()
    assert (grown[0] < grown[2]).any()


@pytest.mark.parametrize("transfer", TRANSFERS)
def test_gradients(transfer):
    r, c = (torch.randn(20, generator=Rng(s)("x"), dtype=torch.float64).requires_grad_() for s in (0, 1))
    assert gradcheck(transfer, (r, c))


def test_layer_is_two_matrices_and_a_transfer():
    layer = TwoPoint(n_inputs=3, n_context=2, n_units=5, transfer=KayPhillips(), rng=Rng(0)).double()
    x, context = (torch.randn(4, 6, n, generator=Rng(0)("x"), dtype=torch.float64) for n in (3, 2))
    r = x @ layer.weight_basal.mT + layer.bias
    torch.testing.assert_close(layer(x, context), r * (1 + torch.exp(r * (context @ layer.weight_apical.mT))) / 2)
    torch.testing.assert_close(layer(x), r)
    assert layer(x).dtype == torch.float64


def test_all_kinds_of_unit_have_as_many_parameters_and_start_alike():
    layers = [TwoPoint(n_inputs=3, n_context=2, n_units=5, transfer=t, rng=Rng(3)) for t in TRANSFERS]
    for layer in layers:
        assert sum(p.numel() for p in layer.parameters()) == 5 * (3 + 2 + 1)
        assert torch.equal(layer.weight_apical, layers[0].weight_apical)


@pytest.mark.parametrize("change", [dict(n_inputs=0), dict(n_context=0), dict(n_units=0), dict(transfer=3)])
def test_bad_layer_is_refused(change):
    with pytest.raises(NeurariumError, match=next(iter(change))):
        TwoPoint(**{**dict(n_inputs=3, n_context=2, n_units=5), **change}, rng=Rng(0))


def test_bad_limit_is_refused():
    with pytest.raises(NeurariumError, match="limit"):
        KayPhillips(limit=0.0)
