import pytest
import torch

from neurarium.core import NeurariumError
from neurarium.nets.recurrent import distances, grid_positions


def test_grid_has_every_point_once():
    at = grid_positions(5, 5, 4)
    assert at.shape == (100, 3)
    assert at.unique(dim=0).shape == (100, 3)
    assert at.amax(0).tolist() == [4, 4, 3]
    assert at[1].tolist() == [0, 0, 1]


def test_distances_are_euclidean_and_exactly_zero_to_oneself():
    d = distances(torch.tensor([[0.0, 0.0], [3.0, 4.0], [0.0, 8.0]]))
    assert d.tolist() == [[0, 5, 8], [5, 0, 5], [8, 5, 0]]
    assert (distances(torch.rand(40, 3, generator=torch.Generator().manual_seed(0))).diagonal() == 0).all()


def test_bad_input():
    with pytest.raises(NeurariumError, match="`sides` must be whole numbers above zero"):
        grid_positions(3, 0)
    with pytest.raises(NeurariumError, match=r"`positions` must be \(units, axes\)"):
        distances(torch.zeros(1, 3))
