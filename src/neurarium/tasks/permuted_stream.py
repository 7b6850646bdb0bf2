"""The same images under a fixed shuffling of pixels in each task."""

from __future__ import annotations

from functools import partial

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from neurarium.core.card import task
from neurarium.core.errors import check_count
from neurarium.core.rng import Rng
from neurarium.tasks._images import Images
from neurarium.tasks._stream import Stream, transformed


@task(
    summary="Continual learning: in every task the pixels are shuffled by another fixed permutation.",
    source="generated",
    paper="arxiv:1312.6211",
    tags=("continual", "images"),
)
def permuted_stream(images: Images, *, n_tasks: int = 10, rng: Rng) -> Stream:
    """Permuted image classification, e.g. Permuted MNIST.

    ``x_k[p] = x[order_k[p]]`` over the flattened pixels; ``order_0`` is the identity, so the first task shows the
    images as they are, and the others are uniform random permutations. Labels stay.

    Args:
        images: any image set.
        n_tasks: number of experiences, at least 1.
        rng: stream ``permutations`` draws the orders; a longer stream begins with the shorter one's tasks.

    Raises:
        NeurariumError: if `n_tasks` is no positive integer.

    Example:
        >>> from neurarium.tasks import digits
        >>> stream = permuted_stream(digits(rng=Rng(0)), n_tasks=3, rng=Rng(0))
        >>> len(stream), stream[2].train_x.shape
        (3, torch.Size([1438, 8, 8]))

    Paper: Goodfellow et al. 2013, arXiv:1312.6211.
    """
    check_count("permuted_stream", n_tasks=n_tasks)
    n_pixels = images.train_x[0].numel()
    orders = [torch.randperm(n_pixels, generator=rng("permutations")) for _ in range(n_tasks - 1)]
    return transformed(images, [partial(_permuted, order=o) for o in (torch.arange(n_pixels), *orders)])


def _permuted(x: Float[Tensor, "n h w"], order: Int64[Tensor, " pixels"]) -> Float[Tensor, "n h w"]:
    return x.flatten(1)[:, order.to(x.device)].reshape(x.shape)
