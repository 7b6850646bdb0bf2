"""A stream: experiences that a learner meets one after the other, as in continual learning."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from neurarium.core.errors import bad, check_count
from neurarium.core.rng import Rng
from neurarium.tasks._images import Images


@dataclass(frozen=True, eq=False)
class Experience:
    """One task of a stream.

    Attributes:
        train_x: images to learn from, ``(train, height, width)``.
        train_y: their labels.
        test_x: images to be tested on, ``(test, height, width)``.
        test_y: their labels.
        task_id: position in the stream, from 0.
        classes: the original classes it holds, in the order of its labels.
    """

    train_x: Float[Tensor, "train height width"]
    train_y: Int64[Tensor, " train"]
    test_x: Float[Tensor, "test height width"]
    test_y: Int64[Tensor, " test"]
    task_id: int
    classes: tuple[int, ...]

    def batches(self, *, batch_size: int, n_epochs: int = 1, rng: Rng) -> Iterator[tuple[Tensor, Tensor]]:
        """Images and labels to learn from, shuffled anew in every epoch (stream ``batches``)."""
        check_count("Experience.batches", batch_size=batch_size, n_epochs=n_epochs)
        return (
            (self.train_x[index], self.train_y[index])
            for _ in range(n_epochs)
            for index in torch.randperm(len(self.train_y), generator=rng("batches")).split(batch_size)
        )


@dataclass(frozen=True, eq=False)
class Stream(Sequence[Experience]):
    """Experiences in the order they are met, all held in memory.

    Attributes:
        experiences: the tasks.
        n_classes: number of different labels over the whole stream: the width one shared readout needs.
    """

    experiences: tuple[Experience, ...]
    n_classes: int

    def __getitem__(self, index: Any) -> Any:
        return self.experiences[index]

    def __len__(self) -> int:
        return len(self.experiences)


def transformed(images: Images, transforms: Iterable[Callable[[Tensor], Tensor]]) -> Stream:
    """One experience for each transform: the same labels, all images seen through it."""
    experiences = tuple(
        Experience(
            see(images.train_x), images.train_y, see(images.test_x), images.test_y, i, tuple(range(images.n_classes))
        )
        for i, see in enumerate(transforms)
    )
    if not experiences:
        raise bad("Stream", "experiences", "hold at least one task", ())
    return Stream(experiences, images.n_classes)
