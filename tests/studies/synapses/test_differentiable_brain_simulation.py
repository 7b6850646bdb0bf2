"""The comparison itself: are the operators the same matrix, and would a wrong gradient or a lost spike be seen?"""

import pytest
import torch

from neurarium.core import Rng
from neurarium.nets.spiking import COBA
from neurarium.studies.synapses import _operators as study
from neurarium.synapses import JustInTime


def drawn():
    return JustInTime(n_pre=30, n_post=20, p_connect=0.3, mean=0.5, spread=0.4, rng=Rng(0)).double()


@pytest.mark.parametrize("op", study.OPERATORS)
@pytest.mark.parametrize("shape", [(30,), (4, 30)])
def test_every_operator_is_the_same_matrix(op, shape):
    x = torch.rand(*shape, generator=Rng(1)("x"), dtype=torch.float64).requires_grad_()
    dense = drawn().to_sparse().to_dense().detach()
    y = study.OPERATORS[op](drawn())(x)
    torch.testing.assert_close(y, x @ dense.mT)
    y.square().sum().backward()
    torch.testing.assert_close(x.grad, 2 * (x @ dense.mT) @ dense)


def test_a_state_for_each_synapse_holds_and_passes_the_same_conductance():
    each, g = study.PerSynapse(drawn(), 0.5), torch.rand(20, generator=Rng(1)("g"), dtype=torch.float64)
    out, state = each.step(torch.zeros(30, dtype=torch.float64), each.holding(g))
    torch.testing.assert_close(out, 0.5 * g)
    z = torch.ones(30, dtype=torch.float64)
    torch.testing.assert_close(each.step(z, state)[0], 0.25 * g + each.weights(z))


@pytest.mark.parametrize("op", [*study.OPERATORS, "per_synapse"])
def test_networks_start_from_one_state_and_give_the_same_spikes(op):
    base = COBA(n_units=300, p_connect=0.25, rng=Rng(0)).double()
    drawn = study.drawn_connections(base, 0.25, Rng(1))
    reference = study.connect(base, drawn, "event")
    start = reference.draw_state(rng=Rng(2))
    spikes, _ = reference.simulate(400, start)
    net = study.connect(base, drawn, op)
    z, _ = study.run_steps(net, study.state_like(net, start), 400)
    assert z.sum() > 20
    assert study.agreement(z, spikes.raster(400, 300)[0]) == 1


def test_agreement_is_spikes_of_both_over_spikes_of_either():
    a, b = torch.zeros(4, 3), torch.zeros(4, 3)
    a[[0, 1, 2], 0] = 1
    b[[1, 2, 3], 0] = 1
    assert study.agreement(a, b) == pytest.approx(2 / 4)
    assert study.agreement(a, a) == 1


def test_a_wrong_gradient_is_seen():
    class Wrong(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return 3 * x

        @staticmethod
        def backward(ctx, g):
            return 3.01 * g

    x = torch.rand(5, generator=Rng(0)("x"), dtype=torch.float64)
    right = study.relative_error(lambda x: (3 * x).exp().sum(), x, [], Rng(0))
    wrong = study.relative_error(lambda x: Wrong.apply(x).exp().sum(), x, [], Rng(0))
    assert right < 1e-7
    assert wrong == pytest.approx(0.01 / 3, rel=1e-3)


def test_parameters_are_as_they_were_after_the_differences():
    w = torch.rand(5, generator=Rng(0)("w"), dtype=torch.float64).requires_grad_()
    before = w.detach().clone()
    study.relative_error(lambda x: (w * x).sum().exp(), torch.ones(5, dtype=torch.float64), [w], Rng(0))
    torch.testing.assert_close(w.detach(), before, atol=1e-15, rtol=0)


def test_medians_are_taken_in_turn():
    calls = []
    milliseconds = study.in_turn([lambda: calls.append("a"), lambda: calls.append("b")], 3)
    assert calls == ["a", "b"] * 4
    assert len(milliseconds) == 2
