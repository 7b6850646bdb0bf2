"""Bring trajectories to one size without bending them."""

from __future__ import annotations

from jaxtyping import Float
from torch import Tensor


def unit_cube(x: Float[Tensor, "trials time axes"]) -> Float[Tensor, "trials time axes"]:
    """Shift and scale each trajectory into the unit cube.

    ``(x - min) / (max - min)`` with one minimum and one maximum over all axes and times of a trajectory, so its shape
    and the ratios of its axes stay. A trajectory that never moves becomes 0.

    Example:
        >>> import torch
        >>> unit_cube(torch.tensor([[[0.0, 2.0], [4.0, 8.0]]])).tolist()
        [[[0.0, 0.25], [0.5, 1.0]]]
    """
    low, high = x.amin((1, 2), keepdim=True), x.amax((1, 2), keepdim=True)
    extent = high - low
    return (x - low) / extent.where(extent > 0, 1)
