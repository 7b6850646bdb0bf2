import numpy as np
import pytest
import torch
from scipy.ndimage import label, maximum_filter

from neurarium.core import NeurariumError, Rng
from neurarium.tasks import tetrominoes
from neurarium.tasks.tetrominoes import orientations


@pytest.fixture(scope="module")
def images():
    return tetrominoes(n_images=200, rng=Rng(0))


def test_there_are_nineteen_orientations_of_four_blocks():
    pieces = orientations()
    assert len(pieces) == 19
    assert (pieces.sum((1, 2)) == 4 * 9).all()
    blocks = pieces[:, ::3, ::3]
    assert np.array_equal(np.kron(blocks, np.ones((3, 3), int)), pieces)
    assert all(label(piece)[1] == 1 for piece in blocks)


def test_each_object_is_one_whole_piece(images):
    pieces = {piece.tobytes() for piece in orientations()}
    for mask in images.objects.numpy():
        for number in range(1, mask.max() + 1):
            rows, columns = np.nonzero(mask == number)
            piece = np.zeros((12, 12), np.int64)
            piece[rows - rows.min(), columns - columns.min()] = 1
            assert piece.tobytes() in pieces


def test_objects_are_two_or_three_and_two_pixels_apart(images):
    most = images.objects.amax((1, 2))
    assert set(most.tolist()) == {2, 3}
    assert 0.4 < (most == 2).float().mean() < 0.6
    for number in (1, 2, 3):
        one = (images.objects == number).numpy()
        others = images.objects.numpy() * ~one
        assert not (maximum_filter(one, size=(1, 5, 5)) & (others > 0)).any()


def test_each_object_has_one_colour_and_the_background_none(images):
    seen = set()
    for x, mask in zip(images.x, images.objects, strict=True):
        assert (x[mask == 0] == 0).all()
        for number in range(1, int(mask.max()) + 1):
            (colour,) = {tuple(pixel) for pixel in x[mask == number].tolist()}
            seen.add(colour)
    assert len(seen) == 6
    assert (0.0, 0.0, 0.0) not in seen


def test_colours_are_drawn_independently():
    images = tetrominoes(n_images=1000, rng=Rng(1))
    n_objects = images.objects.amax((1, 2))
    n_colours = torch.tensor([len(np.unique(x.reshape(-1, 3), axis=0)) - 1 for x in images.x.numpy()])
    for n, expected in ((2, 1 / 6), (3, 4 / 9)):
        assert (n_colours < n)[n_objects == n].float().mean().item() == pytest.approx(expected, abs=0.06)


def test_all_places_are_used(images):
    seen = images.x.amax(3).mean(0)
    assert (seen[[0, -1]].sum(1) > 0).all()
    assert (seen[:, [0, -1]].sum(0) > 0).all()


def test_a_seed_gives_the_same_images():
    first, second, other = (tetrominoes(n_images=9, rng=Rng(seed)) for seed in (2, 2, 3))
    assert torch.equal(first.objects, second.objects)
    assert not torch.equal(first.objects, other.objects)


def test_no_image_is_refused():
    with pytest.raises(NeurariumError, match="tetrominoes: `n_images` must"):
        tetrominoes(n_images=0, rng=Rng(0))
