import torch

from neurarium.alignment import functional_dimension, probe_points
from neurarium.core import Rng
from neurarium.studies.alignment._rectifier_nets import built_layers, order
from neurarium.studies.alignment._stacked_mlps import descended, he_layers, outputs


def test_he_weights_have_his_variance():
    layers = he_layers((50, 40, 1), 20, bias_std=0.1, rng=Rng(0))
    assert layers[0][0].shape == (20, 40, 50)
    assert abs(layers[0][0].var() * 50 / 2 - 1) < 0.05
    assert abs(layers[0][1].std() / 0.1 - 1) < 0.15


def test_every_unit_of_a_built_network_switches_in_the_ball():
    layers = built_layers((3, 5, 4, 4, 1), 6, bias_std=0.1, rng=Rng(0))
    directions = torch.nn.functional.normalize(torch.randn(4000, 3, generator=Rng(1)("x"), dtype=torch.float64), dim=1)
    x, h0, radius = directions, torch.zeros(6, 1, 3, dtype=torch.float64), 1.0
    h = x.expand(6, -1, -1)
    for weight, bias in layers[:-1]:
        at_centre = h0 @ weight.mT + bias[:, None]
        at_edge = h0 + (h - h0) * radius  # affine up to here, so the ball may be shrunk after the fact
        a = at_edge @ weight.mT + bias[:, None]
        assert (at_centre > 0).all()
        assert (a.amin(1) < 0).all()
        h = at_centre + (h - h0) @ weight.mT  # the affine part alone
        h0, radius = at_centre, radius / 2


def test_built_networks_are_without_hidden_symmetries_where_drawn_ones_are_not():
    x = probe_points(n_samples=2000, n_inputs=3, rng=Rng(0))
    built, drawn = (
        functional_dimension(make((3, 3, 3, 3, 1), 8, bias_std=0.1, rng=Rng(2)), x).deficit
        for make in (built_layers, he_layers)
    )
    assert (built == 0).sum() >= 7
    assert (drawn == 0).sum() <= 3


def test_networks_are_trained_each_on_its_own():
    x, y = torch.randn(40, 3, generator=Rng(0)("x"), dtype=torch.float64), torch.arange(40) % 2

    def loss(logits):
        return torch.nn.functional.cross_entropy(logits.flatten(0, 1), y.repeat(len(logits)))

    nets = he_layers((3, 4, 2), 3, bias_std=0.1, rng=Rng(1))
    together, losses = descended(nets, x, loss, lr=0.05, n_updates=60)
    alone, _ = descended([(w[1:2], b[1:2]) for w, b in nets], x, loss, lr=0.05, n_updates=60)
    assert losses[-1] < losses[0]
    torch.testing.assert_close(outputs(together, x)[1], outputs(alone, x)[0])


def test_order_of_what_never_changes_is_none():
    assert order((1, 2, 3), [0.5, 0.5, 0.5]) == 0.0
    assert order((1, 2, 3), [0.9, 0.5, 0.1]) == -1.0
