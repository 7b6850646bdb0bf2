"""Two volleys of spikes, told apart by nothing but the time between them."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from neurarium.core.card import task
from neurarium.core.errors import bad, check_count, check_fraction, check_not_negative
from neurarium.core.rng import Rng
from neurarium.tasks._spike_trains import SpikeTrains
from neurarium.tasks._trials import balanced

MARGIN = 4  # steps that no volley comes near at either end


@task(
    summary="Two volleys of spikes on two groups of channels; the class is the lag between them.",
    source="generated",
    paper="arxiv:2306.17670",
    tags=("spiking", "timing", "classification"),
)
def lagged_volleys(
    *,
    n_trials: int = 2000,
    test_fraction: float = 0.25,
    lags_steps: Sequence[int] = (3, 6, 9, 12, 15, 18),
    n_channels: int = 20,
    n_steps: int = 60,
    jitter_steps: float = 0.7,
    noise: float = 0.01,
    rng: Rng,
) -> SpikeTrains:
    """Trials in which the first half of the channels fires once, and the second half `lag` steps later.

    A spike is at ``round(start + group · lag + jitter N(0, 1))``, and besides in each step and channel with
    probability `noise`. The start is drawn anew in each trial from all that leave room for the longest lag, so that
    neither counts nor times of one channel tell the class; all classes have the same rates. A step is 1 ms.

    Args:
        n_trials: trials in all, as many of each class as can be.
        test_fraction: share of them held out.
        lags_steps: the lag of each class.
        n_channels: channels, an even number.
        n_steps: length of a trial.
        jitter_steps: standard deviation of a spike's time.
        noise: chance of a spike that means nothing, in each step and channel.
        rng: streams ``trials``, ``jitter`` and ``noise``.

    Raises:
        NeurariumError: for an odd number of channels, or trials too short for the longest lag.

    Example:
        >>> trials = lagged_volleys(n_trials=80, rng=Rng(0))
        >>> trials.train_x.shape, trials.n_classes
        (torch.Size([60, 60, 20]), 6)

    Paper: made for the question of Hammouamri et al. 2024, arXiv:2306.17670; the task is not theirs.
    """
    check_count("lagged_volleys", least=2, n_trials=n_trials, n_channels=n_channels)
    check_fraction("lagged_volleys", test_fraction=test_fraction, noise=noise)
    check_not_negative("lagged_volleys", jitter_steps=jitter_steps)
    if n_channels % 2:
        raise bad("lagged_volleys", "n_channels", "be even", n_channels)
    n_starts = n_steps - max(lags_steps) - 2 * MARGIN
    if n_starts < 1 or min(lags_steps) < 0:
        raise bad("lagged_volleys", "lags_steps", f"fit into {n_steps} steps", tuple(lags_steps))
    y, start = balanced(n_trials, (len(lags_steps), n_starts), rng("trials"))
    group = torch.arange(n_channels) * 2 // n_channels
    centre = (MARGIN + start).unsqueeze(1) + torch.tensor(lags_steps)[y].unsqueeze(1) * group
    jitter = jitter_steps * torch.randn(n_trials, n_channels, generator=rng("jitter"))
    x = _placed((centre + jitter).round().long().clamp(0, n_steps - 1), n_steps)
    x[torch.rand(x.shape, generator=rng("noise")) < noise] = 1.0
    n_test = round(test_fraction * n_trials)
    return SpikeTrains(x[:, n_test:], y[n_test:], x[:, :n_test], y[:n_test], n_classes=len(lags_steps), dt_ms=1.0)


def _placed(at: Int64[Tensor, "trials channels"], n_steps: int) -> Float[Tensor, "time trials channels"]:
    """One spike in each trial and channel, at step `at`."""
    return torch.zeros(n_steps, *at.shape).scatter_(0, at.unsqueeze(0), 1.0)
