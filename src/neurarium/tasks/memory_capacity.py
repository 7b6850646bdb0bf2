"""Linear memory: give back what came some steps ago."""

from __future__ import annotations

import torch

from neurarium.core.card import task
from neurarium.core.errors import check_count
from neurarium.core.rng import Rng
from neurarium.tasks._series import Series


@task(
    summary="Memory capacity: read out what an unpredictable input was one, two, ... steps ago.",
    source="generated",
    tags=("series", "memory"),
)
def memory_capacity(*, n_delays: int = 60, n_steps: int = 3000, n_trials: int = 1, rng: Rng) -> Series:
    """Independent input, uniform in [-1, 1), and itself k steps ago: ``y_k(t) = x(t - k)``, k = 1 .. n_delays.

    The memory capacity of a system is the sum over lags of the squared correlation between ``y_k`` and its best linear
    read-out (``capacities(prediction, y).sum()``). A network of N units that holds linear traces of independent input
    has at most N (Jaeger 2001, GMD report 152). With s samples each lag that is not held adds about units / s: use
    many more samples than units.

    Args:
        n_delays: number of targets, and the longest lag.
        n_steps: steps that are kept; lags reach back to earlier ones, so every target is defined.
        n_trials: independent series, the batch.
        rng: stream ``"input"``.

    Raises:
        NeurariumError: for a count that is not positive.

    Example:
        >>> x, y = memory_capacity(n_delays=3, n_steps=100, rng=Rng(0))
        >>> y.shape, bool(torch.equal(y[10, :, 2], x[7, :, 0]))
        (torch.Size([100, 1, 3]), True)
    """
    check_count("memory_capacity", n_delays=n_delays, n_steps=n_steps, n_trials=n_trials)
    drawn = 2 * torch.rand(n_delays + n_steps, n_trials, generator=rng("input"), dtype=torch.float64) - 1
    past = drawn.unfold(0, n_delays + 1, 1).flip(-1)  # (time, batch, lag 0 .. n_delays)
    return Series(past[..., :1].contiguous(), past[..., 1:].contiguous())
