import doctest

import numpy as np
import pytest
import torch

from neurarium.alignment import _metric_space, embed_distances, nearest_neighbour_r2
from neurarium.core.errors import NeurariumError


def distances(points: np.ndarray) -> np.ndarray:
    return np.linalg.norm(points[:, None] - points[None], axis=-1)


@pytest.mark.parametrize("n_dims", [1, 2, 3])
def test_points_of_a_flat_space_are_found_again(n_dims):
    points = np.random.default_rng(0).normal(size=(9, n_dims))
    found = embed_distances(distances(points), n_dims=n_dims)
    np.testing.assert_allclose(distances(found), distances(points), atol=1e-12)
    np.testing.assert_allclose(found.mean(0), 0, atol=1e-12)
    scatter = found.T @ found
    np.testing.assert_allclose(scatter, np.diag(np.sort(np.diag(scatter))[::-1]), atol=1e-12)  # principal axes


def test_simplex_and_its_spectrum():
    D = 1 - np.eye(5)  # equidistant: B = ½ J, four eigenvalues of one half
    np.testing.assert_allclose(distances(embed_distances(D, n_dims=4)), D, atol=1e-12)
    flat = embed_distances(D, n_dims=2)
    np.testing.assert_allclose(np.sum(flat**2, 0), [0.5, 0.5], atol=1e-12)


def test_what_no_dimension_is_left_for_is_zero():
    line = embed_distances(np.array([[0, 2.0], [2.0, 0]]), n_dims=3)
    np.testing.assert_allclose(line, [[1, 0, 0], [-1, 0, 0]], atol=1e-15)
    assert (embed_distances(np.zeros((3, 3))) == 0).all()


def test_distances_that_no_flat_space_holds_give_finite_points():
    star = np.array([[0, 1, 1, 1], [1, 0, 2, 2], [1, 2, 0, 2], [1, 2, 2, 0.0]])  # three leaves of a star graph
    found = embed_distances(torch.from_numpy(star), n_dims=4)
    assert torch.isfinite(found).all()
    assert (found[:, 3] == 0).all()


def test_neighbours_by_hand():
    D, y = distances(np.array([[0.0], [1.0], [3.0], [7.0]])), np.array([1.0, 2.0, 4.0, 8.0])
    told = np.array([2.0, 1.0, 2.0, 4.0])
    others = (y.sum() - y) / 3
    expected = 1 - np.sum((y - told) ** 2) / np.sum((y - others) ** 2)
    assert nearest_neighbour_r2(D, y, n_neighbours=1) == pytest.approx(expected, abs=1e-14)


def test_equally_far_neighbours_share_their_places_and_foretell_nothing():
    y = np.arange(6.0)
    for k in (1, 2, 4):
        assert nearest_neighbour_r2(1 - np.eye(6), y, n_neighbours=k) == pytest.approx(0, abs=1e-14)


def test_twins_foretell_each_other():
    y = np.repeat(np.arange(5.0), 2)
    assert nearest_neighbour_r2(distances(y[:, None]), y, n_neighbours=1) == 1


def test_bad_distances_are_refused():
    D = distances(np.random.default_rng(0).normal(size=(5, 2)))
    with pytest.raises(NeurariumError, match="embed_distances: `D` must be symmetric"):
        embed_distances(np.triu(D))
    with pytest.raises(NeurariumError, match="zero on its diagonal"):
        embed_distances(1 - D / D.max())
    with pytest.raises(NeurariumError, match="square matrix"):
        embed_distances(D[:3])
    with pytest.raises(NeurariumError, match="n_dims"):
        embed_distances(D, n_dims=0)
    with pytest.raises(NeurariumError, match=r"n_neighbours` must be below the number of other systems \(4\)"):
        nearest_neighbour_r2(D, np.arange(5), n_neighbours=4)
    with pytest.raises(NeurariumError, match="one number for each of the 5 systems"):
        nearest_neighbour_r2(D, np.arange(4))
    with pytest.raises(NeurariumError, match="differ between systems"):
        nearest_neighbour_r2(D, np.ones(5))


def test_examples():
    assert doctest.testmod(_metric_space, extraglobs={"torch": torch}).failed == 0
