"""Perceptrons of rectifiers as lists of weights: their hidden units, and the derivative by every parameter."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn

from neurarium.core.errors import bad

Layer = tuple[Tensor, Tensor]  # weight (*nets, out, in) and bias (*nets, out)


def rectifier_layers(owner: str, net: object, negative_slope: float) -> tuple[list[Layer], float] | None:
    """The layers in float64 and the slope below zero, or None for a module of another kind.

    Raises:
        NeurariumError: if a list of weights and biases does not fit together.
    """
    if isinstance(net, nn.Module):
        return _of_sequential(net)
    if not isinstance(net, Sequence) or len(net) == 0:
        raise bad(owner, "net", "be a module or a list of (weight, bias)", type(net).__name__)
    layers = [(w.detach().double(), b.detach().double()) for w, b in net]
    for i, (w, b) in enumerate(layers):
        if w.ndim < 2 or w.shape[:-1] != b.shape or (i and w.shape[-1] != layers[i - 1][0].shape[-2]):
            hint = "A weight is (*nets, out, in), a bias (*nets, out)."
            raise bad(owner, f"net[{i}]", "fit its bias and the layer before", (tuple(w.shape), tuple(b.shape)), hint)
    return layers, negative_slope


def _of_sequential(net: nn.Module) -> tuple[list[Layer], float] | None:
    if not isinstance(net, nn.Sequential):
        return None
    linear, between = list(net)[::2], list(net)[1::2]
    if len(linear) != len(between) + 1:
        return None
    if not all(isinstance(m, nn.Linear) and m.bias is not None for m in linear):
        return None
    slopes = {m.negative_slope if isinstance(m, nn.LeakyReLU) else 0.0 for m in between}
    if len(slopes) > 1 or not all(isinstance(m, (nn.ReLU, nn.LeakyReLU)) for m in between):
        return None
    return [(m.weight.detach().double(), m.bias.detach().double()) for m in linear], slopes.pop() if slopes else 0.0


def hidden_inputs(
    layers: list[Layer], x: Float[Tensor, "... samples inputs"], slope: float
) -> Iterator[Float[Tensor, "*nets samples units"]]:
    """What each hidden unit is given before it rectifies, layer after layer."""
    for weight, bias in layers[:-1]:
        a = x @ weight.mT + bias.unsqueeze(-2)
        yield a
        x = a * _slopes(a, slope)


def rectifier_outputs(
    layers: list[Layer], x: Float[Tensor, "... samples inputs"], slope: float
) -> Float[Tensor, "*nets samples outputs"]:
    """What the network computes."""
    for a in hidden_inputs(layers, x, slope):
        x = a * _slopes(a, slope)
    return x @ layers[-1][0].mT + layers[-1][1].unsqueeze(-2)


def parameter_jacobian(
    layers: list[Layer], x: Float[Tensor, "... samples inputs"], slope: float
) -> Float[Tensor, "*nets rows parameters"]:
    """Derivative of every output of every sample by every weight and bias, in closed form.

    With ``δ_L = I`` and ``δ_l = (δ_{l+1} W_{l+1}) · σ'(a_l)``: ``∂f/∂W_l = δ_l ⊗ h_{l-1}`` and ``∂f/∂b_l = δ_l``.
    Layer after layer, unit after unit, each unit's weights and then its bias.
    """
    nets = layers[0][0].shape[:-2]
    hidden, slopes = [x.expand(*nets, *x.shape[-2:])], []
    for a in hidden_inputs(layers, x, slope):
        slopes.append(_slopes(a, slope))
        hidden.append(a * slopes[-1])
    n_outputs = layers[-1][1].shape[-1]
    delta = torch.eye(n_outputs, dtype=x.dtype, device=x.device).expand(*hidden[0].shape[:-1], -1, -1)
    blocks = []
    for i, (weight, _) in reversed(list(enumerate(layers))):
        h = torch.nn.functional.pad(hidden[i], (0, 1), value=1.0)  # a bias is the weight of a constant
        blocks.append((delta.unsqueeze(-1) * h[..., None, None, :]).flatten(-2))
        if i:
            delta = (delta @ weight.unsqueeze(-3)) * slopes[i - 1].unsqueeze(-2)
    return torch.cat(blocks[::-1], -1).flatten(-3, -2)


def _slopes(a: Tensor, slope: float) -> Tensor:
    return torch.where(a > 0, 1.0, slope).to(a.dtype)
