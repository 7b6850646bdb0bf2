import numpy as np
import pytest
import torch

from neurarium.alignment import curvature_distance, neighbour_graph, ollivier_ricci_curvature, threshold_graph
from neurarium.core import NeurariumError, Rng


def system(seed, n_samples=40, n_units=3):
    return Rng(seed).numpy("x").normal(size=(n_samples, n_units))


@pytest.mark.parametrize("is_by_node", [False, True])
def test_equals_the_difference_of_sorted_curvatures(is_by_node):
    """Two rings of equally spaced points have one curvature each, so the distance is the difference of the two."""
    angle = np.arange(24) * 2 * np.pi / 24
    ring = np.stack([np.cos(angle), np.sin(angle)], 1)
    complete = np.eye(9)  # all equally far apart
    found = curvature_distance(ring, complete, n_neighbours=2, is_by_node=is_by_node)
    graph = neighbour_graph(np.sqrt(2) * (1 - np.eye(9)), n_neighbours=2)
    other = ollivier_ricci_curvature(graph)
    expected = np.abs(other.by_node if is_by_node else other.by_edge).mean()  # the ring is flat: all its κ are 0
    assert found == pytest.approx(expected, abs=1e-9)


def test_rotation_scale_offset_and_order_do_not_matter():
    x, y = system(0), system(1, n_samples=55, n_units=7)
    rotation = np.linalg.qr(Rng(2).numpy("q").normal(size=(3, 3)))[0]
    moved = 5 * x[::-1] @ rotation + 2
    assert curvature_distance(x, y) == pytest.approx(curvature_distance(moved, y), abs=1e-9)
    assert curvature_distance(x, moved) == pytest.approx(0, abs=1e-9)


def test_triangle_and_symmetry():
    systems = [system(i, n_samples=25 + 5 * i, n_units=1 + i) for i in range(5)]
    d = np.array([[curvature_distance(a, b) for b in systems] for a in systems])
    np.testing.assert_allclose(d, d.T)
    assert (d[:, None, :] <= d[:, :, None] + d[None, :, :] + 1e-12).all()
    assert d[0, 4] > 0.01


def test_a_sample_that_comes_twice_counts_once():
    x, y = system(0), system(1)
    twice = np.concatenate([x, x[:10]])
    assert curvature_distance(twice, y) == curvature_distance(x, y)


def test_torch_and_numpy_agree():
    x, y = system(0), system(1)
    assert curvature_distance(torch.tensor(x), torch.tensor(y)) == curvature_distance(x, y)


@pytest.mark.parametrize(
    ("x", "word"), [(np.zeros((20, 3)), "differ"), (np.zeros((4, 3)), "differ"), (np.zeros(20), "samples, units")]
)
def test_bad_data_are_refused(x, word):
    with pytest.raises(NeurariumError, match=word):
        curvature_distance(x, system(0))


def test_neighbours_are_joined_if_either_is_nearest():
    line = np.abs(np.subtract.outer([0.0, 1, 3, 6], [0.0, 1, 3, 6]))
    joined = np.argwhere(np.triu(neighbour_graph(line, n_neighbours=1))).tolist()
    assert joined == [[0, 1], [1, 2], [2, 3]]  # 1 is the nearest of 2, which is not the nearest of 1


def test_a_threshold_joins_what_is_nearer():
    line = np.abs(np.subtract.outer([0.0, 1, 3, 6], [0.0, 1, 3, 6]))
    graph = threshold_graph(torch.tensor(line), threshold=3)
    assert torch.triu(graph).nonzero().tolist() == [[0, 1], [1, 2]]
    assert graph[1, 2] == 2


@pytest.mark.parametrize(
    ("distances", "options", "word"),
    [
        (np.zeros((3, 3)), dict(n_neighbours=1), "no distance"),
        (1 - np.eye(3), dict(n_neighbours=3), "n_neighbours"),
        (np.ones((3, 3)), dict(n_neighbours=1), "itself"),
        (np.triu(np.ones((3, 3)), 1), dict(n_neighbours=1), "symmetric"),
    ],
)
def test_bad_distances_are_refused(distances, options, word):
    with pytest.raises(NeurariumError, match=word):
        neighbour_graph(distances, **options)
