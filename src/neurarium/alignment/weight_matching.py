"""Weight matching: one network's units in the order, and at the scale, of another's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Int64
from scipy.optimize import linear_sum_assignment
from torch import Tensor, nn

from neurarium.alignment._rectifier_mlp import Layer, rectifier_layers
from neurarium.core.card import measure
from neurarium.core.errors import bad


class WeightMatching(NamedTuple):
    """One network beside another.

    Attributes:
        distance: between the weights once matched, 0 to about 1.4: relative to the norm of both together.
        distance_before: the same with units in their given order.
        permutations: for each hidden layer, which unit of the partner stands beside each unit.
        layers: weights and biases of the partner, the same function, in the units and scales of the first.
    """

    distance: float
    distance_before: float
    permutations: list[Int64[np.ndarray, " units"]]
    layers: list[Layer]


@measure(
    summary="Distance of two rectifier networks' weights, up to the order and scale of their hidden units.",
    level="implementation",
    paper="arxiv:2209.04836",
    tags=("parameters", "symmetry", "network"),
)
def weight_matching(
    net: nn.Module | Sequence[Layer], partner: nn.Module | Sequence[Layer], *, is_scaled: bool = True
) -> WeightMatching:
    """Find permutations P that maximise ``Σ_l ⟨W_l, P_l W'_l P_{l-1}ᵀ⟩ + ⟨b_l, P_l b'_l⟩``, one layer after the other.

    Neither order nor positive scale of a rectifier's weights shows in the function. Scales go first: each hidden unit
    is brought to incoming weights and bias of norm one, what it gives on scaled in return. Given its neighbours, the
    best order of a layer is a linear assignment; sweeps go on until none changes, from two starts: layers matched by
    what comes in, first to last, and by what goes out, last to first. A copy is found; else it is a local best.

    Args:
        net: ``nn.Sequential`` of Linear and ReLU or LeakyReLU, or a list of (weight, bias).
        partner: a network of the same sizes.
        is_scaled: forget the scales of units; else only their order.

    Raises:
        NeurariumError: for networks of different sizes or another kind.

    Example:
        >>> hidden = torch.tensor([[1.0], [-2.0]]), torch.tensor([0.5, 1.0])
        >>> net = [hidden, (torch.tensor([[3.0, 4.0]]), torch.ones(1))]
        >>> twin = [(net[0][0].flip(0) * 2, net[0][1].flip(0) * 2), (net[1][0].flip(1) / 2, net[1][1])]
        >>> round(weight_matching(net, twin).distance, 6), weight_matching(net, twin).permutations[0].tolist()
        (0.0, [1, 0])

    Paper: Ainsworth, Hayase and Srinivasa 2022 (Git Re-Basin), arXiv:2209.04836.
    """
    a, b = _layers("net", net), _layers("partner", partner)
    if [w.shape for w, _ in a] != [w.shape for w, _ in b]:
        raise bad("weight_matching", "partner", "have the sizes of `net`", [tuple(w.shape) for w, _ in b])
    scales = [torch.ones_like(bias) for _, bias in a[:-1]]
    if is_scaled:
        (a, scales), (b, _) = _normal_form(a), _normal_form(b)
    starts = [_swept(a, b, _start(a, b, is_forward)) for is_forward in (True, False)]
    best = min(starts, key=lambda order: _distance(a, _ordered(b, order)))
    matched = _ordered(b, best)
    given = [np.arange(len(scale)) for scale in scales]
    return WeightMatching(_distance(a, matched), _distance(a, _ordered(b, given)), best, _rescaled(matched, scales))


def _layers(param: str, net: nn.Module | Sequence[Layer]) -> list[Layer]:
    layers = (rectifier_layers("weight_matching", net, 0.0) or ([], 0.0))[0]
    if not layers or any(w.ndim != 2 for w, _ in layers):
        raise bad("weight_matching", param, "be one Sequential of Linear and ReLU, or its weights", type(net).__name__)
    return layers


def _normal_form(layers: list[Layer]) -> tuple[list[Layer], list[Float[Tensor, " units"]]]:
    """Every hidden unit with incoming weights and bias of norm one, and what its norm was."""
    done, scales, incoming = [], [], torch.ones(layers[0][0].shape[1], dtype=torch.float64)
    for weight, bias in layers[:-1]:
        weight = weight * incoming
        size = torch.cat((weight, bias[:, None]), 1).norm(dim=1)
        incoming = torch.where(size > 0, size, 1.0)
        done.append((weight / incoming[:, None], bias / incoming))
        scales.append(incoming)
    return [*done, (layers[-1][0] * incoming, layers[-1][1])], scales


def _rescaled(layers: list[Layer], scales: list[Float[Tensor, " _units"]]) -> list[Layer]:
    """The inverse: hidden units with these norms."""
    sizes = [torch.ones(layers[0][0].shape[1], dtype=torch.float64), *scales, torch.ones_like(layers[-1][1])]
    return [(w * out[:, None] / into, b * out) for (w, b), into, out in zip(layers, sizes[:-1], sizes[1:], strict=True)]


def _ordered(layers: list[Layer], order: list[np.ndarray]) -> list[Layer]:
    rows = [*order, np.arange(len(layers[-1][1]))]
    columns = [np.arange(layers[0][0].shape[1]), *order]
    return [(w[r][:, c], b[r]) for (w, b), r, c in zip(layers, rows, columns, strict=True)]


def _distance(a: list[Layer], b: list[Layer]) -> float:
    left, right = (torch.cat([t.flatten() for layer in net for t in layer]) for net in (a, b))
    return float((left - right).norm() / torch.hypot(left.norm(), right.norm()).clamp_min(torch.finfo(left.dtype).tiny))


def _incoming(a: list[Layer], b: list[Layer], order: list[np.ndarray], i: int) -> Float[Tensor, "units units"]:
    weight = b[i][0] if i == 0 else b[i][0][:, order[i - 1]]
    return a[i][0] @ weight.mT + torch.outer(a[i][1], b[i][1])


def _outgoing(a: list[Layer], b: list[Layer], order: list[np.ndarray], i: int) -> Float[Tensor, "units units"]:
    weight = b[i + 1][0] if i + 1 == len(order) else b[i + 1][0][order[i + 1]]
    return a[i + 1][0].mT @ weight


def _start(a: list[Layer], b: list[Layer], is_forward: bool) -> list[np.ndarray]:
    order = [np.arange(len(bias)) for _, bias in a[:-1]]
    likeness: Callable = _incoming if is_forward else _outgoing
    for i in range(len(order)) if is_forward else reversed(range(len(order))):
        order[i] = _assigned(likeness(a, b, order, i))
    return order


def _swept(a: list[Layer], b: list[Layer], order: list[np.ndarray]) -> list[np.ndarray]:
    """Coordinate ascent; each change gains, so it ends."""
    has_changed = True
    while has_changed:
        has_changed = False
        for i in range(len(order)):
            likeness = _incoming(a, b, order, i) + _outgoing(a, b, order, i)
            best, units = _assigned(likeness), np.arange(len(likeness))
            gain = likeness[units, best].sum() - likeness[units, order[i]].sum()
            if gain > 1e-12 * likeness.abs().sum():
                order[i], has_changed = best, True
    return order


def _assigned(likeness: Float[Tensor, "units units"]) -> Int64[np.ndarray, " units"]:
    return linear_sum_assignment(likeness.numpy(force=True), maximize=True)[1]
