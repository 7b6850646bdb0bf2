import numpy as np
import pytest
import torch

from neurarium.alignment.wiring_length import wiring_length
from neurarium.core import NeurariumError

GRID = np.stack(np.meshgrid(range(5), range(5), range(4)), -1).reshape(-1, 3)
DISTANCES = np.linalg.norm(GRID[:, None] - GRID[None], axis=-1)


def test_all_connections_give_the_mean_distance():
    w = np.random.default_rng(0).standard_normal((100, 100)) + 10
    assert wiring_length(w, DISTANCES, density=1.0) == pytest.approx(DISTANCES.sum() / (100 * 99))


def test_strength_that_falls_with_distance_keeps_the_shortest():
    lengths = np.sort(DISTANCES[~np.eye(100, dtype=bool)])
    w = np.exp(-DISTANCES)
    assert wiring_length(w, DISTANCES) == pytest.approx(lengths[:990].mean())
    assert wiring_length(-1 / w, DISTANCES) == pytest.approx(lengths[-990:].mean())


def test_direction_counts_and_self_connections_do_not():
    w = np.array([[9.0, 0.0, 3.0], [2.0, 9.0, 0.0], [0.0, 1.0, 9.0]])
    d = np.array([[0.0, 1.0, 5.0], [1.0, 0.0, 1.0], [5.0, 1.0, 0.0]])
    assert wiring_length(w, d, density=1 / 3) == pytest.approx((5 + 1) / 2)
    assert wiring_length(torch.from_numpy(w), torch.from_numpy(d), density=1.0) == pytest.approx((5 + 1 + 1) / 3)


@pytest.mark.parametrize(
    ("w", "d", "match"),
    [
        (np.ones((3, 3)), np.ones((4, 4)), "shape"),
        (np.ones((3, 3)), -np.ones((3, 3)), "zero or more"),
        (np.eye(3), np.ones((3, 3)), "density"),
    ],
)
def test_bad_input(w, d, match):
    with pytest.raises(NeurariumError, match=match):
        wiring_length(w, d, density=0.5)
