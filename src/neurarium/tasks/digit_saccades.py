"""Images that an event camera sees while it makes three saccades."""

from __future__ import annotations

import math
from itertools import pairwise

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from neurarium.core.card import task
from neurarium.core.errors import check_count, check_positive
from neurarium.tasks._events import EventClips, camera
from neurarium.tasks._images import Images


@task(
    summary="Events of a simulated camera that makes three saccades over real images, as N-MNIST was recorded.",
    source="generated",
    paper="doi:10.3389/fnins.2015.00437",
    tags=("events", "images", "classification"),
)
def digit_saccades(
    images: Images, *, saccade_steps: int = 10, amplitude: float = 3.0, contrast: float = 0.5
) -> EventClips:
    """Each image as the events of three saccades along a triangle: to its tip, on to its other foot, and back.

    The images are what they are, e.g. real digits; the camera and its movement are simulated. The camera has as many
    pixels as the image, plus a dark border as wide as half the movement. There is nothing random in it.

    Args:
        images: a labelled image set.
        saccade_steps: steps of one saccade; a clip has three.
        amplitude: height and base of the triangle, pixels.
        contrast: change of log intensity that makes an event.

    Raises:
        NeurariumError: for numbers out of range.

    Example:
        >>> from neurarium.core import Rng
        >>> from neurarium.tasks import digits
        >>> clips = digit_saccades(digits(size=16, rng=Rng(0)))
        >>> clips.train_x.shape, len(clips.test_y)
        (torch.Size([30, 1438, 2, 20, 20]), 359)

    Paper: the recipe of Orchard et al. 2015, Converting static image datasets, doi:10.3389/fnins.2015.00437.
    """
    check_count("digit_saccades", saccade_steps=saccade_steps)
    check_positive("digit_saccades", amplitude=amplitude, contrast=contrast)
    path = _triangle(saccade_steps) * amplitude
    margin = math.ceil(amplitude / 2)
    train, test = (camera(_movie(x, path, margin), contrast=contrast) for x in (images.train_x, images.test_x))
    note = "; ".join(n for n in (images.note, "the camera and its saccades are simulated") if n)
    return EventClips(train, images.train_y, test, images.test_y, images.n_classes, note)


def _triangle(saccade_steps: int) -> Float[Tensor, "frames 2"]:
    """Position (x, y) at every frame: an isosceles triangle around the centre, base and height 1."""
    corners = torch.tensor([[-0.5, 0.5], [0.0, -0.5], [0.5, 0.5], [-0.5, 0.5]])
    share = torch.arange(saccade_steps)[:, None] / saccade_steps
    legs = [a + share * (b - a) for a, b in pairwise(corners)]
    return torch.cat([*legs, corners[-1:]])


def _movie(
    images: Float[Tensor, "clips height width"], path: Float[Tensor, "frames 2"], margin: int
) -> Float[Tensor, "frames clips framed_height framed_width"]:
    """The images on a dark ground, shifted against the camera's position in every frame; bilinear."""
    framed = F.pad(images, (margin,) * 4)
    height, width = framed.shape[1:]
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    extent = torch.tensor([width, height]) - 1
    frames = []
    for position in path.unbind(0):
        where = (torch.stack([x, y], -1) + position) / extent * 2 - 1
        grid = where.expand(1, height, width, 2)
        frames.append(F.grid_sample(framed[None], grid, align_corners=True)[0])  # clips as channels: one grid for all
    return torch.stack(frames)
