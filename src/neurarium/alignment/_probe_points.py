"""Points at which to look at a network all over its input space."""

from __future__ import annotations

import math

import torch
from jaxtyping import Float64
from torch import Tensor

from neurarium.core.errors import bad, check_count
from neurarium.core.rng import Rng


def probe_points(
    *, n_samples: int, n_inputs: int, scales: tuple[float, float] = (0.003, 30.0), rng: Rng
) -> Float64[Tensor, "samples inputs"]:
    """Normal points whose size is log-uniform between `scales`.

    Far from the origin a network is nearly a cone and biases do not count; near it they decide which units switch.
    Points of one size alone leave regions unseen, and a rank too low.

    Args:
        n_samples: number of points.
        n_inputs: dimensions of the input.
        scales: smallest and largest standard deviation.
        rng: stream ``probe`` draws the points.

    Example:
        >>> probe_points(n_samples=5, n_inputs=2, rng=Rng(0)).shape
        torch.Size([5, 2])
    """
    check_count("probe_points", n_samples=n_samples, n_inputs=n_inputs)
    low, high = scales
    if not 0 < low <= high < math.inf:
        raise bad("probe_points", "scales", "be two positive numbers, the smaller first", scales)
    size = torch.empty(n_samples, 1, dtype=torch.float64).uniform_(
        math.log(low), math.log(high), generator=rng("probe")
    )
    return torch.randn(n_samples, n_inputs, dtype=torch.float64, generator=rng("probe")) * size.exp()
