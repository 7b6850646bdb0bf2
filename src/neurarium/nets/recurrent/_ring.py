"""Weights of units on a ring, each tuned to another orientation."""

from __future__ import annotations

import torch
from jaxtyping import Float64
from torch import Tensor

from neurarium.core.errors import check_count, check_not_negative, check_positive


def ring_weights(
    n_units: int,
    *,
    excitation: float = 0.7,
    inhibition: float = 0.4,
    excitation_width_deg: float = 12.0,
    inhibition_width_deg: float = 60.0,
) -> Float64[Tensor, "units units"]:
    """Centre and surround: narrow excitation less wide inhibition, ``excitation · K_e - inhibition · K_i``.

    The rows of ``K ~ exp(-d² / 2 width²)`` sum to one, d being the distance on the ring of 180 degrees; a unit also
    feeds back on itself. Every row sums to ``excitation - inhibition``.

    Example:
        >>> ring_weights(4, excitation=1.0, inhibition=0.0, excitation_width_deg=1.0).tolist()[0]
        [1.0, 0.0, 0.0, 0.0]
    """
    check_count("ring_weights", n_units=n_units)
    check_not_negative("ring_weights", excitation=excitation, inhibition=inhibition)
    widths = dict(excitation_width_deg=excitation_width_deg, inhibition_width_deg=inhibition_width_deg)
    check_positive("ring_weights", **widths)
    at = torch.arange(n_units, dtype=torch.float64) * 180 / n_units
    apart = (at.unsqueeze(1) - at + 90) % 180 - 90
    near, far = (torch.softmax(-(apart**2) / (2 * width**2), dim=1) for width in widths.values())
    return excitation * near - inhibition * far
