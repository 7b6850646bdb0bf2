"""Nonlinear autoregressive moving average: memory and products of what is remembered."""

from __future__ import annotations

from typing import no_type_check

import numpy as np
import torch

from neurarium.core.card import task
from neurarium.core.errors import bad, check_count
from neurarium.core.kernels import compiled
from neurarium.core.rng import Rng
from neurarium.tasks._series import Series

_BURN_IN = 200
_ATTEMPTS = 100


@task(
    summary="NARMA: follow a nonlinear system that remembers its input and itself for some steps.",
    source="generated",
    paper="doi:10.1109/72.846741",
    tags=("series", "memory", "nonlinear"),
)
def narma(*, order: int = 10, n_steps: int = 3000, n_trials: int = 1, rng: Rng) -> Series:
    """Input uniform in [0, 0.5) and the output of a system of that order, by its recurrence in float64.

    ``y(t+1) = 0.3 y(t) + 0.05 y(t) Σ_(i<order) y(t-i) + 1.5 x(t-order+1) x(t) + 0.1``

    The target at step t is ``y(t+1)``: all it depends on has been seen. 200 steps are run first and thrown away. The
    system has no bound: a series that leaves ``|y| < 1`` is on its way to infinity and is drawn again.

    Args:
        order: steps that the system remembers; above about 15 most series diverge.
        n_steps: steps that are kept.
        n_trials: independent series, the batch.
        rng: stream ``"input"``.

    Raises:
        NeurariumError: for a count that is not positive, or an order at which 100 draws in a row diverged.

    Example:
        >>> x, y = narma(n_steps=100, rng=Rng(0))
        >>> terms = 0.3 * y[50] + 0.05 * y[50] * y[41:51].sum(0) + 1.5 * x[42] * x[51] + 0.1
        >>> bool(torch.allclose(y[51], terms))
        True

    Paper: Atiya and Parlos 2000, IEEE Transactions on Neural Networks 11, 697-709.
    """
    check_count("narma", order=order, n_steps=n_steps, n_trials=n_trials)
    series = [_bounded(order, n_steps, rng.numpy("input")) for _ in range(n_trials)]
    x, y = (torch.from_numpy(np.stack(column, 1)).unsqueeze(-1) for column in zip(*series, strict=True))
    return Series(x, y)


def _bounded(order: int, n_steps: int, draw: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    for _ in range(_ATTEMPTS):
        x = draw.uniform(0, 0.5, _BURN_IN + order + n_steps)
        y = _recur(x, order)
        if np.abs(y).max() < 1:
            return x[-n_steps:], y[-n_steps:]
    raise bad("narma", "order", "be one at which the system stays bounded", order, "Try 10.")


@compiled()
@no_type_check
def _recur(x, order):
    """``y[n] = y(n + 1)`` of the recurrence, zero before there is enough input."""
    y = np.zeros(x.shape[0])
    for n in range(order, x.shape[0]):
        total = 0.0
        for i in range(1, order + 1):
            total += y[n - i]
        y[n] = 0.3 * y[n - 1] + 0.05 * y[n - 1] * total + 1.5 * x[n - order + 1] * x[n] + 0.1
        if abs(y[n]) > 1:
            break
    return y
