"""Images of two or three coloured tetrominoes, with a mask that says which pixel is whose."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Int64
from scipy.ndimage import maximum_filter
from torch import Tensor

from neurarium.core.card import task
from neurarium.core.errors import check_count
from neurarium.core.rng import Rng

SIZE, BLOCK, GAP, LONGEST = 24, 3, 2, 12  # pixels
COLOURS = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0], [1, 0, 1], [0, 1, 1]])  # red, green, blue
SHAPES = ("####", "##|##", "###| # ", "## | ##", " ##|## ", "#  |###", "  #|###")


class ObjectImages(NamedTuple):
    """`x`: red, green, blue in [0, 1], channels last; `objects`: 0 is background, 1 and up the objects."""

    x: Float[Tensor, "images height width channels"]
    objects: Int64[Tensor, "images height width"]


@task(
    summary="Images of 24 by 24 pixels with two or three coloured tetrominoes that do not touch.",
    source="generated",
    paper="arxiv:2410.13821",
    tags=("images", "objects", "unsupervised"),
)
def tetrominoes(*, n_images: int, rng: Rng) -> ObjectImages:
    """Shapes of four blocks of 3 by 3 pixels, in any of their 19 orientations, at least 2 pixels apart.

    Each has one of six colours, drawn independently: in 17 of 100 images of two and in 44 of 100 of three some have
    the same, and colour does not tell whose a pixel is. The background is black. Objects are numbered as placed.

    Args:
        n_images: how many; half of them on average hold two objects, the others three.
        rng: stream ``"tetrominoes"``.

    Raises:
        NeurariumError: if no image is asked for.

    Example:
        >>> images = tetrominoes(n_images=5, rng=Rng(0))
        >>> images.x.shape, sorted(set((images.objects == 1).sum((1, 2)).tolist()))
        (torch.Size([5, 24, 24, 3]), [36])

    Paper: made for the question of Miyato et al. 2025, arXiv:2410.13821, after Kabra et al.'s Multi-Object Datasets.
    """
    check_count("tetrominoes", n_images=n_images)
    random, pieces = rng.numpy("tetrominoes"), orientations()
    extents = SIZE + 1 - np.stack([pieces.any(2).sum(1), pieces.any(1).sum(1)], 1)  # places to begin at
    n_objects = random.integers(2, 4, n_images)
    objects = np.zeros((n_images, SIZE, SIZE), np.int64)
    for number in (1, 2, 3):
        left = np.flatnonzero(n_objects >= number)
        while len(left):
            chosen = random.integers(len(pieces), size=len(left))
            new = placed(pieces[chosen], random.integers(extents[chosen]))
            is_free = ~(maximum_filter(objects[left], size=(1, 2 * GAP + 1, 2 * GAP + 1)) * new).any((1, 2))
            objects[left[is_free]] += number * new[is_free]
            left = left[~is_free]
    colours = np.zeros((n_images, 4, 3))
    colours[:, 1:] = COLOURS[random.integers(len(COLOURS), size=(n_images, 3))]
    x = colours[np.arange(n_images)[:, None, None], objects]
    return ObjectImages(torch.as_tensor(x).float(), torch.as_tensor(objects))


def orientations() -> np.ndarray:
    """The 19 tetrominoes, each turned in every way that changes it, ``(19, LONGEST, LONGEST)``."""
    found = {}
    for shape in SHAPES:
        blocks = np.array([[c == "#" for c in row] for row in shape.split("|")])
        for turns in range(4):
            pixels = np.kron(np.rot90(blocks, turns), np.ones((BLOCK, BLOCK), bool))
            piece = np.zeros((LONGEST, LONGEST), np.int64)
            piece[: pixels.shape[0], : pixels.shape[1]] = pixels
            found[piece.tobytes()] = piece
    return np.stack(list(found.values()))


def placed(pieces: np.ndarray, begin: np.ndarray) -> np.ndarray:
    """Each piece in an empty image, its upper left corner at `begin`, ``(images, 2)``."""
    images = np.zeros((len(pieces), SIZE + LONGEST, SIZE + LONGEST), np.int64)
    each, along = np.arange(len(pieces))[:, None, None], np.arange(LONGEST)
    images[each, begin[:, 0, None, None] + along[:, None], begin[:, 1, None, None] + along] = pieces
    return images[:, :SIZE, :SIZE]
