import itertools

import pytest
import torch
from torch import nn

from neurarium.alignment._probe_points import probe_points
from neurarium.alignment._rectifier_mlp import parameter_jacobian
from neurarium.alignment.functional_dimension import functional_dimension
from neurarium.core import NeurariumError, Rng


def layers(sizes, seed=0, nets=()):
    g = Rng(seed)("weights")
    draw = lambda *shape: torch.randn(*nets, *shape, generator=g, dtype=torch.float64)  # noqa: E731
    return [(draw(o, i), draw(o)) for i, o in itertools.pairwise(sizes)]


def points(n, dims, size=1.0):
    return torch.randn(n, dims, generator=Rng(1)("x"), dtype=torch.float64).clamp(-2, 2) * size


def module(sizes, between=nn.ReLU, seed=0):
    net = nn.Sequential()
    for w, b in layers(sizes, seed):
        linear = nn.Linear(w.shape[1], w.shape[0])
        linear.weight.data, linear.bias.data = w.float(), b.float()
        net.extend([linear, between()])
    return net[:-1]


class Wrapped(nn.Module):
    """A module whose closed form nobody knows."""

    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, x):
        return self.net(x)


@pytest.mark.parametrize("between", [nn.ReLU, lambda: nn.LeakyReLU(0.2)])
def test_closed_form_is_the_derivative_by_autograd(between):
    net = module((3, 4, 5, 2), between)
    weights = [(m.weight.detach().double(), m.bias.detach().double()) for m in net[::2]]
    slope = getattr(net[1], "negative_slope", 0.0)
    x = points(6, 3)
    found = parameter_jacobian(weights, x, slope)
    net = net.double()
    rows = []
    for y in net(x).flatten():
        g = torch.autograd.grad(y, list(net.parameters()), retain_graph=True)
        rows.append(
            torch.cat([torch.cat((dw, db[:, None]), 1).flatten() for dw, db in zip(g[::2], g[1::2], strict=True)])
        )
    torch.testing.assert_close(found, torch.stack(rows))
    closed, by_module = functional_dimension(net, points(400, 3)), functional_dimension(Wrapped(net), points(400, 3))
    assert closed.rank == by_module.rank
    assert (closed.bound, by_module.bound) == (53 - 9, 53)


@pytest.mark.parametrize(("sizes", "n_units"), [((1, 4, 1), 4), ((3, 5, 1), 5), ((2, 6, 3), 6)])
def test_one_layer_of_distinct_hyperplanes_has_no_hidden_symmetry(sizes, n_units):
    """Distinct kinks inside the points: kink and slope of each unit can be read off the function."""
    w = layers((sizes[0], n_units))[0][0]
    kinks = torch.linspace(-0.7, 0.8, n_units, dtype=torch.float64)[:, None].expand_as(
        w
    )  # each unit's, on the diagonal
    b = -(w * kinks).sum(1)
    out = layers((n_units, sizes[2]))[0]
    found = functional_dimension([(w, b), out], points(1500, sizes[0]))
    assert found.deficit == 0
    assert found.half_rank == found.rank


def test_planted_dead_unit_costs_its_weights():
    """In and out weights do nothing: n_in + 1 + n_out, less the scaling that was counted already."""
    net = layers((3, 5, 2))
    net[0][1][2] = -50.0
    assert functional_dimension(net, points(1500, 3)).deficit == 3 + 1 + 2 - 1


@pytest.mark.parametrize("n_on", [1, 2, 3])
def test_planted_units_that_are_always_on_are_one_linear_map(n_on):
    """n_on (n_in + 2) parameters, n_on scalings known, and all they reach are the n_in slopes of one linear map."""
    net = layers((3, 6, 1))
    net[0][1][:n_on] = 50.0
    assert functional_dimension(net, points(2000, 3)).deficit == n_on * (3 + 2) - n_on - 3


def test_twin_units_are_a_symmetry():
    """Two equal hyperplanes: only the sum of their out-weights shows, and one rotation of the pair."""
    net = layers((2, 4, 1))
    net[0][0][1], net[0][1][1] = net[0][0][0], net[0][1][0]
    assert functional_dimension(net, points(1000, 2)).deficit == 2 + 1


def test_scaling_changes_nothing():
    net = layers((2, 4, 4, 1), nets=(3,))
    x = probe_points(n_samples=1500, n_inputs=2, rng=Rng(0))
    before = functional_dimension(net, x)
    (w, b), (v, c), last = net
    scale = torch.tensor([0.01, 1.0, 7.0, 300.0], dtype=torch.float64)
    after = functional_dimension([(w * scale[:, None], b * scale), (v / scale, c), last], x)
    assert before.rank.tolist() == after.rank.tolist()
    assert before.bound == 4 * 3 + 4 * 5 + 5 - 8
    assert (before.deficit >= 0).all()


def test_stacked_networks_are_single_ones():
    net = layers((2, 3, 3, 1), nets=(2, 2))
    x = points(600, 2)
    together = functional_dimension(net, x)
    for i, k in itertools.product(range(2), range(2)):
        alone = functional_dimension([(w[i, k], b[i, k]) for w, b in net], x.numpy())
        assert alone.rank == together.rank[i, k]
        torch.testing.assert_close(alone.singular_values, together.singular_values[i, k], atol=1e-10, rtol=1e-6)


def test_few_points_show_in_half_of_them():
    found = functional_dimension(layers((3, 6, 1)), points(24, 3))
    assert found.half_rank <= 12 < found.rank <= 24


def test_known_symmetries_of_another_module_are_the_users_word():
    net = Wrapped(module((2, 3, 1)))
    assert functional_dimension(net, points(300, 2), n_symmetries=3).bound == 13 - 3


def test_bad_input_is_refused():
    with pytest.raises(NeurariumError, match=r"net\[1\]"):
        functional_dimension([*layers((2, 3)), *layers((4, 1))], points(10, 2))
    with pytest.raises(NeurariumError, match="net"):
        functional_dimension([], points(10, 2))
    with pytest.raises(NeurariumError, match="X"):
        functional_dimension(layers((2, 3, 1)), points(1, 2))
    with pytest.raises(NeurariumError, match="rtol"):
        functional_dimension(layers((2, 3, 1)), points(9, 2), rtol=2.0)
    with pytest.raises(NeurariumError, match="scales"):
        probe_points(n_samples=3, n_inputs=2, scales=(1.0, 0.1), rng=Rng(0))
