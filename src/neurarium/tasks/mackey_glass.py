"""Mackey and Glass's blood cells: chaos from a delay."""

from __future__ import annotations

from typing import no_type_check

import numpy as np
import torch
from jaxtyping import Float64
from torch import Tensor

from neurarium.core.card import task
from neurarium.core.errors import bad, check_count, check_not_negative, check_positive
from neurarium.core.kernels import compiled
from neurarium.core.rng import Rng

_BETA, _GAMMA, _N = 0.2, 0.1, 10.0


@task(
    summary="Mackey-Glass series: a steady state, a cycle or chaos, depending on a delay.",
    source="generated",
    paper="doi:10.1126/science.267326",
    tags=("series", "dynamics", "chaos"),
)
def mackey_glass(
    *,
    delay_s: float = 17.0,
    n_steps: int = 3000,
    n_trials: int = 1,
    step_size: float = 0.1,
    stride: int = 10,
    burn_in: int = 10_000,
    initial: Float64[Tensor, " trials"] | None = None,
    rng: Rng,
) -> Float64[Tensor, "time trials 1"]:
    """Series of ``x'(t) = 0.2 x(t-τ) / (1 + x(t-τ)^10) - 0.1 x(t)``, by RK4 with cubic interpolation of the past.

    x = 1 is its fixed point, stable up to τ = 4.7; then a cycle that doubles its period; chaos from about 16.8.
    τ = 17 is the benchmark. The past before the start is constant. Time is in the model's own seconds.

    Args:
        delay_s: τ, a whole number of integration steps.
        n_steps: points kept of each series; the first is the initial one after the burn-in.
        n_trials: independent series, the batch.
        step_size: time step of the integration.
        stride: integration steps from one kept point to the next.
        burn_in: integration steps thrown away first.
        initial: constant past of each series. Default uniform in [0.5, 1.5).
        rng: stream ``"initial"`` draws the pasts; unused if they are given.

    Raises:
        NeurariumError: for a bad count or shape, or a delay that is no multiple of the step.

    Example:
        >>> x = mackey_glass(delay_s=3.0, n_steps=5, rng=Rng(0))
        >>> [round(v, 6) for v in x.flatten().tolist()]       # at the fixed point
        [1.0, 1.0, 1.0, 1.0, 1.0]

    Paper: Mackey and Glass 1977, Science 197, 287-289.
    """
    check_count("mackey_glass", n_steps=n_steps, n_trials=n_trials, stride=stride)
    check_count("mackey_glass", least=0, burn_in=burn_in)
    check_positive("mackey_glass", step_size=step_size)
    check_not_negative("mackey_glass", delay_s=delay_s)
    lag = round(delay_s / step_size)
    if lag < 1 or abs(lag * step_size - delay_s) > 1e-9:
        raise bad("mackey_glass", "delay_s", f"be a multiple of step_size={step_size}, at least one", delay_s)
    if initial is None:
        initial = 0.5 + torch.rand(n_trials, generator=rng("initial"), dtype=torch.float64)
    elif initial.shape != (n_trials,):
        raise bad("mackey_glass", "initial", f"be ({n_trials},)", tuple(initial.shape))
    n_all = burn_in + (n_steps - 1) * stride + 1
    paths = [_integrate(start, lag, step_size, n_all)[burn_in::stride] for start in initial.tolist()]
    return torch.from_numpy(np.stack(paths, 1)).unsqueeze(-1)


@compiled()
@no_type_check
def _flow(x, past):
    return _BETA * past / (1 + past**_N) - _GAMMA * x


@compiled()
@no_type_check
def _integrate(start, lag, h, n):
    """`n` points from `start`. The past between two points is the cubic with their values and slopes (Hermite)."""
    x = np.full(lag + n, start)  # the first `lag` points are the constant past
    slope = np.zeros(lag + n)
    for now in range(lag, lag + n - 1):
        before, after = x[now - lag], x[now - lag + 1]
        slope[now] = _flow(x[now], before)
        middle = (before + after) / 2 + h / 8 * (slope[now - lag] - slope[now - lag + 1])
        if now - lag + 1 == lag:  # the last piece of the constant past is flat, though the series leaves it steeply
            middle = start
        k_1 = slope[now]
        k_2 = _flow(x[now] + h / 2 * k_1, middle)
        k_3 = _flow(x[now] + h / 2 * k_2, middle)
        k_4 = _flow(x[now] + h * k_3, after)
        x[now + 1] = x[now] + h / 6 * (k_1 + 2 * k_2 + 2 * k_3 + k_4)
    return x[lag:]
