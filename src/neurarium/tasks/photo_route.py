"""A route of places cut from two real photographs."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from neurarium.core.card import task
from neurarium.core.errors import bad, check_count, check_not_negative
from neurarium.core.rng import Rng
from neurarium.tasks._patches import patch_normalised
from neurarium.tasks._photographs import photographs
from neurarium.tasks._route import Route

ZOOM = 3  # pixels of a photograph in one of a view, on each axis
NOTE = "The pixels are of two real photographs (scikit-learn); the route and its changes of light, view and noise are "
NOTE += "simulated."


@task(
    summary="Visual place recognition along a simulated route through two real photographs.",
    source="real",
    paper="arxiv:2109.06452",
    tags=("images", "places"),
)
def photo_route(
    *,
    n_places: int = 100,
    n_references: int = 2,
    size: int = 28,
    shift_std: float = 2.0,
    noise_std: float = 0.01,
    rng: Rng,
) -> Route:
    """Windows along a path that winds through both photographs, seen on several traverses.

    The photographs are real, the route is simulated. It runs through both photographs in rows as far apart as a
    window is high; places are evenly spaced, and the path starts anywhere. Each traverse has weather of its own (a
    gamma of 0.6 to 1.6 and a plane of light that tilts by half), and each view a shift and pixel noise of its own.
    Views are normalised by patches of 7 pixels, so what is left of the light is little.

    Args:
        n_places: places along the route.
        n_references: reference traverses; one more is the query.
        size: pixels a side of a view; windows are three times as large, and averaged.
        shift_std: standard deviation of a view's shift on each axis, in pixels of the photograph.
        noise_std: standard deviation of the noise of a view's pixels, of 1.
        rng: stream ``route`` draws the start, child ``traverse i`` what that traverse adds (the query is the last).

    Raises:
        NeurariumError: for counts below one, and for places less than a quarter of a window apart.

    Example:
        >>> photo_route(n_places=30, rng=Rng(0)).references.shape
        torch.Size([2, 30, 28, 28])

    Paper: stands in for the data sets of Hussaini et al. 2022, arXiv:2109.06452, with their normalisation.
    """
    check_count("photo_route", n_places=n_places, n_references=n_references, size=size)
    check_not_negative("photo_route", shift_std=shift_std, noise_std=noise_std)
    images, window = photographs(), ZOOM * size
    path = _path(images.shape, window)
    if n_places > (most := 4 * len(path) // window):
        raise bad("photo_route", "n_places", f"be {most} at most", n_places, "Or choose a smaller `size`.")
    start = torch.rand((), generator=rng("route"), dtype=torch.float64)
    centres = path[((torch.arange(n_places) / n_places + start) * len(path)).long() % len(path)]
    views = [
        _traverse(images, centres, window, shift_std, noise_std, rng.child(f"traverse {i}"))
        for i in range(n_references + 1)
    ]
    return Route(torch.stack(views[:-1]), views[-1], NOTE)


def _path(shape: torch.Size, window: int) -> Tensor:
    """Every pixel (photograph, y, x) that the centre of the window passes: rows there and back, photo by photo."""
    n_images, height, width = shape
    margin = window // 2 + window // 4  # a shifted window stays inside
    if min(height, width) <= 2 * margin:
        raise bad("photo_route", "size", f"leave room in photographs of {height} by {width}", window // 2)
    ys = torch.arange(margin, height - margin, window)
    xs = torch.arange(margin, width - margin)
    rows = [(i, y, xs if r % 2 == 0 else xs.flip(0)) for i in range(n_images) for r, y in enumerate(ys.tolist())]
    return torch.cat([torch.stack([torch.full_like(x, i), torch.full_like(x, y), x], 1) for i, y, x in rows])


def _traverse(
    images: Float[Tensor, "images height width"],
    centres: Tensor,
    window: int,
    shift_std: float,
    noise_std: float,
    rng: Rng,
) -> Float[Tensor, "places size size"]:
    """One pass over the places: weather, then windows, then noise, then normalisation."""
    gamma, angle = torch.rand(2, generator=rng("weather"), dtype=torch.float64).tolist()
    y, x = torch.meshgrid(*(torch.linspace(-1, 1, n) for n in images.shape[1:]), indexing="ij")
    light = 1 + 0.25 * (math.cos(2 * math.pi * angle) * x + math.sin(2 * math.pi * angle) * y)
    lit = (images.pow(0.6 + gamma) * light).clamp(0, 1)
    shift = torch.randn(len(centres), 2, generator=rng("shift")) * shift_std
    corners = centres[:, 1:] - window // 2 + shift.round().long().clamp(-(window // 4), window // 4)
    views = torch.stack(
        [lit[i, y : y + window, x : x + window] for i, (y, x) in zip(centres[:, 0], corners.tolist(), strict=True)]
    )
    small = F.avg_pool2d(views.unsqueeze(1), ZOOM).squeeze(1)
    noise = torch.randn(small.shape, generator=rng("noise")) * noise_std
    return patch_normalised((small + noise).clamp(0, 1))
