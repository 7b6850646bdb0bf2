"""Time series with a target at every step, and their scores."""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Float, Float64
from torch import Tensor

from neurarium.core.errors import bad


class Series(NamedTuple):
    """`x`: input, ``(time, batch, 1)``; `y`: what is to be read out at the same step, ``(time, batch, targets)``."""

    x: Tensor
    y: Tensor

    def select(self, start: int, stop: int | None = None) -> Series:
        """The steps from `start` to `stop`."""
        return Series(self.x[start:stop], self.y[start:stop])


def nrmse(prediction: Float[Tensor, "*samples"], target: Float[Tensor, "*samples"]) -> float:
    """Root mean squared error over the standard deviation of the target: the mean as prediction scores 1.

    Raises:
        NeurariumError: for shapes that disagree, or a target that does not vary.

    Example:
        >>> nrmse(torch.tensor([1.0, 1.0]), torch.tensor([0.0, 2.0]))
        1.0
    """
    _check("nrmse", prediction, target)
    y = target.double()
    spread = y.var(correction=0)
    if spread == 0:
        raise bad("nrmse", "target", "vary", float(y.flatten()[0]))
    return ((prediction.double() - y).square().mean() / spread).sqrt().item()


def capacities(
    prediction: Float[Tensor, "*samples targets"], target: Float[Tensor, "*samples targets"]
) -> Float64[Tensor, " targets"]:
    """Squared correlation of each target with its prediction, between 0 and 1; a constant prediction scores 0.

    Summed over the lags of :func:`memory_capacity` it is the memory capacity.

    Example:
        >>> y = torch.tensor([[0.0, 0.0], [1.0, 2.0], [2.0, -1.0]])
        >>> capacities(2 * y + 1, y).tolist()
        [1.0, 1.0]
    """
    _check("capacities", prediction, target)
    p, y = (t.double().reshape(-1, t.shape[-1]) for t in (prediction, target))
    p, y = p - p.mean(0), y - y.mean(0)
    size = p.square().sum(0) * y.square().sum(0)
    return torch.where(size > 0, (p * y).sum(0).square() / size.where(size > 0, 1), 0).clamp_max(1)


def _check(owner: str, prediction: Tensor, target: Tensor) -> None:
    if prediction.shape != target.shape:
        raise bad(owner, "prediction", f"have the target's shape {tuple(target.shape)}", tuple(prediction.shape))
