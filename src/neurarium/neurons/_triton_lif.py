"""Whole sequences of LIF neurons on a GPU: one Triton kernel over time, and one back.

A program carries a block of columns (one neuron of one trial each) through all instants in registers. One potential in
`CHUNK` is kept; the way back charges a chunk anew from it, then goes through the chunk in reverse. The rows of a chunk
are asked for before its first spike is written, or a few neurons would wait for memory at every instant.

With numbers of b bytes a neuron moves ``2 b + 4 / CHUNK`` bytes an instant forward (input, spike, kept potential) and
``3 b + 4 / CHUNK`` back (input, two gradients, kept potential): 10.5 in half precision.

Potentials are float32 where the input is a half (float64 where it is that), and no product is contracted with a sum:
the spikes are those of the stepped path, and the way back meets the spikes of the way forth.
"""

from __future__ import annotations

import struct
from typing import Any, no_type_check

import torch
from torch import Tensor

from neurarium.neurons import _fused_lif as fused

try:
    import triton
    from triton import language as tl
except ModuleNotFoundError:  # nothing below is called then: see `is_fusable`
    triton = None

CHUNK = 16
_WIDTH = 128  # columns of a program, one a thread
_SCALARS = ("n_steps", "n", "alpha", "threshold", "v_reset", "slope")  # whose values are no reason to compile anew
_DTYPES = (torch.float16, torch.bfloat16, torch.float32, torch.float64)


def _jit(kernel: Any) -> Any:
    return kernel if triton is None else triton.jit(do_not_specialize=_SCALARS)(kernel)


@_jit
@no_type_check
def _number(bits, NUMBER: tl.constexpr):
    """The number behind :func:`_bits`."""
    return tl.cast(bits, tl.int64).to(tl.float64, bitcast=True).to(NUMBER)


@_jit
@no_type_check
def _after(charged, fired, threshold, v_reset, IS_HARD: tl.constexpr):
    """The potential after the reset."""
    if IS_HARD:
        after = (1 - fired) * charged + fired * v_reset
    else:
        after = charged - fired * threshold
    return after


@_jit
@no_type_check
def _atan(u):
    return 1 / (1 + u * u)


@_jit
@no_type_check
def _fast_sigmoid(u):
    return 1 / ((1 + u) * (1 + u))


@_jit
@no_type_check
def _triangle(u):
    return tl.maximum(1 - u, 0)


_BUMPS = {fused.ATAN: _atan, fused.FAST_SIGMOID: _fast_sigmoid, fused.TRIANGLE: _triangle}


@_jit
@no_type_check
def _charge(
    x, v, z, last, kept, n_steps, n, alpha, threshold, v_reset,
    IS_HARD: tl.constexpr, IS_KEPT: tl.constexpr, NUMBER: tl.constexpr, CHUNK: tl.constexpr, WIDTH: tl.constexpr,
):  # fmt: skip
    """``h = α v + x;  z = [h >= threshold];  v = reset(h, z)``; `kept` takes the potential before each chunk."""
    alpha, threshold, v_reset = _number(alpha, NUMBER), _number(threshold, NUMBER), _number(v_reset, NUMBER)
    n = tl.cast(n, tl.int64)
    column = tl.cast(tl.program_id(0), tl.int64) * WIDTH + tl.arange(0, WIDTH)
    is_there = column < n
    n_here = tl.where(is_there, n_steps, 0)
    v_now = tl.load(v + column, mask=is_there, other=0).to(NUMBER)
    x, z, kept = x + column, z + column, kept + column
    for first in range(0, n_steps, CHUNK):
        if IS_KEPT:
            tl.store(kept, v_now, mask=is_there)
            kept += n
        xs = ()
        for k in tl.static_range(CHUNK):
            xs += (tl.load(x + k * n, mask=first + k < n_here, other=0).to(NUMBER),)
        for k in tl.static_range(CHUNK):
            charged = alpha * v_now + xs[k]
            fired = (charged >= threshold).to(NUMBER)
            tl.store(z + k * n, fired, mask=first + k < n_here)
            v_now = tl.where(first + k < n_here, _after(charged, fired, threshold, v_reset, IS_HARD), v_now)
        x += CHUNK * n
        z += CHUNK * n
    tl.store(last + column, v_now, mask=is_there)


