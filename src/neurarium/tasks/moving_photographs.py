"""In which direction a photograph moves, seen by an event camera."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int64
from torch import Tensor

from neurarium.core.card import task
from neurarium.core.errors import bad, check_count, check_positive
from neurarium.core.rng import Rng
from neurarium.tasks._events import DARK, EventClips, camera
from neurarium.tasks._photographs import photographs
from neurarium.tasks._trials import balanced

N_DIRECTIONS = 8
GRAIN = 2  # photograph pixels a side that one camera pixel averages, so that motion of half a pixel is not blurred
N_GLANCES = 8  # windows to choose from for each clip: plain sky causes no events
TRAIN_SHARE = 0.7  # columns from the left that training clips come from; test clips come from the others


@task(
    summary="Which of 8 ways does it move: a simulated event camera over two real photographs.",
    source="generated",
    paper="arxiv:2307.14077",
    tags=("events", "motion", "classification"),
)
def moving_photographs(
    *,
    n_train: int = 1000,
    n_test: int = 400,
    size: int = 16,
    n_steps: int = 14,
    speeds: Sequence[float] = (0.5, 1.0),
    contrast: float = 0.25,
    rng: Rng,
) -> EventClips:
    """Windows of the two photographs shipped with scikit-learn, moving steadily; the label is the direction.

    The images are real, the motion and the camera are simulated. Class k moves by ``(cos 45°k, sin 45°k)``: 0 to
    the right, 2 down. Directions and speeds are balanced. Of eight windows at random a clip shows the one with
    most contrast. Test clips show parts of the photographs that no training clip shows.

    Args:
        n_train: training clips.
        n_test: test clips.
        size: camera pixels a side.
        n_steps: steps of a clip.
        speeds: camera pixels a step.
        contrast: change of log intensity that makes an event.
        rng: streams ``clips`` (direction and speed) and ``windows``; training and test draw from children.

    Raises:
        NeurariumError: for numbers out of range, or a window that would leave the photograph.

    Example:
        >>> clips = moving_photographs(n_train=16, n_test=8, rng=Rng(0))
        >>> clips.train_x.shape, clips.test_y.sort().values.tolist()
        (torch.Size([14, 16, 2, 16, 16]), [0, 1, 2, 3, 4, 5, 6, 7])

    Paper: the task of Grimaldi and Perrinet 2023, arXiv:2307.14077.
    """
    check_count("moving_photographs", n_train=n_train, n_test=n_test, size=size, n_steps=n_steps)
    for speed in speeds:
        check_positive("moving_photographs", speeds=speed)
    whole = photographs()
    seam = int(TRAIN_SHARE * whole.shape[2])
    sides = ((whole[..., :seam], n_train, rng.child("train")), (whole[..., seam:], n_test, rng.child("test")))
    sets = [_clips(photos, n, size, n_steps, speeds, contrast, rng) for photos, n, rng in sides]
    return EventClips(*sets[0], *sets[1], N_DIRECTIONS, note="real photographs; motion and camera are simulated")


def _clips(
    photos: Float[Tensor, "photographs height width"],
    n_clips: int,
    size: int,
    n_steps: int,
    speeds: Sequence[float],
    contrast: float,
    rng: Rng,
) -> tuple[Tensor, Int64[Tensor, " clips"]]:
    direction, pace = balanced(n_clips, (N_DIRECTIONS, len(speeds)), rng("clips"))
    angle = 2 * math.pi / N_DIRECTIONS * direction
    shift = torch.stack([angle.cos(), angle.sin()], 1) * torch.tensor(speeds)[pace, None] * GRAIN  # x, y a step
    room = torch.tensor(photos.shape[:0:-1]) - size * GRAIN - 1 - shift.abs() * n_steps
    if (room <= 0).any():
        must = f"leave room to move in {photos.shape[2]} by {photos.shape[1]} photograph pixels"
        raise bad("moving_photographs", "size", must, size, "Take fewer pixels, fewer steps or lower speeds.")
    glance = torch.rand(N_GLANCES, n_clips, 3, generator=rng("windows"))
    start = glance[..., :2] * room + (shift * n_steps).clamp(min=0)  # the window moves against the image in it
    start[..., 1] += (glance[..., 2] * len(photos)).floor() * photos.shape[1]
    sheet = photos.flatten(0, 1)
    structure = torch.stack([torch.log(_windows(sheet, s, size) + DARK).std((1, 2)) for s in start])
    start = start[structure.argmax(0), torch.arange(n_clips)]
    frames = [_windows(sheet, start - t * shift, size) for t in range(n_steps + 1)]
    return camera(torch.stack(frames), contrast=contrast), direction


def _windows(
    sheet: Float[Tensor, "height width"], corner: Float[Tensor, "clips 2"], size: int
) -> Float[Tensor, "clips size size"]:
    """Square windows at any corner (x, y) in pixels: bilinear, then averaged over the camera's pixels."""
    side = size * GRAIN
    pixel = torch.arange(side)
    offset = torch.stack(torch.meshgrid(pixel, pixel, indexing="xy"), -1)
    where = corner[:, None, None] + offset  # clips side side (x, y)
    unit = where / (torch.tensor([sheet.shape[1], sheet.shape[0]]) - 1) * 2 - 1
    seen = F.grid_sample(sheet[None, None], unit.reshape(1, -1, side, 2), align_corners=True)
    return F.avg_pool2d(seen.reshape(-1, 1, side, side), GRAIN).squeeze(1)
