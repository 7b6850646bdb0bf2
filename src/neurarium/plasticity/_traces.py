"""What rules remember of past spikes and rates, and how they bring two sides together."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from neurarium.core.errors import bad

Bounds = tuple[float, float]


def advance(
    trace: Float[Tensor, "rows units"], spikes: Float[Tensor, "batch units"], keep: float
) -> tuple[Float[Tensor, "batch units"], Float[Tensor, "batch units"]]:
    """One step of a trace to which every spike adds one (all-to-all pairing).

    Args:
        trace: after the step before; one row, at the start, stands for every sample.
        spikes: of this step.
        keep: share of the trace that one step leaves.

    Returns:
        what earlier spikes left, and the same with the spikes of this step.
    """
    before = keep * trace
    return before + torch.zeros_like(spikes), before + spikes


def running_rate(
    rate: Float[Tensor, " units"], activity: Float[Tensor, "batch units"], keep: float
) -> Float[Tensor, " units"]:
    """``keep · rate + (1 - keep) · mean_b activity``."""
    return keep * rate + (1 - keep) * activity.mean(0)


def mean_product(
    post: Float[Tensor, "batch post"],
    pre: Float[Tensor, "batch pre"],
    modulator: Float[Tensor, " batch"] | None = None,
) -> Float[Tensor, "post pre"]:
    """``mean_b m_b post_b pre_bᵀ``; without a modulator every m is one."""
    gated = post if modulator is None else post * modulator.unsqueeze(-1)
    return gated.mT @ pre / len(pre)


def bounded(w: Float[Tensor, "post pre"], bounds: Bounds | None) -> Float[Tensor, "post pre"]:
    """`w`, cut off at `bounds`."""
    return w if bounds is None else w.clamp(*bounds)


def check_bounds(owner: str, bounds: Bounds | None) -> None:
    """Raise unless `bounds` is None or a rising pair."""
    if bounds is not None and not (len(bounds) == 2 and bounds[0] < bounds[1]):
        raise bad(owner, "bounds", "be a rising pair of numbers", bounds)
