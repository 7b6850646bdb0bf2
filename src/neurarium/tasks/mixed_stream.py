"""The same images under a fixed rotation of pixel space in each task."""

from __future__ import annotations

from functools import partial

import torch
from jaxtyping import Float, Float64
from torch import Tensor

from neurarium.core.card import task
from neurarium.core.errors import check_count
from neurarium.core.rng import Rng
from neurarium.tasks._images import Images
from neurarium.tasks._stream import Stream, transformed


@task(
    summary="Continual learning: in every task the pixels are mixed by another fixed random orthogonal matrix.",
    source="generated",
    tags=("continual", "images"),
)
def mixed_stream(images: Images, *, n_tasks: int = 10, rng: Rng) -> Stream:
    """Image classification through random orthogonal mixing of the pixels.

    ``x_k = Q_k x`` over the flattened pixels; ``Q_0`` is the identity, the others are Haar-distributed. Unlike a
    permutation it spreads every pixel over all channels, while all lengths and angles between images stay. Mixed
    pixels leave [0, 1].

    Args:
        images: any image set.
        n_tasks: number of experiences, at least 1.
        rng: stream ``mixing`` draws the matrices; a longer stream begins with the shorter one's tasks.

    Raises:
        NeurariumError: if `n_tasks` is no positive integer.

    Example:
        >>> from neurarium.tasks import digits
        >>> stream = mixed_stream(digits(rng=Rng(0)), n_tasks=2, rng=Rng(0))
        >>> bool(torch.isclose(stream[1].train_x[0].norm(), stream[0].train_x[0].norm()))
        True
    """
    check_count("mixed_stream", n_tasks=n_tasks)
    n_pixels = images.train_x[0].numel()
    mixings = [_haar(n_pixels, rng("mixing")) for _ in range(n_tasks - 1)]
    identity = torch.eye(n_pixels, dtype=torch.float64)
    return transformed(images, [partial(_mixed, mixing=q) for q in (identity, *mixings)])


def _haar(n: int, generator: torch.Generator) -> Float64[Tensor, "n n"]:
    q, r = torch.linalg.qr(torch.randn(n, n, generator=generator, dtype=torch.float64))
    return q * r.diagonal().sign()  # without the signs QR favours some rotations


def _mixed(x: Float[Tensor, "n h w"], mixing: Float64[Tensor, "pixels pixels"]) -> Float[Tensor, "n h w"]:
    return (x.flatten(1) @ mixing.to(x).T).reshape(x.shape)
