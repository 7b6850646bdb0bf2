import numpy as np
import pytest
import torch
from jaxtyping import TypeCheckError

from neurarium.core import NeurariumError, Rng
from neurarium.tasks import photo_route
from neurarium.tasks._patches import patch_normalised


@pytest.fixture(scope="module")
def route():
    return photo_route(n_places=40, rng=Rng(0))


def nearest(route):
    return torch.cdist(route.queries.flatten(1), route.references.flatten(2), p=1).amin(0).argmin(1)


def test_views_are_there_in_range_and_say_where_they_come_from(route):
    assert route.references.shape == (2, 40, 28, 28)
    assert route.queries.shape == (40, 28, 28)
    assert 0 <= route.references.min() < route.references.max() <= 1
    assert "simulated" in route.note


def test_places_are_recognised_better_than_by_chance_but_not_always(route):
    found = (nearest(route) == torch.arange(40)).double().mean()
    assert 0.4 < found < 1


def test_without_shift_and_noise_only_the_light_is_left_and_places_are_found():
    still = photo_route(n_places=40, shift_std=0.0, noise_std=0.0, rng=Rng(0))
    assert not torch.equal(still.references[0], still.references[1])
    assert (nearest(still) == torch.arange(40)).double().mean() > 0.9


def test_a_part_is_a_stretch(route):
    part = route.part(10, 5)
    assert torch.equal(part.queries, route.queries[10:15])
    assert torch.equal(part.references, route.references[:, 10:15])
    with pytest.raises(NeurariumError, match=r"Route.part: `n_places` must stay on a route of 40"):
        route.part(38, 5)


def test_seed_decides_and_the_number_of_traverses_shifts_nothing(route):
    again = photo_route(n_places=40, n_references=3, rng=Rng(0))
    assert torch.equal(again.references[:2], route.references)
    assert torch.equal(again.references[2], route.queries)  # the last traverse is the query
    assert not torch.equal(photo_route(n_places=40, rng=Rng(1)).queries, route.queries)


def test_patches_are_normalised_as_the_formula_says():
    x = torch.rand(1, 9, 12, generator=Rng(0)("x"), dtype=torch.float64)
    found = patch_normalised(x, patch=3)
    for i, j in ((0, 0), (4, 5), (8, 11)):
        near = x[0, max(i - 1, 0) : i + 2, max(j - 1, 0) : j + 2]
        z = (x[0, i, j] - near.mean()) / near.std(correction=0)
        assert found[0, i, j].item() == pytest.approx((1 + z.clamp(-1, 1).item()) / 2, abs=1e-9)
    torch.testing.assert_close(patch_normalised(3 * x + 1, patch=3), found)  # blind to gain and offset
    assert (patch_normalised(torch.full((2, 8, 8), 0.3)) == 0.5).all()


@pytest.mark.parametrize(
    "wrong", [{"n_places": 0}, {"n_places": 1000}, {"n_references": 0}, {"shift_std": -1.0}, {"size": 120}]
)
def test_bad_numbers_are_refused(wrong):
    with pytest.raises((NeurariumError, TypeCheckError), match=next(iter(wrong))):
        photo_route(**wrong, rng=Rng(0))


def test_global_randomness_is_untouched():
    before, before_np = torch.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002
    photo_route(n_places=4, rng=Rng(0))
    assert torch.equal(before, torch.get_rng_state())
    np.testing.assert_array_equal(before_np, np.random.get_state()[1])  # noqa: NPY002
