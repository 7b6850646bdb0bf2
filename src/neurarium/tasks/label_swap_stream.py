"""Images whose classes swap their labels while they are learned."""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Int64
from torch import Tensor

from neurarium.core.card import task
from neurarium.core.errors import bad, check_count
from neurarium.core.rng import Rng
from neurarium.tasks._images import Images


class LabelSwaps(NamedTuple):
    """A stream of samples, in order.

    `order`: which training image each sample is; `labels`: what it is called at that time; `segment`: how many swaps
    came before; `mappings`: label of each class, a row for each segment, for images that are seen again later.
    """

    order: Int64[Tensor, " samples"]
    labels: Int64[Tensor, " samples"]
    segment: Int64[Tensor, " samples"]
    mappings: Int64[Tensor, "segments classes"]


@task(
    summary="Concept shift: every so often two classes of images swap their labels.",
    source="generated",
    paper="arxiv:2205.08645",
    tags=("online", "concept-shift", "images"),
)
def label_swap_stream(images: Images, *, n_swaps: int, n_epochs: int = 1, rng: Rng) -> LabelSwaps:
    """Passes over the training images, each in a new order, with `n_swaps` label swaps a pass at even distances.

    Sample i of N a pass lies in segment ``i · n_swaps // N``; from one segment to the next two different classes, drawn
    at random, swap labels. The images stay, so what was learned about them keeps its worth.

    Args:
        images: any image set; only its training part is used.
        n_swaps: swaps in one pass; 0 leaves all labels.
        n_epochs: passes.
        rng: streams ``"order"`` and ``"swaps"``; more passes begin with the fewer ones.

    Raises:
        NeurariumError: for a negative count, more swaps than samples, or fewer than two classes.

    Example:
        >>> from neurarium.tasks import digits
        >>> images = digits(rng=Rng(0))
        >>> stream = label_swap_stream(images, n_swaps=2, n_epochs=3, rng=Rng(0))
        >>> stream.mappings.shape, bool((stream.labels[:700] == images.train_y[stream.order[:700]]).all())
        (torch.Size([6, 10]), True)

    Paper: Man, Damasio and Neven 2022, arXiv:2205.08645.
    """
    n = len(images.train_y)
    check_count("label_swap_stream", least=0, n_swaps=n_swaps)
    check_count("label_swap_stream", n_epochs=n_epochs)
    if n_swaps > n:
        raise bad("label_swap_stream", "n_swaps", f"be at most one for each of {n} images", n_swaps)
    if n_swaps and images.n_classes < 2:
        raise bad("label_swap_stream", "images", "have two classes to swap", images.n_classes)
    order = torch.cat([torch.randperm(n, generator=rng("order")) for _ in range(n_epochs)])
    segment = torch.arange(len(order)) * n_swaps // n
    mappings = [torch.arange(images.n_classes)]
    for _ in range(int(segment[-1])):
        first, second = torch.randperm(images.n_classes, generator=rng("swaps"))[:2].tolist()
        swapped = mappings[-1].clone()
        swapped[[first, second]] = mappings[-1][[second, first]]
        mappings.append(swapped)
    table = torch.stack(mappings)
    return LabelSwaps(order, table[segment, images.train_y[order]], segment, table)
