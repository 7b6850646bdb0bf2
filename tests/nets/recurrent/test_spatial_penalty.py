import pytest
import torch

from neurarium.core import NeurariumError
from neurarium.nets.recurrent import SpatialPenalty, distances, grid_positions

LINE = torch.tensor([[0.0], [1.0], [3.0]])  # distances 1, 2, 3: their mean is 2
W = torch.tensor([[5.0, -1.0, 2.0], [1.0, -7.0, 0.0], [0.0, 3.0, 0.5]])


def test_closed_form_with_and_without_self_connections():
    free = 1 * 1 + 2 * 3 + 1 * 1 + 3 * 2
    assert SpatialPenalty(positions=LINE)(W).item() == free
    assert SpatialPenalty(positions=LINE, is_diagonal_charged=True)(W).item() == free + 2 * (5 + 7 + 0.5)


def test_gradient_is_the_signed_distance():
    w = W.clone().requires_grad_()
    SpatialPenalty(positions=LINE)(w).backward()
    torch.testing.assert_close(w.grad, W.sign() * distances(LINE).float())


def test_stack_of_networks_gives_one_value_each_in_their_dtype():
    w = torch.randn(2, 3, 100, 100, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    penalty = SpatialPenalty(positions=grid_positions(5, 5, 4), is_diagonal_charged=True)
    found = penalty(w)
    assert found.shape == (2, 3)
    assert found.dtype == torch.float64
    torch.testing.assert_close(found[1, 2], penalty(w[1, 2]))


def test_weight_must_join_the_units_that_have_positions():
    with pytest.raises(NeurariumError, match="`weight` must join the 3 units that have positions"):
        SpatialPenalty(positions=LINE)(torch.zeros(4, 4))
