import pytest
import torch

from neurarium.alignment import region_betti_numbers
from neurarium.core import NeurariumError, Rng
from neurarium.tasks import planted_topology


@pytest.mark.parametrize("is_bridged", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_shape_has_the_betti_numbers_it_says(seed, is_bridged):
    for b0 in (1, 2, 3, 6):
        for b1 in (0, 1, 4, 5):
            rng = Rng(seed).child(f"{b0},{b1}")
            shape = planted_topology(n_components=b0, n_holes=b1, is_bridged=is_bridged, rng=rng)
            assert (shape.b0, shape.b1) == ((1, 0) if is_bridged else (b0, b1))
            assert region_betti_numbers(shape.distance(shape.grid(120)) < 0) == (shape.b0, shape.b1)


def test_bridged_shape_keeps_discs_and_holes():
    plain, bridged = (planted_topology(n_components=3, n_holes=4, is_bridged=b, rng=Rng(0)) for b in (False, True))
    assert torch.equal(plain.discs, bridged.discs)
    assert torch.equal(plain.holes, bridged.holes)
    assert (len(plain.slits), len(bridged.slits)) == (0, 4)
    assert len(bridged.bars) >= len(plain.bars) + 2


def test_distance_in_closed_form():
    shape = planted_topology(n_components=1, n_holes=1, rng=Rng(1))
    centre, outer, inner = shape.discs[0, :2], shape.discs[0, 2], shape.holes[0, 2]
    x = centre + torch.tensor([[0.0, 0.0], [0.2, 0.0], [0.0, 0.25], [0.3, 0.4]], dtype=torch.float64)
    expected = torch.stack((inner, inner - 0.2, 0.25 - outer, 0.5 - outer))
    torch.testing.assert_close(shape.distance(x), expected)


def test_points_are_balanced_and_clear_of_the_outline():
    shape = planted_topology(n_components=2, n_holes=3, rng=Rng(2))
    x, is_in = shape.draw(200, margin=0.03, rng=Rng(2))
    distance = shape.distance(x)
    assert is_in.sum() == 100
    assert torch.equal(distance < 0, is_in)
    assert distance.abs().min() > 0.03
    assert x.abs().max() <= 1
    near, _ = shape.draw(200, band=0.1, rng=Rng(3))
    assert 0.02 < shape.distance(near).abs().min() <= shape.distance(near).abs().max() < 0.1
    again, _ = planted_topology(n_components=2, n_holes=3, rng=Rng(2)).draw(200, margin=0.03, rng=Rng(2))
    assert torch.equal(x, again)


def test_bad_sizes_are_refused():
    with pytest.raises(NeurariumError, match="at most 9"):
        planted_topology(n_components=2, n_holes=10, rng=Rng(0))
    with pytest.raises(NeurariumError, match="n_holes"):
        planted_topology(n_components=2, n_holes=-1, rng=Rng(0))
    shape = planted_topology(n_components=1, n_holes=0, rng=Rng(0))
    with pytest.raises(NeurariumError, match="margin"):
        shape.draw(10, margin=0.2, rng=Rng(0))
    with pytest.raises(NeurariumError, match="even"):
        shape.draw(11, rng=Rng(0))
