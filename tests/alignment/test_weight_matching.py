import itertools

import numpy as np
import pytest
import torch
from torch import nn

from neurarium.alignment._rectifier_mlp import rectifier_outputs
from neurarium.alignment.weight_matching import weight_matching
from neurarium.core import NeurariumError, Rng


def layers(sizes, seed=0):
    g = Rng(seed)("weights")
    draw = lambda *shape: torch.randn(*shape, generator=g, dtype=torch.float64)  # noqa: E731
    return [(draw(o, i), draw(o)) for i, o in itertools.pairwise(sizes)]


def disguised(net, seed=0):
    """The same function: hidden units in another order, at other positive scales."""
    generator, net = np.random.default_rng(seed), [list(layer) for layer in net]
    orders = []
    for here, after in itertools.pairwise(net):
        order = generator.permutation(len(here[1]))
        scale = torch.from_numpy(np.exp(generator.normal(size=len(order))))
        here[0], here[1] = here[0][order] * scale[:, None], here[1][order] * scale
        after[0] = after[0][:, order] / scale
        orders.append(order)
    return [tuple(layer) for layer in net], orders


@pytest.mark.parametrize("sizes", [(3, 6, 2), (4, 8, 8, 3), (2, 16, 9, 12, 1), (5, 40, 40, 40, 2)])
def test_a_disguised_copy_is_found(sizes):
    net = layers(sizes)
    twin, orders = disguised(net)
    found = weight_matching(net, twin)
    assert found.distance < 1e-12
    assert found.distance_before > 0.5
    for order, back in zip(orders, found.permutations, strict=True):
        assert np.array_equal(order[back], np.arange(len(order)))
    for (w, b), (v, c) in zip(net, found.layers, strict=True):
        torch.testing.assert_close(w, v)
        torch.testing.assert_close(b, c)


def test_matched_layers_compute_what_the_other_network_does():
    net, other = layers((3, 7, 6, 2), 0), layers((3, 7, 6, 2), 1)
    x = torch.randn(20, 3, generator=Rng(2)("x"), dtype=torch.float64)
    found = weight_matching(net, other)
    torch.testing.assert_close(rectifier_outputs(found.layers, x, 0.1), rectifier_outputs(other, x, 0.1))
    assert 0 < found.distance < found.distance_before


def test_one_layer_is_matched_best_of_all_orders():
    net, other = layers((2, 5, 2), 3), layers((2, 5, 2), 4)
    (w, b), (v, _) = net

    def distance(order):
        (w2, b2), (v2, c2) = other
        parts = [w - w2[order], b - b2[order], v - v2[:, order], net[1][1] - c2]
        return sum(float(p.square().sum()) for p in parts)

    best = min(distance(list(order)) for order in itertools.permutations(range(5)))
    size = sum(float(t.square().sum()) for n in (net, other) for layer in n for t in layer)
    assert weight_matching(net, other, is_scaled=False).distance == pytest.approx((best / size) ** 0.5)


def test_two_layers_come_near_the_best_of_all_orders():
    net, other = layers((3, 4, 4, 2), 5), layers((3, 4, 4, 2), 6)
    found = weight_matching(net, other, is_scaled=False).distance
    distances = []
    for first, second in itertools.product(itertools.permutations(range(4)), repeat=2):
        (w1, b1), (w2, b2), (w3, b3) = other
        f, s = list(first), list(second)
        placed = [(w1[f], b1[f]), (w2[s][:, f], b2[s]), (w3[:, s], b3)]
        distances.append(weight_distance(net, placed))
    assert min(distances) - 1e-12 <= found <= np.quantile(distances, 0.02)


@pytest.mark.parametrize("seed", range(6))
def test_no_swap_of_two_units_brings_the_networks_nearer(seed):
    net, other = layers((3, 7, 7, 7, 2), seed), layers((3, 7, 7, 7, 2), seed + 100)
    found = weight_matching(net, other, is_scaled=False)
    assert weight_distance(net, found.layers) == pytest.approx(found.distance)
    for i, (j, k) in itertools.product(range(3), itertools.combinations(range(7), 2)):
        order = list(range(7))
        order[j], order[k] = k, j
        swapped = list(found.layers)
        swapped[i] = (swapped[i][0][order], swapped[i][1][order])
        swapped[i + 1] = (swapped[i + 1][0][:, order], swapped[i + 1][1])
        assert weight_distance(net, swapped) >= found.distance - 1e-12


def weight_distance(a, b):
    left, right = (torch.cat([t.flatten() for layer in net for t in layer]) for net in (a, b))
    return float((left - right).norm() / (left.square().sum() + right.square().sum()).sqrt())


def test_distance_does_not_see_order_or_scale():
    net, other = layers((3, 6, 2), 7), layers((3, 6, 2), 8)
    first = weight_matching(net, other).distance
    assert weight_matching(disguised(net, 1)[0], disguised(other, 2)[0]).distance == pytest.approx(first)
    assert weight_matching(other, net).distance == pytest.approx(first)


def test_without_scales_a_scaled_copy_is_another_network():
    net = layers((3, 6, 2))
    twin, _ = disguised(net)
    assert weight_matching(net, twin, is_scaled=False).distance > 0.1


def test_modules_are_taken_as_their_weights():
    net = nn.Sequential(nn.Linear(3, 5), nn.ReLU(), nn.Linear(5, 2))
    twin = nn.Sequential(nn.Linear(3, 5), nn.ReLU(), nn.Linear(5, 2))
    twin[0].weight.data, twin[0].bias.data = net[0].weight.data.flip(0), net[0].bias.data.flip(0)
    twin[2].weight.data, twin[2].bias.data = net[2].weight.data.flip(1), net[2].bias.data
    assert weight_matching(net, twin).distance < 1e-6


def test_bad_networks_are_refused():
    with pytest.raises(NeurariumError, match="sizes"):
        weight_matching(layers((3, 6, 2)), layers((3, 5, 2)))
    with pytest.raises(NeurariumError, match="Sequential"):
        weight_matching(layers((3, 6, 2)), nn.Linear(3, 2))
