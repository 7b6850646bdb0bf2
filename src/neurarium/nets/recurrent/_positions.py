"""Where units sit, and how far apart."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from neurarium.core.errors import bad


def grid_positions(*sides: int) -> Float[Tensor, "units axes"]:
    """The points of a grid one apart, last axis fastest: ``grid_positions(5, 5, 4)`` gives 100 points.

    >>> grid_positions(2, 2).tolist()
    [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]
    """
    if not sides or min(sides) < 1:
        raise bad("grid_positions", "sides", "be whole numbers above zero, one an axis", sides)
    axes = torch.meshgrid(*(torch.arange(float(side)) for side in sides), indexing="ij")
    return torch.stack(axes, dim=-1).flatten(0, -2)


def distances(positions: Float[Tensor, "units axes"]) -> Float[Tensor, "units units"]:
    """Euclidean distance of each pair of units, in float64."""
    if positions.ndim != 2 or positions.shape[0] < 2:
        raise bad("distances", "positions", "be (units, axes) of at least two units", tuple(positions.shape))
    at = positions.double()
    return (at.unsqueeze(0) - at.unsqueeze(1)).norm(dim=-1)
