"""Functional dimension: how many directions of parameter space change what a network computes."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

import torch
from jaxtyping import Float, Int64, Real
from torch import Tensor, nn

from neurarium.alignment._arrays import Array, as_double
from neurarium.alignment._rectifier_mlp import Layer, parameter_jacobian, rectifier_layers
from neurarium.core.card import measure
from neurarium.core.errors import bad, check_fraction

Jacobian = Callable[[Tensor], Float[Tensor, "*nets rows parameters"]]


class FunctionalDimension(NamedTuple):
    """Rank and what it could be at most; each entry has an axis for each leading axis of the weights.

    Attributes:
        rank: directions of parameter space that change an output, on all points.
        half_rank: the same on every other point; where it is lower, more points may raise the rank further.
        bound: parameters less the known symmetries.
        deficit: ``bound - rank``, the dimensions of hidden symmetry.
        singular_values: of the equilibrated Jacobian, relative to the largest.
    """

    rank: Int64[Tensor, "*nets"]
    half_rank: Int64[Tensor, "*nets"]
    bound: int
    deficit: Int64[Tensor, "*nets"]
    singular_values: Float[Tensor, "*nets parameters"]


@measure(
    summary="Dimension of the functions that small changes of a network's parameters reach.",
    level="implementation",
    paper="arxiv:2306.06179",
    tags=("parameters", "symmetry"),
)
def functional_dimension(
    net: nn.Module | Sequence[Layer],
    X: Real[Array, "samples inputs"],
    *,
    negative_slope: float = 0.0,
    n_symmetries: int | None = None,
    rtol: float = 1e-12,
) -> FunctionalDimension:
    """Rank of the Jacobian ``∂ [f(x_1), ..., f(x_m)] / ∂ parameters``, and how far it stays below its bound.

    Scaling a rectifier's input and output by ``c`` and ``1/c`` changes nothing, so the bound is the number of
    parameters less that of hidden units; what is missing from it are hidden symmetries. Rank is a property of the
    points too: take some 20 for each parameter, and look whether half of them gave the same.

    Args:
        net: ``nn.Sequential`` of Linear and ReLU or LeakyReLU (closed form), any other module that maps (1, inputs)
            to (1, outputs), or a list of (weight, bias) whose leading axes, if any, run over networks.
        X: points at which outputs are compared.
        negative_slope: slope of the rectifiers below zero, for a list of weights.
        n_symmetries: dimensions of the known symmetries; default the hidden units, and none for another module.
        rtol: smallest singular value that counts, relative to the largest.

    Example:
        >>> net = [(torch.ones(2, 1), torch.tensor([0.0, -1.0])), (torch.ones(1, 2), torch.zeros(1))]
        >>> [int(n) for n in functional_dimension(net, torch.linspace(-2, 2, 40)[:, None])[:4]]
        [5, 5, 5, 0]

    Paper: Grigsby, Lindsey and Rolnick 2023, arXiv:2306.06179.
    """
    check_fraction("functional_dimension", rtol=rtol, negative_slope=negative_slope)
    x = as_double("functional_dimension", "X", X, ("samples", "inputs"))
    if len(x) < 2:
        raise bad("functional_dimension", "X", "have at least 2 samples", len(x))
    jacobian, n_parameters, n_known = _prepared(net, negative_slope)
    bound = n_parameters - (n_known if n_symmetries is None else n_symmetries)
    halves = [_triangle(jacobian, half, n_parameters) for half in (x[::2], x[1::2])]
    half_rank, _ = _rank(halves[0], rtol)
    rank, singular_values = _rank(torch.cat(halves, -2), rtol)
    return FunctionalDimension(rank, half_rank, bound, bound - rank, singular_values)


def _prepared(net: nn.Module | Sequence[Layer], negative_slope: float) -> tuple[Jacobian, int, int]:
    found = rectifier_layers("functional_dimension", net, negative_slope)
    if found is None:
        return _of_module(net)
    layers, slope = found
    n_parameters = sum(math.prod(w.shape[-2:]) + b.shape[-1] for w, b in layers)
    return partial(parameter_jacobian, layers, slope=slope), n_parameters, sum(b.shape[-1] for _, b in layers[:-1])


def _of_module(net: nn.Module) -> tuple[Jacobian, int, int]:
    values = {name: p.detach().double() for name, p in net.named_parameters()}
    buffers = {name: b.double() if b.is_floating_point() else b for name, b in net.named_buffers()}

    def outputs(parameters: dict[str, Tensor], x_i: Tensor) -> Tensor:
        return torch.func.functional_call(net, (parameters, buffers), (x_i.unsqueeze(0),)).flatten()

    def jacobian(x: Tensor) -> Tensor:
        by_name = torch.func.vmap(torch.func.jacrev(outputs), in_dims=(None, 0))(values, x)
        return torch.cat([by_name[name].flatten(2) for name in values], -1).flatten(0, 1)

    return jacobian, sum(p.numel() for p in values.values()), 0


def _triangle(jacobian: Jacobian, x: Tensor, n_parameters: int) -> Float[Tensor, "*nets rows parameters"]:
    """Triangular factor of the Jacobian, with the same singular values, built up from pieces that fit in memory."""
    factor = None
    for rows in _pieces(jacobian, x, n_parameters):
        rows = rows / torch.linalg.vector_norm(rows, dim=-1, keepdim=True).clamp_min(torch.finfo(rows.dtype).tiny)
        factor = torch.linalg.qr(rows if factor is None else torch.cat((factor, rows), -2), mode="r")[1]
    return factor


def _pieces(jacobian: Jacobian, x: Tensor, n_parameters: int) -> Iterator[Tensor]:
    n_rows = jacobian(x[:1]).shape[-2]
    for piece in x.split(max(1, 4 * n_parameters // n_rows)):
        yield jacobian(piece)


def _rank(factor: Tensor, rtol: float) -> tuple[Tensor, Tensor]:
    """Rank once every parameter that matters has a column of norm one: neither rows nor columns differ in size."""
    size = torch.linalg.vector_norm(factor, dim=-2, keepdim=True)
    values = torch.linalg.svdvals(factor / torch.where(size > rtol * size.amax(-1, keepdim=True), size, math.inf))
    values = torch.nn.functional.pad(values, (0, factor.shape[-1] - values.shape[-1]))
    values = values / values[..., :1].clamp_min(torch.finfo(values.dtype).tiny)
    return (values > rtol).sum(-1), values
