"""Two handwritten digits as spikes, one long after the other, to be added."""

from __future__ import annotations

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from neurarium.core.card import task
from neurarium.core.errors import check_count, check_not_negative, check_positive
from neurarium.core.rng import Rng
from neurarium.tasks._spike_trains import SpikeTrains
from neurarium.tasks.digits import digits


@task(
    summary="Two handwritten digits, each swept into spikes, with silence between; the class is their sum.",
    source="generated",
    paper="arxiv:2306.16922",
    tags=("spiking", "memory", "classification"),
)
def event_digit_sums(
    *,
    n_train: int = 2000,
    n_test: int = 500,
    n_classes: int = 5,
    column_steps: int = 4,
    silence_steps: int = 60,
    rate_hz: float = 500.0,
    rng: Rng,
) -> SpikeTrains:
    """Pairs of real images of 8 by 8 pixels; the spikes are drawn.

    An image passes from left to right: for `column_steps` steps of 1 ms the eight channels see one of its columns, and
    fire with ``p = rate dt pixel``. Then comes silence, then the second image. The class is the sum of the two digits,
    each below `n_classes`, so there are ``2 n_classes - 1`` sums. Pairs are drawn at random, from images held out for
    the test.

    Args:
        n_train: pairs to learn from.
        n_test: pairs held out.
        n_classes: digits in use, the lowest ones.
        column_steps: steps in which a column is seen.
        silence_steps: steps between the two images.
        rate_hz: firing rate of the brightest pixel, at most a spike a step.
        rng: streams ``split``, ``pairs`` and ``spikes``.

    Example:
        >>> pairs = event_digit_sums(n_train=30, n_test=10, rng=Rng(0))
        >>> pairs.train_x.shape, pairs.n_classes
        (torch.Size([124, 30, 8]), 9)

    Paper: stands for SHD-Adding, spoken digits, of Spieler et al. 2023, arXiv:2306.16922.
    """
    check_count("event_digit_sums", n_train=n_train, n_test=n_test, n_classes=n_classes, column_steps=column_steps)
    check_not_negative("event_digit_sums", silence_steps=silence_steps)
    check_positive("event_digit_sums", rate_hz=rate_hz)
    images = digits(rng=rng)
    few = {part: getattr(images, f"{part}_y") < n_classes for part in ("train", "test")}

    def pairs(x: Tensor, y: Tensor, n: int) -> tuple[Float[Tensor, "time n 8"], Int64[Tensor, " n"]]:
        which = torch.randint(len(y), (2, n), generator=rng("pairs"))
        seen = x[which].permute(0, 3, 1, 2).repeat_interleave(column_steps, dim=1)  # digit time pair row
        p = torch.cat([seen[0], seen.new_zeros(silence_steps, n, x.shape[1]), seen[1]]) * rate_hz / 1000
        return (torch.rand(p.shape, generator=rng("spikes")) < p).float(), y[which].sum(0)

    train = pairs(images.train_x[few["train"]], images.train_y[few["train"]], n_train)
    test = pairs(images.test_x[few["test"]], images.test_y[few["test"]], n_test)
    return SpikeTrains(*train, *test, n_classes=2 * n_classes - 1, dt_ms=1.0)
