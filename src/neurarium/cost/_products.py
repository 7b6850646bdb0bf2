"""How many products each matrix-like operator takes, all of them and those of two non-zero operands."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch._ops import OpOverload


class Product(NamedTuple):
    """Products of one pair of operands: all of them, and those in which both are non-zero."""

    dense: int
    effective: int
    operands: tuple[Tensor, Tensor]


def products(func: OpOverload, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[Product] | None:
    """The products that a call takes, or None when `func` is no matrix-like operator known here."""
    named = dict(zip((a.name for a in func._schema.arguments), args, strict=False)) | kwargs
    if name in _FIRST_OPERAND:
        first = _FIRST_OPERAND[name]
        return [_matrix_product(*_as_matrices(name, *list(named.values())[first : first + 2]))]
    rule = _RULES.get(name)
    return None if rule is None else list(rule(named))


# Position of the left operand; the right one follows it.
_FIRST_OPERAND = {
    **dict.fromkeys(("mm", "bmm", "mv", "dot", "vdot", "_sparse_mm", "_int_mm"), 0),
    **dict.fromkeys(("addmm", "baddbmm", "addbmm", "addmv", "addr", "_addmm_activation", "_sparse_addmm"), 1),
}


def _as_matrices(name: str, a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    if name == "addr":
        return a.unsqueeze(1), b.unsqueeze(0)
    return a.unsqueeze(0) if a.ndim == 1 else a, b.unsqueeze(1) if b.ndim == 1 else b


def _matrix_product(a: Tensor, b: Tensor) -> Product:
    """``Σ_k`` (non-zeros in column k of a) x (non-zeros in row k of b): no product is formed to be counted."""
    *_, rows, inner = a.shape
    dense = a.shape[:-2].numel() * rows * inner * b.shape[-1]
    effective = (_nonzero(a).sum(-2) * _nonzero(b).sum(-1)).sum().item()
    return Product(dense * _real(a), int(effective) * _real(a), (a, b))


def _convolution(named: dict[str, Any]) -> Iterator[Product]:
    x, w = named["input"], named["weight"]
    effective = _convolve(_nonzero(x), _nonzero(w), named).sum().item()
    yield Product(_convolution_dense(named) * _real(x), round(effective) * _real(x), (x, w))


def _convolution_backward(named: dict[str, Any]) -> Iterator[Product]:
    """Both gradients pair up the same (input, weight, output) triples as the forward convolution does."""
    x, w, g = named["input"], named["weight"], named["grad_output"]
    dense = _convolution_dense(named)
    to_input, to_weight, _ = named["output_mask"]
    if to_input:
        effective = (_convolve(torch.ones_like(x), _nonzero(w), named) * _nonzero(g)).sum().item()
        yield Product(dense * _real(x), round(effective) * _real(x), (g, w))
    if to_weight:
        effective = (_convolve(_nonzero(x), torch.ones_like(w), named) * _nonzero(g)).sum().item()
        yield Product(dense * _real(x), round(effective) * _real(x), (x, g))


def _convolve(x: Tensor, w: Tensor, named: dict[str, Any]) -> Tensor:
    settings = (named[k] for k in ("stride", "padding", "dilation", "transposed", "output_padding", "groups"))
    return torch.ops.aten.convolution.default(x.real.double(), w.real.double(), None, *settings)


def _convolution_dense(named: dict[str, Any]) -> int:
    """Every weight meets every position of its input channel (transposed) or output channel, padding included."""
    x, w = named["input"], named["weight"]
    if named["transposed"]:
        positions = x.shape[2:].numel()
    else:
        settings = zip(x.shape[2:], w.shape[2:], *(named[k] for k in ("stride", "padding", "dilation")), strict=False)
        positions = 1
        for size, kernel, stride, padding, dilation in settings:
            positions *= (size + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1
    return x.shape[0] * positions * w.numel()


def _attention(named: dict[str, Any]) -> Iterator[Product]:
    """Queries by keys, then attention weights by values; the weights are had by attending to an identity."""
    q, k, v = named["query"], named["key"], named["value"]
    groups = q.shape[-3] // k.shape[-3] if q.ndim > 2 else 1
    if groups > 1:
        k, v = (t.repeat_interleave(groups, dim=-3) for t in (k, v))
    eye = torch.eye(k.shape[-2], dtype=v.dtype, device=v.device).expand(*v.shape[:-2], -1, -1)
    mask = named.get("attn_mask", named.get("attn_bias"))
    settings = {"is_causal": named.get("is_causal", False), "scale": named.get("scale")}
    weights = torch.nn.functional.scaled_dot_product_attention(q, k, eye, attn_mask=mask, **settings)
    yield _matrix_product(q, k.transpose(-2, -1))
    yield _matrix_product(weights, v)


_RULES: dict[str, Callable[[dict[str, Any]], Iterator[Product]]] = {
    "convolution": _convolution,
    "convolution_backward": _convolution_backward,
    **dict.fromkeys(
        (
            "scaled_dot_product_attention",
            "_scaled_dot_product_flash_attention_for_cpu",
            "_scaled_dot_product_flash_attention",
            "_scaled_dot_product_efficient_attention",
            "_scaled_dot_product_cudnn_attention",
            "_scaled_dot_product_fused_attention_overrideable",
        ),
        _attention,
    ),
}


def is_spikes(x: Tensor) -> bool:
    """Whether `x` holds nothing but zeros and ones."""
    x = _dense(x)
    return bool(((x == 0) | (x == 1)).all())


def _nonzero(x: Tensor) -> Tensor:
    return (_dense(x) != 0).long()


def _dense(x: Tensor) -> Tensor:
    return x if x.layout == torch.strided else x.to_dense()


def _real(x: Tensor) -> int:
    """A complex product takes four real ones."""
    return 4 if x.is_complex() else 1
