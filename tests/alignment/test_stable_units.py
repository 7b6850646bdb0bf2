import pytest
import torch
from torch import nn

from neurarium.alignment.functional_dimension import functional_dimension
from neurarium.alignment.stable_units import stable_units
from neurarium.core import NeurariumError, Rng

X = torch.randn(800, 2, generator=Rng(0)("x"), dtype=torch.float64).clamp(-2, 2)


def net(first_bias, second_bias):
    w1 = torch.tensor([[1.0, 0.5], [-1.0, 0.3], [0.2, -1.0]])
    w2 = torch.tensor([[1.0, -1.0, 0.5], [0.4, 0.6, -1.0]])
    return [
        (w1, torch.tensor(first_bias)),
        (w2, torch.tensor(second_bias)),
        (torch.tensor([[1.0, -2.0]]), torch.zeros(1)),
    ]


def test_planted_units_are_found():
    found = stable_units(net([0.0, -9.0, 9.0], [0.0, -30.0]), X)
    assert [d.tolist() for d in found.dead] == [[False, True, False], [False, True]]
    assert [on.tolist() for on in found.always_on] == [[False, False, True], [True, False]]
    assert found.missed[0].tolist() == [True, True]
    assert found.is_linear.tolist() == [False, True]


def test_a_unit_that_sees_only_inhibition_is_dead_and_costs_dimensions():
    layers = net([0.0, 0.1, 0.2], [0.0, 0.1])
    assert not any(s.any() for s in stable_units(layers, X).missed)
    layers[1][0][1], layers[1][1][1] = torch.tensor([-0.4, -0.6, -1.0]), -0.1
    found = stable_units(layers, X)
    assert found.dead[1].tolist() == [False, True]
    assert functional_dimension(layers, X).deficit >= 3 + 1  # in and out weights, whatever else is lost


def test_sequential_and_stacked_weights_agree():
    module = nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 1))
    w, b = module[0].weight.detach(), module[0].bias.detach().clone()
    b[1] = -100.0
    module[0].bias.data = b
    out = module[2].weight.detach(), module[2].bias.detach()
    both = stable_units([(torch.stack((w, w)), torch.stack((b, -b))), tuple(torch.stack((t, t)) for t in out)], X)
    assert both.dead[0][0].tolist() == stable_units(module, X.numpy()).dead[0].tolist()
    assert both.always_on[0][1, 1]


def test_bad_module_is_refused():
    with pytest.raises(NeurariumError, match="Sequential"):
        stable_units(nn.Linear(2, 1), X)
    with pytest.raises(NeurariumError, match="negative_slope"):
        stable_units(net([0.0, 0.0, 0.0], [0.0, 0.0]), X, negative_slope=-1.0)
