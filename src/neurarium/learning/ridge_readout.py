"""Linear read-out by ridge regression."""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Float, Float64
from torch import Tensor

from neurarium.core import part
from neurarium.core.errors import bad, check_not_negative


class Readout(NamedTuple):
    """``y = x W' + b``; `weight` is (outputs, units), `bias` (outputs,). Call it on states of any leading axes."""

    weight: Tensor
    bias: Tensor

    def __call__(self, x: Float[Tensor, "*samples units"]) -> Float[Tensor, "*samples outputs"]:
        """The read-out of `x`, in the type of `x`."""
        return torch.nn.functional.linear(x, self.weight.to(x), self.bias.to(x))


@part(
    summary="Linear read-out of least squared error with a penalty on its weights, in closed form.",
    paper="doi:10.1080/00401706.1970.10488634",
    tags=("readout", "supervised", "closed-form"),
)
def ridge_readout(
    states: Float[Tensor, "*samples units"],
    targets: Float[Tensor, "*samples outputs"],
    *,
    ridge: float = 1e-6,
) -> Readout:
    """The read-out that minimises ``Σ |y - W x - b|² + λ |W|²``,  ``λ = ridge · trace(X'X) / units``.

    ``(X'X + λ I) W' = X'Y`` by Cholesky in float64, X and Y without their means; ``b = <y> - W <x>`` is not penalised.
    λ follows the size of the states, so that a penalty means the same for all networks. In float32 a Gram matrix of
    real states is not positive definite at such penalties.

    Args:
        states: activity, one row a sample; leading axes, such as time and batch, are joined.
        targets: what to read out, over the same samples.
        ridge: penalty, relative to the mean variance of a unit.

    Returns:
        the read-out, in float64 on the device of `states`.

    Raises:
        NeurariumError: for a negative penalty, shapes that disagree, or states too much alike for this penalty.

    Example:
        >>> x = torch.tensor([[0.0], [1.0], [2.0]])
        >>> ridge_readout(x, 3 * x + 1, ridge=0.0)(torch.tensor([[10.0]])).tolist()
        [[31.0]]

    Paper: Hoerl and Kennard 1970, Technometrics 12, 55-67.
    """
    check_not_negative("ridge_readout", ridge=ridge)
    if states.shape[:-1] != targets.shape[:-1]:
        shapes = (tuple(states.shape), tuple(targets.shape))
        raise bad("ridge_readout", "targets", "have the samples of `states`", shapes)
    x, y = (_centred(t) for t in (states, targets))
    gram = _gram(x[0])
    penalty = ridge * gram.diagonal().mean()
    factor, failed = torch.linalg.cholesky_ex(gram + penalty * torch.eye(len(gram)).to(gram))
    if failed:
        raise bad("ridge_readout", "ridge", "be large enough for states that are so much alike", ridge, "Try 1e-6.")
    weight = torch.cholesky_solve(x[0].mT @ y[0], factor).mT
    return Readout(weight, y[1] - weight @ x[1])


def _centred(t: Tensor) -> tuple[Float64[Tensor, "samples features"], Float64[Tensor, " features"]]:
    rows = t.detach().double().reshape(-1, t.shape[-1])
    mean = rows.mean(0)
    return rows - mean, mean


def _gram(x: Float64[Tensor, "samples units"]) -> Float64[Tensor, "units units"]:
    """``X'X``; NumPy sees that it is symmetric and does half of the work."""
    return torch.from_numpy(x.numpy().T @ x.numpy()) if x.device.type == "cpu" else x.mT @ x
