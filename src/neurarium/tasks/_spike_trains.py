"""A labelled set of spike trains, already split into train and test."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from neurarium.core.errors import bad, check_count, check_positive
from neurarium.core.rng import Rng


@dataclass(frozen=True, eq=False)
class SpikeTrains:
    """Spikes with class labels, time first.

    Attributes:
        train_x: spikes, or how many there are, in each step and channel, float32, ``(time, train, channels)``.
        train_y: class of each trial, int64.
        test_x: the trials held out, ``(time, test, channels)``.
        test_y: their classes.
        n_classes: number of classes; labels are ``0 .. n_classes - 1``.
        dt_ms: length of a step.
        note: what a report must say about this set, e.g. that it is only a part of the published one.
    """

    train_x: Float[Tensor, "time train channels"]
    train_y: Int64[Tensor, " train"]
    test_x: Float[Tensor, "time test channels"]
    test_y: Int64[Tensor, " test"]
    n_classes: int
    dt_ms: float
    note: str = ""

    def __post_init__(self) -> None:
        check_positive("SpikeTrains", dt_ms=self.dt_ms)
        for part, x, y in (("train", self.train_x, self.train_y), ("test", self.test_x, self.test_y)):
            if x.ndim != 3 or len(y) == 0 or x.shape[1] != len(y):
                raise bad("SpikeTrains", f"{part}_x", f"be (time, {len(y)}, channels)", tuple(x.shape))

    @property
    def n_channels(self) -> int:
        """Number of input channels."""
        return self.train_x.shape[2]

    def batches(self, *, batch_size: int, n_epochs: int = 1, rng: Rng) -> Iterator[tuple[Tensor, Tensor]]:
        """Spikes and labels to learn from, shuffled anew in every epoch (stream ``batches``)."""
        check_count("SpikeTrains.batches", batch_size=batch_size, n_epochs=n_epochs)
        return (
            (self.train_x[:, index], self.train_y[index])
            for _ in range(n_epochs)
            for index in torch.randperm(len(self.train_y), generator=rng("batches")).split(batch_size)
        )
