"""Poisson spike trains whose classes differ in how fast or when they fire."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch

from neurarium.core.card import task
from neurarium.core.errors import bad, check_count, check_fraction, check_positive
from neurarium.core.rng import Rng
from neurarium.tasks._spike_trains import SpikeTrains
from neurarium.tasks._trials import balanced


@task(
    summary="Poisson spikes; a class has its own mean rate, or its own times at which each channel fires.",
    source="generated",
    paper="arxiv:2508.11674",
    tags=("spiking", "timing", "classification"),
)
def poisson_classes(
    *,
    n_trials: int = 1200,
    test_fraction: float = 1 / 3,
    rates_hz: Sequence[float] = (40.0, 40.0, 40.0, 40.0),
    depth: float = 0.5,
    period_steps: int = 50,
    n_channels: int = 20,
    n_steps: int = 200,
    rng: Rng,
) -> SpikeTrains:
    """Trials of independent Poisson spikes, at most one in a step of 1 ms.

    In class k channel c fires with ``p = rate_k dt (1 + depth sin(2π t / period + φ_kc))``; the phases φ are drawn once
    for each class and channel. Where all rates are equal no count tells the class, only what fires with what; where
    `depth` is 0 nothing but the count does (homogeneous classes).

    Args:
        n_trials: trials in all, as many of each class as can be.
        test_fraction: share of them held out.
        rates_hz: mean rate of each class.
        depth: share of the rate that its modulation takes; 0 is a homogeneous process.
        period_steps: period of the modulation, which must divide `n_steps` so that mean rates stay what they are.
        n_channels: channels.
        n_steps: length of a trial.
        rng: streams ``phases``, ``trials`` and ``spikes``.

    Raises:
        NeurariumError: for fewer than two classes, rates that a step cannot hold, or a period that does not divide.

    Example:
        >>> trials = poisson_classes(n_trials=60, rates_hz=(40.0, 40.0), rng=Rng(0))
        >>> trials.train_x.shape, trials.n_classes
        (torch.Size([200, 40, 20]), 2)

    Paper: made for the question of Rudnicka et al. 2025, arXiv:2508.11674, whose rates are not given in full.
    """
    check_count("poisson_classes", n_trials=n_trials, n_channels=n_channels, n_steps=n_steps, period_steps=period_steps)
    check_fraction("poisson_classes", test_fraction=test_fraction, depth=depth)
    for rate in rates_hz:
        check_positive("poisson_classes", rates_hz=rate)
    if len(rates_hz) < 2 or max(rates_hz) * (1 + depth) > 1000:
        raise bad("poisson_classes", "rates_hz", "be two or more, at most one spike a step at their peak", rates_hz)
    if n_steps % period_steps:
        raise bad("poisson_classes", "period_steps", f"divide the {n_steps} steps", period_steps)
    phases = 2 * math.pi * torch.rand(len(rates_hz), n_channels, generator=rng("phases"))
    (y,) = balanced(n_trials, (len(rates_hz),), rng("trials"))
    turns = 2 * math.pi / period_steps * torch.arange(n_steps).view(-1, 1, 1)
    p = torch.tensor(rates_hz).view(-1, 1) / 1000 * (1 + depth * torch.sin(turns + phases))  # time classes channels
    x = (torch.rand(n_steps, n_trials, n_channels, generator=rng("spikes")) < p[:, y]).float()
    n_test = round(test_fraction * n_trials)
    return SpikeTrains(x[:, n_test:], y[n_test:], x[:, :n_test], y[:n_test], n_classes=len(rates_hz), dt_ms=1.0)
