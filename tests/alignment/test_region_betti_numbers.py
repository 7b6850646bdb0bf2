import numpy as np
import pytest
import torch
from scipy import ndimage

from neurarium.alignment.region_betti_numbers import region_betti_numbers
from neurarium.core import NeurariumError


@pytest.mark.parametrize(
    ("rows", "betti"),
    [
        (["...", "...", "..."], (0, 0)),
        (["###", "#.#", "###"], (1, 1)),
        (["##.", "#.#", "###"], (1, 1)),  # pixels that share a corner hang together, and close the ring
        (["#.#", "...", "#.#"], (4, 0)),
        (["#.#", ".#.", "#.#"], (1, 0)),  # the gaps reach the border
        (["#####", "#.#.#", "#####"], (1, 2)),
        (["#######", "#.....#", "#.###.#", "#.#.#.#", "#.###.#", "#.....#", "#######"], (2, 2)),
        (["###", "#..", "###"], (1, 0)),
    ],
)
def test_drawings(rows, betti):
    mask = np.array([[c == "#" for c in row] for row in rows])
    assert region_betti_numbers(mask) == betti
    assert region_betti_numbers(torch.from_numpy(mask.T.copy())) == betti


def test_holes_are_pieces_of_the_outside_that_cannot_get_out():
    """Alexander duality: with 8 neighbours inside, 4 outside."""
    for seed in range(20):
        mask = np.random.default_rng(seed).random((15, 11)) < 0.55
        assert region_betti_numbers(mask).b1 == ndimage.label(~np.pad(mask, 1))[1] - 1


def test_specks_are_left_out():
    mask = np.zeros((9, 9), bool)
    mask[1:7, 1:7], mask[3, 3], mask[8, 8] = True, False, True
    assert region_betti_numbers(mask) == (2, 1)
    assert region_betti_numbers(mask, min_pixels=2) == (1, 0)


def test_bad_mask_is_refused():
    with pytest.raises(NeurariumError, match="truth values"):
        region_betti_numbers(np.zeros((3, 3)))
    with pytest.raises(NeurariumError, match="truth values"):
        region_betti_numbers(np.zeros(3, bool))
