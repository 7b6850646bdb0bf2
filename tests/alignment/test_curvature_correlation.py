import numpy as np
import pytest

from neurarium.alignment import curvature_correlation, neighbour_graph, ollivier_ricci_curvature
from neurarium.core import NeurariumError, Rng


def system(seed, n_samples=60, n_units=3):
    return Rng(seed).numpy("x").normal(size=(n_samples, n_units))


def test_is_the_correlation_over_shared_edges():
    x = system(0)
    y = x + 0.4 * system(1)
    curvature = []
    for points in x, y:
        graph = neighbour_graph(np.linalg.norm(points[:, None] - points, axis=-1), n_neighbours=6)
        found = ollivier_ricci_curvature(graph, idleness=0.3)
        curvature.append(dict(zip(map(tuple, found.edges.tolist()), found.by_edge, strict=True)))
    shared = sorted(set(curvature[0]) & set(curvature[1]))
    assert len(shared) < len(curvature[0])
    expected = np.corrcoef(*([one[e] for e in shared] for one in curvature))[0, 1]
    assert curvature_correlation(x, y, n_neighbours=6, idleness=0.3) == pytest.approx(expected, abs=1e-9)


def test_a_rotated_copy_has_one_and_unrelated_systems_about_none():
    x = system(2)
    assert curvature_correlation(x, 4 * x[:, ::-1] + 1) == pytest.approx(1)
    unrelated = [curvature_correlation(system(3 + 2 * i), system(4 + 2 * i)) for i in range(12)]
    assert abs(np.mean(unrelated)) < 0.15


def test_falls_with_noise():
    x, noise = system(0), system(1)
    r = [curvature_correlation(x, x + s * noise) for s in (0.02, 0.2, 2.0)]
    assert r[0] > r[1] > r[2]


def test_pairs_that_come_twice_count_once():
    x, y = system(0), system(0) + 0.3 * system(1)
    twice = np.r_[np.arange(60), np.arange(9)]
    assert curvature_correlation(x[twice], y[twice]) == pytest.approx(curvature_correlation(x, y))


@pytest.mark.parametrize(
    ("x", "y", "word"),
    [
        (system(0), system(1)[:50], "as many samples"),
        (system(0), np.repeat(system(1)[:30], 2, axis=0), "no distance"),
        (np.eye(20), np.eye(20), "unlike curvature"),
    ],
)
def test_bad_data_are_refused(x, y, word):
    with pytest.raises(NeurariumError, match=word):
        curvature_correlation(x, y, n_neighbours=19 if word == "unlike curvature" else 8)
