"""Spike trains of equal rate, told apart by how long each channel stays as it is."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from neurarium.core.card import task
from neurarium.core.errors import bad, check_count, check_fraction, check_positive
from neurarium.core.loop import unroll
from neurarium.core.rng import Rng
from neurarium.tasks._spike_trains import SpikeTrains
from neurarium.tasks._trials import balanced


@task(
    summary="Two-state Markov chains of equal rate; the class is how much a step resembles the one before.",
    source="generated",
    paper="arxiv:2508.11674",
    tags=("spiking", "timing", "classification"),
)
def markov_classes(
    *,
    n_trials: int = 1200,
    test_fraction: float = 1 / 3,
    correlations: Sequence[float] = (0.0, 0.5),
    rate_hz: float = 200.0,
    n_channels: int = 20,
    n_steps: int = 200,
    rng: Rng,
) -> SpikeTrains:
    """Trials of independent stationary two-state chains; a step is 1 ms.

    With ``p = rate dt`` and r the correlation of the class, a channel fires with ``p + r (1 - p)`` after a spike, with
    ``p (1 - r)`` after silence, and with p in the first step: so the rate is p at every step in every class, and steps
    at distance k correlate by ``r^k``. A correlation of 0 is a Bernoulli process.

    Args:
        n_trials: trials in all, as many of each class as can be.
        test_fraction: share of them held out.
        correlations: of successive steps, one for each class, from 0 to below 1.
        rate_hz: mean rate of every channel in every class.
        n_channels: channels.
        n_steps: length of a trial.
        rng: streams ``trials`` and ``spikes``.

    Raises:
        NeurariumError: for fewer than two classes, or a rate that a step cannot hold.

    Example:
        >>> trials = markov_classes(n_trials=60, rng=Rng(0))
        >>> trials.train_x.shape, trials.n_classes
        (torch.Size([200, 40, 20]), 2)

    Paper: made for the question of Rudnicka et al. 2025, arXiv:2508.11674.
    """
    check_count("markov_classes", n_trials=n_trials, n_channels=n_channels, n_steps=n_steps)
    check_positive("markov_classes", rate_hz=rate_hz)
    check_fraction("markov_classes", test_fraction=test_fraction)
    if len(correlations) < 2 or not all(0 <= r < 1 for r in correlations):
        raise bad("markov_classes", "correlations", "be two or more, each from 0 to below 1", tuple(correlations))
    if rate_hz >= 1000:
        raise bad("markov_classes", "rate_hz", "be below one spike a step of 1 ms", rate_hz)
    (y,) = balanced(n_trials, (len(correlations),), rng("trials"))
    draw = torch.rand(n_steps, n_trials, n_channels, generator=rng("spikes"))
    r, p = torch.tensor(correlations)[y].unsqueeze(1), rate_hz / 1000

    def step(draw_t: Float[Tensor, "trials channels"], chance: Tensor) -> tuple[Tensor, Tensor]:
        fired = (draw_t < chance).float()
        return fired, p * (1 - r) + r * fired

    x, _ = unroll(step, draw, torch.tensor(p))
    n_test = round(test_fraction * n_trials)
    return SpikeTrains(x[:, n_test:], y[n_test:], x[:, :n_test], y[:n_test], n_classes=len(correlations), dt_ms=1.0)
