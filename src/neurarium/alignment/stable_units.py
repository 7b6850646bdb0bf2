"""Rectifiers that never switch: where hidden symmetries come from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from jaxtyping import Bool, Real
from torch import Tensor, nn

from neurarium.alignment._arrays import Array, as_double
from neurarium.alignment._rectifier_mlp import Layer, hidden_inputs, rectifier_layers
from neurarium.core.card import measure
from neurarium.core.errors import bad, check_fraction


class StableUnits(NamedTuple):
    """What is stable on the points given; a tensor for each hidden layer, after the leading axes of the weights.

    Attributes:
        dead: units that are never active: their weights, in and out, do nothing.
        always_on: units that are always active: linear, and so interchangeable with each other.
        missed: units of the second layer on whose hyperplane misses the image of the layer before.
        is_linear: layers without a unit that switches; they merge with the layer after.
    """

    dead: list[Bool[Tensor, "*nets units"]]
    always_on: list[Bool[Tensor, "*nets units"]]
    missed: list[Bool[Tensor, "*nets units"]]
    is_linear: Bool[Tensor, "*nets layers"]


@measure(
    summary="Which rectifiers never switch over a set of inputs: dead, always on, or a whole layer of them.",
    level="representation",
    paper="arxiv:2306.06179",
    tags=("parameters", "symmetry"),
)
def stable_units(
    net: nn.Module | Sequence[Layer], X: Real[Array, "samples inputs"], *, negative_slope: float = 0.0
) -> StableUnits:
    """Find units whose input ``a = w h + b`` is positive, or not positive, at every one of the points.

    A unit is dead if ``max a <= 0``, always on if ``min a > 0``. From the second layer on both mean that the
    hyperplane ``a = 0`` does not meet the image of the layer before, which lies in the orthant of non-negative
    activity. Points can refute that a unit is stable, never prove it: take many, at many distances from the origin.

    Args:
        net: ``nn.Sequential`` of Linear and ReLU or LeakyReLU, or a list of (weight, bias).
        X: points of input space.
        negative_slope: slope of the rectifiers below zero, for a list of weights.

    Raises:
        NeurariumError: for a module of another kind.

    Example:
        >>> net = [(torch.ones(2, 1), torch.tensor([0.0, -9.0])), (torch.ones(1, 2), torch.zeros(1))]
        >>> stable_units(net, torch.linspace(-2, 2, 9)[:, None]).dead[0].tolist()
        [False, True]

    Paper: Grigsby, Lindsey and Rolnick 2023, arXiv:2306.06179.
    """
    check_fraction("stable_units", negative_slope=negative_slope)
    x = as_double("stable_units", "X", X, ("samples", "inputs"))
    found = rectifier_layers("stable_units", net, negative_slope)
    if found is None:
        raise bad("stable_units", "net", "be a Sequential of Linear and ReLU", type(net).__name__)
    dead, always_on = [], []
    for a in hidden_inputs(found[0], x, found[1]):
        low, high = torch.aminmax(a, dim=-2)
        dead.append(high <= 0)
        always_on.append(low > 0)
    stable = [d | on for d, on in zip(dead, always_on, strict=True)]
    is_linear = torch.stack([s.all(-1) for s in stable], -1) if stable else torch.zeros(0, dtype=torch.bool)
    return StableUnits(dead, always_on, stable[1:], is_linear)
