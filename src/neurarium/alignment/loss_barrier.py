"""Loss barrier: what stands between two networks on the straight line from one to the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Real
from torch import Tensor, nn

from neurarium.alignment._arrays import Array, as_double
from neurarium.alignment._rectifier_mlp import Layer, rectifier_layers, rectifier_outputs
from neurarium.core.card import measure
from neurarium.core.errors import bad, check_count


class LossBarrier(NamedTuple):
    """How far the losses on the way rise above the line between the losses at its ends, and those losses."""

    height: float
    losses: Float[np.ndarray, " steps"]


@measure(
    summary="How far the loss rises on the straight line between two networks' weights.",
    level="implementation",
    paper="arxiv:2209.04836",
    tags=("parameters", "loss-landscape", "network"),
)
@torch.no_grad()
def loss_barrier(
    net: nn.Module | Sequence[Layer],
    partner: nn.Module | Sequence[Layer],
    X: Real[Array, "samples inputs"],
    *,
    loss: Callable[[Float[Tensor, "samples outputs"]], Float[Tensor, ""]],
    n_steps: int = 11,
    negative_slope: float = 0.0,
) -> LossBarrier:
    """``max_α L((1-α) θ + α θ') - (1-α) L(θ) - α L(θ')``, over α from 0 to 1.

    Two networks that compute much the same may lie far apart only because their units come in another order: match
    them first by :func:`weight_matching` and give its ``layers``.

    Args:
        net: ``nn.Sequential`` of Linear and ReLU or LeakyReLU, or a list of (weight, bias).
        partner: a network of the same sizes.
        X: inputs.
        loss: of the outputs, gives a scalar.
        n_steps: points on the line, its ends included.
        negative_slope: slope of the rectifiers below zero, for a list of weights.

    Raises:
        NeurariumError: for networks of different sizes or another kind.

    Example:
        >>> net, other = ([(torch.tensor([[s]]), torch.zeros(1))] for s in (0.0, 2.0))
        >>> loss_barrier(net, other, torch.ones(3, 1), loss=lambda y: (y - 1).abs().mean(), n_steps=3).losses.tolist()
        [1.0, 0.0, 1.0]

    Paper: Ainsworth, Hayase and Srinivasa 2022 (Git Re-Basin), arXiv:2209.04836.
    """
    check_count("loss_barrier", least=3, n_steps=n_steps)
    x = as_double("loss_barrier", "X", X, ("samples", "inputs"))
    found = [rectifier_layers("loss_barrier", n, negative_slope) for n in (net, partner)]
    if None in found or [w.shape for w, _ in found[0][0]] != [w.shape for w, _ in found[1][0]]:
        raise bad("loss_barrier", "partner", "be a rectifier network of the sizes of `net`", type(partner).__name__)
    (a, slope), (b, _) = found
    losses = []
    for alpha in torch.linspace(0, 1, n_steps, dtype=torch.float64).tolist():
        between = [tuple(torch.lerp(p, q, alpha) for p, q in zip(m, n, strict=True)) for m, n in zip(a, b, strict=True)]
        losses.append(float(loss(rectifier_outputs(between, x, slope))))
    line = np.linspace(losses[0], losses[-1], n_steps)
    return LossBarrier(float((np.array(losses) - line).max()), np.array(losses))
