import itertools

import numpy as np
import pytest
from scipy.spatial.distance import pdist, squareform

from neurarium.alignment.persistent_homology import persistent_homology
from neurarium.core import NeurariumError


def by_matrix(distances):
    """Bars of degree 0 and 1 by the plain reduction of the boundary matrix over Z/2, simplices up to triangles."""
    n = len(distances)
    simplices = [((i,), 0.0) for i in range(n)]
    for size in (2, 3):
        for s in itertools.combinations(range(n), size):
            simplices.append((s, max(distances[a, b] for a, b in itertools.combinations(s, 2))))
    simplices.sort(key=lambda s: (s[1], len(s[0]), s[0]))
    place = {s: i for i, (s, _) in enumerate(simplices)}
    columns, owner, bars = {}, {}, {1: [], 2: []}
    for i, (s, when) in enumerate(simplices):
        column = {place[f] for f in itertools.combinations(s, len(s) - 1)} if len(s) > 1 else set()
        while column and max(column) in owner:
            column ^= columns[owner[max(column)]]
        if column:
            columns[i], owner[max(column)] = column, i
            born = simplices[max(column)][1]
            if when > born:
                bars[len(s) - 1].append((born, when))
    return bars


@pytest.mark.parametrize(("n", "dims", "seed"), [(12, 2, 0), (16, 3, 1), (20, 2, 2), (14, 5, 3)])
def test_bars_are_those_of_the_boundary_matrix(n, dims, seed):
    x = np.random.default_rng(seed).standard_normal((n, dims))
    found, expected = persistent_homology(x), by_matrix(squareform(pdist(x)))
    np.testing.assert_allclose(np.sort(found.components[:-1], 0), np.sort(expected[1], 0))
    assert found.components[-1, 1] == np.inf
    by_birth = lambda bars: sorted(map(tuple, bars))  # noqa: E731
    np.testing.assert_allclose(by_birth(found.loops), np.array(by_birth(expected[2])).reshape(-1, 2))


def test_ties_do_not_confuse():
    """A lattice: all loops of side 1 are filled at the diagonal."""
    x = np.array(list(itertools.product(range(4), range(3))), float)
    found, expected = persistent_homology(x), by_matrix(squareform(pdist(x)))
    assert len(found.loops) == len(expected[2]) == 3 * 2
    np.testing.assert_allclose(found.loops, [[1.0, 2**0.5]] * 6)


@pytest.mark.parametrize("n", [6, 12, 30])
def test_regular_polygon_in_closed_form(n):
    """Born at a side, filled by the longest side of the most regular triangle of corners."""
    angle = 2 * np.pi * np.arange(n) / n
    (loop,) = persistent_homology(np.stack((np.cos(angle), np.sin(angle)), 1)).loops
    np.testing.assert_allclose(loop, [2 * np.sin(np.pi / n), 2 * np.sin(np.pi * np.ceil(n / 3) / n)])


def test_distances_and_points_agree_and_scale():
    x = np.random.default_rng(4).standard_normal((40, 3))
    points, distances = persistent_homology(3 * x + 1), persistent_homology(squareform(pdist(x)), is_distance=True)
    np.testing.assert_allclose(points.loops, 3 * distances.loops)


def test_is_what_ripser_says():
    ripser = pytest.importorskip("ripser").ripser
    x = np.random.default_rng(5).random((150, 2))
    found, theirs = persistent_homology(x), ripser(x, maxdim=1)["dgms"]
    assert len(found.loops) == len(theirs[1])
    np.testing.assert_allclose(found.loops[:, 1].sum(), theirs[1][:, 1].sum(), rtol=1e-6)


def test_bad_input_is_refused():
    with pytest.raises(NeurariumError, match="2 samples"):
        persistent_homology(np.zeros((1, 2)))
    with pytest.raises(NeurariumError, match="symmetric"):
        persistent_homology(np.arange(9.0).reshape(3, 3), is_distance=True)
