"""A few of the classes in each task."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from neurarium.core.card import task
from neurarium.core.errors import bad
from neurarium.tasks._images import Images
from neurarium.tasks._stream import Experience, Stream


@task(
    summary="Continual learning: every task brings a few new classes.",
    source="generated",
    paper="arxiv:1703.04200",
    tags=("continual", "images"),
)
def split_stream(
    images: Images, *, groups: Sequence[Sequence[int]] | None = None, is_relabelled: bool = True
) -> Stream:
    """Split image classification, e.g. Split MNIST.

    Task k holds exactly the images whose class is in ``groups[k]``. Relabelled, class ``groups[k][j]`` becomes label
    j (task- and domain-incremental learning); otherwise it keeps its own label (class-incremental learning).

    Args:
        images: any image set.
        groups: classes of each task, none twice; default consecutive pairs ``(0, 1), (2, 3), ...``, the last one
            alone if their number is odd.
        is_relabelled: whether labels count from 0 in every task.

    Raises:
        NeurariumError: if a group is empty, a class unknown or in two places.

    Example:
        >>> from neurarium.core import Rng
        >>> from neurarium.tasks import digits
        >>> stream = split_stream(digits(rng=Rng(0)))
        >>> stream[4].classes, stream[4].train_y.unique().tolist(), stream.n_classes
        ((8, 9), [0, 1], 2)

    Paper: Zenke, Poole and Ganguli 2017, arXiv:1703.04200.
    """
    classes = range(images.n_classes)
    groups = [tuple(g) for g in groups] if groups is not None else [tuple(classes[i : i + 2]) for i in classes[::2]]
    used = [c for group in groups for c in group]
    if not groups or not all(groups) or len(set(used)) < len(used) or not set(used) <= set(classes):
        raise bad(
            "split_stream", "groups", f"hold classes 0..{images.n_classes - 1}, none twice, no empty group", groups
        )
    experiences = tuple(
        Experience(
            *_only(images.train_x, images.train_y, group, is_relabelled),
            *_only(images.test_x, images.test_y, group, is_relabelled),
            task_id=i,
            classes=group,
        )
        for i, group in enumerate(groups)
    )
    return Stream(experiences, max(map(len, groups)) if is_relabelled else images.n_classes)


def _only(
    x: Float[Tensor, "n h w"], y: Int64[Tensor, " n"], group: tuple[int, ...], is_relabelled: bool
) -> tuple[Float[Tensor, "kept h w"], Int64[Tensor, " kept"]]:
    is_class = y.unsqueeze(1) == torch.tensor(group, device=y.device)
    keep = is_class.any(1)
    return x[keep], is_class[keep].long().argmax(1) if is_relabelled else y[keep]