@_jit
@no_type_check
def _adjoint(
    x, kept, g_z, g_last, g_x, g_v, n_steps, n, alpha, threshold, v_reset, slope, BUMP: tl.constexpr,
    IS_HARD: tl.constexpr, IS_DETACHED: tl.constexpr, NUMBER: tl.constexpr, CHUNK: tl.constexpr, WIDTH: tl.constexpr,
):  # fmt: skip
    """Gradients of `_charge`, last chunk first."""
    alpha, threshold, v_reset = _number(alpha, NUMBER), _number(threshold, NUMBER), _number(v_reset, NUMBER)
    n, slope = tl.cast(n, tl.int64), _number(slope, NUMBER)
    column = tl.cast(tl.program_id(0), tl.int64) * WIDTH + tl.arange(0, WIDTH)
    is_there = column < n
    n_here = tl.where(is_there, n_steps, 0)
    g_now = tl.load(g_last + column, mask=is_there, other=0).to(NUMBER)
    n_chunks = (n_steps + CHUNK - 1) // CHUNK
    for back in range(0, n_chunks):
        chunk = n_chunks - 1 - back
        first = chunk * CHUNK
        row = tl.cast(first, tl.int64) * n + column
        v_now = tl.load(kept + tl.cast(chunk, tl.int64) * n + column, mask=is_there, other=0)
        xs, g_zs, hs = (), (), ()
        for k in tl.static_range(CHUNK):
            is_in = first + k < n_here
            xs += (tl.load(x + row + k * n, mask=is_in, other=0).to(NUMBER),)
            g_zs += (tl.load(g_z + row + k * n, mask=is_in, other=0).to(NUMBER),)
        for k in tl.static_range(CHUNK):
            charged = alpha * v_now + xs[k]
            hs += (charged,)
            v_now = _after(charged, (charged >= threshold).to(NUMBER), threshold, v_reset, IS_HARD)
        for k in tl.static_range(CHUNK - 1, -1, -1):
            charged, g_h, kept_g = hs[k], g_zs[k], g_now
            if IS_HARD:
                kept_g = (1 - (charged >= threshold).to(NUMBER)) * g_now
            if not IS_DETACHED:
                g_h += g_now * (v_reset - charged if IS_HARD else -threshold)
            g_h = g_h * BUMP(tl.abs(charged - threshold) * slope) + kept_g
            tl.store(g_x + row + k * n, g_h, mask=first + k < n_here)
            g_now = tl.where(first + k < n_here, alpha * g_h, g_now)
    tl.store(g_v + column, g_now, mask=is_there)


_IS_THERE = triton is not None and hasattr(tl, "tuple")  # before Triton 3.3 a kernel could not hold a chunk's rows
_DEVICE = "cuda" if triton is None or isinstance(_charge, triton.JITFunction) else "cpu"


def is_fusable(x: Tensor, v: Tensor) -> bool:
    """Whether a sequence `x` from state `v` can be swept: Triton is there, both on a GPU, and watched by nobody.

    With ``TRITON_INTERPRET=1`` Triton interprets kernels on the CPU: then both must be there.
    """
    return _IS_THERE and fused.is_fusable(x, v, _DEVICE, _DTYPES)


def lif(x: Tensor, v: Tensor, law: fused.Law) -> tuple[Tensor, Tensor]:
    """Spikes at every instant, and the potential after the last one."""
    v = v.expand(x.shape[1:])
    if torch.is_grad_enabled() and (x.requires_grad or v.requires_grad):
        return _LIF.apply(x, v, law)  # type: ignore[return-value]
    return _charged(x.contiguous(), v, law, x.new_empty(0))


class _LIF(torch.autograd.Function):
    """The input, which is there anyway, and a potential a chunk are kept for the way back."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, v: Tensor, law: fused.Law) -> tuple[Tensor, Tensor]:
        x = x.contiguous()
        dtype = torch.float64 if x.dtype == torch.float64 else torch.float32
        kept = x.new_empty(-(-x.shape[0] // CHUNK), *x.shape[1:], dtype=dtype)
        ctx.law = law
        ctx.save_for_backward(x, kept)
        return _charged(x, v, law, kept)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, Tensor, None]:
        if torch.is_grad_enabled():
            raise fused.no_second_derivative()
        (x, kept), law = ctx.saved_tensors, ctx.law
        g_z, g_last = (g.contiguous() for g in grads)
        g_x, g_v = torch.empty_like(x), torch.empty_like(g_last)
        numbers, bump = (law.alpha, law.threshold, law.v_reset, law.slope), _BUMPS[law.bump]
        _sweep(
            _adjoint, (x, kept, g_z, g_last, g_x, g_v), numbers,
            BUMP=bump, IS_HARD=law.is_hard, IS_DETACHED=law.is_detached,
        )  # fmt: skip
        return g_x, g_v, None


def _charged(x: Tensor, v: Tensor, law: fused.Law, kept: Tensor) -> tuple[Tensor, Tensor]:
    """Spikes and the last potential; `kept` takes a potential a chunk, unless it is empty."""
    v = v.contiguous()
    z, last = torch.empty_like(x), torch.empty_like(v)
    numbers, is_kept = (law.alpha, law.threshold, law.v_reset), kept.numel() > 0
    _sweep(_charge, (x, v, z, last, kept), numbers, IS_HARD=law.is_hard, IS_KEPT=is_kept)
    return z, last


def _sweep(kernel: Any, tensors: tuple[Tensor, ...], numbers: tuple[float, ...], **options: Any) -> None:
    """Run a kernel over all columns of its tensors, the first of which is a sequence."""
    x = tensors[0]
    n = x.shape[1:].numel()
    options["NUMBER"] = tl.float64 if x.dtype == torch.float64 else tl.float32
    with torch.cuda.device_of(x):
        kernel[(triton.cdiv(n, _WIDTH),)](
            *tensors, x.shape[0], n, *map(_bits, numbers), **options,
            CHUNK=CHUNK, WIDTH=_WIDTH, num_warps=_WIDTH // 32, enable_fp_fusion=False,
        )  # fmt: skip


def _bits(number: float) -> int:
    """A double as a whole number: Triton takes a Python float in single precision only."""
    return int.from_bytes(struct.pack("<d", number), "little", signed=True)
