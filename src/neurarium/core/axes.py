"""The only converters between axis orders.

Systems run ``time batch *features``; instruments take ``(samples, units)`` or ``(trials, time, units)``.
"""

from __future__ import annotations

from jaxtyping import Shaped
from torch import Tensor

from neurarium.core.errors import bad


def to_trials(x: Shaped[Tensor, "time batch ..."]) -> Shaped[Tensor, "batch time units"]:
    """``(time, batch, *features)`` of a system to ``(trials, time, units)`` of an instrument."""
    if x.ndim < 3:
        raise bad("to_trials", "x", "be (time, batch, *features)", tuple(x.shape), "Add the axis that is missing.")
    return x.flatten(2).transpose(0, 1)


def from_trials(x: Shaped[Tensor, "trials time units"]) -> Shaped[Tensor, "time trials units"]:
    """``(trials, time, units)`` of an instrument to ``(time, batch, units)`` of a system."""
    if x.ndim != 3:
        raise bad("from_trials", "x", "be (trials, time, units)", tuple(x.shape))
    return x.transpose(0, 1)


def to_samples(x: Shaped[Tensor, "trials time units"]) -> Shaped[Tensor, "samples units"]:
    """``(trials, time, units)`` to ``(samples, units)``: every instant of every trial is a sample."""
    if x.ndim != 3:
        raise bad("to_samples", "x", "be (trials, time, units)", tuple(x.shape))
    return x.flatten(0, 1)
