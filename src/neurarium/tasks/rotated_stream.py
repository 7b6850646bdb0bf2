"""The same images at another angle in each task."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from neurarium.core.card import task
from neurarium.core.errors import bad
from neurarium.tasks._images import Images
from neurarium.tasks._stream import Stream, transformed


@task(
    summary="Continual learning: in every task the images are turned by another angle.",
    source="generated",
    paper="arxiv:1706.08840",
    tags=("continual", "images"),
)
def rotated_stream(images: Images, *, angles_deg: Sequence[float]) -> Stream:
    """Rotated image classification, e.g. Rotated MNIST.

    Task k turns every image counter-clockwise about its centre by ``angles_deg[k]``, with bilinear interpolation;
    what comes from outside the image is 0. Labels stay. Nothing is drawn.

    Args:
        images: any image set.
        angles_deg: one angle a task, in degrees.

    Raises:
        NeurariumError: if there is no angle, or one is not finite.

    Example:
        >>> import torch
        >>> from neurarium.core import Rng
        >>> from neurarium.tasks import digits
        >>> stream = rotated_stream(digits(rng=Rng(0)), angles_deg=(0.0, 90.0))
        >>> torch.allclose(stream[1].train_x, stream[0].train_x.rot90(1, (1, 2)), atol=1e-5)
        True

    Paper: Lopez-Paz and Ranzato 2017, arXiv:1706.08840.
    """
    if len(angles_deg) == 0 or not all(map(math.isfinite, angles_deg)):
        raise bad("rotated_stream", "angles_deg", "hold at least one finite angle", angles_deg)
    return transformed(images, [partial(_rotated, angle_rad=math.radians(a)) for a in angles_deg])


def _rotated(x: Float[Tensor, "n h w"], angle_rad: float) -> Float[Tensor, "n h w"]:
    if angle_rad == 0:
        return x
    height, width = x.shape[1:]
    c, s = math.cos(angle_rad), math.sin(angle_rad)
    # affine_grid runs over [-1, 1] on both axes, whatever the aspect: off the diagonal it needs height/width
    back = x.new_tensor([[c, -s * height / width, 0], [s * width / height, c, 0]]).expand(len(x), 2, 3)
    grid = F.affine_grid(back, [len(x), 1, height, width], align_corners=False)
    return F.grid_sample(x.unsqueeze(1), grid, mode="bilinear", align_corners=False).squeeze(1)
