"""Whole sequences of leaky neurons on the CPU: one compiled sweep over time instead of a torch operator per step.

Every column (one neuron of one trial) is a chain of its own and no operation is reordered or contracted: the numbers
are those of the stepped path, whatever the number of threads.
"""

from __future__ import annotations

from typing import Any, NamedTuple, no_type_check

import numba
import numpy as np
import torch
from torch import Tensor

from neurarium.core.errors import NeurariumError
from neurarium.core.kernels import compiled, is_watched, team, threads_for

ATAN, FAST_SIGMOID, TRIANGLE = range(3)
_WIDEST = 1 << 16  # columns a sweep carries along: their potentials stay in the second-level cache
_FEWEST = 1 << 10  # columns below which a second thread costs more than it brings


class Law(NamedTuple):
    """The numbers of a LIF neuron, as a kernel takes them."""

    alpha: float
    threshold: float
    v_reset: float
    is_hard: bool
    is_detached: bool
    bump: int
    slope: float


@compiled()
@no_type_check
def _charge(x, v, z, h, alpha, threshold, v_reset, is_hard, lo, hi):
    """``h = α v + x;  z = [h >= threshold];  v = reset(h, z)`` in columns `lo` to `hi`; `v` is advanced in place."""
    one, zero = x.dtype.type(1), x.dtype.type(0)
    v_now = v[lo:hi]
    for row in range(x.shape[0]):
        x_now, z_now, h_now = x[row, lo:hi], z[row, lo:hi], h[min(row, h.shape[0] - 1), lo:hi]
        for i in range(hi - lo):
            charged = alpha * v_now[i] + x_now[i]
            fired = one if charged >= threshold else zero
            h_now[i] = charged
            z_now[i] = fired
            v_now[i] = (one - fired) * charged + fired * v_reset if is_hard else charged - fired * threshold


@compiled()
@no_type_check
def _adjoint(g_z, h, g_v, alpha, threshold, v_reset, is_hard, is_detached, bump, slope, lo, hi):
    """Gradients of `_charge`, last row first; `h` becomes that of `x`, and `g_v` that of the first potential."""
    one, zero = h.dtype.type(1), h.dtype.type(0)
    g_now = g_v[lo:hi]
    for back in range(h.shape[0]):
        row = h.shape[0] - 1 - back
        g_z_now, h_now = g_z[row, lo:hi], h[row, lo:hi]
        for i in range(hi - lo):
            charged = h_now[i]
            u = abs(charged - threshold) * slope
            if bump == TRIANGLE:
                dz = max(zero, one - u)
            elif bump == ATAN:
                dz = one / (one + u * u)
            else:
                dz = one / ((one + u) * (one + u))
            fired = one if charged >= threshold else zero
            by_spike = zero if is_detached else (v_reset - charged if is_hard else -threshold)
            kept = one - fired if is_hard else one
            g_h = (g_z_now[i] + g_now[i] * by_spike) * dz + g_now[i] * kept
            h_now[i] = g_h
            g_now[i] = alpha * g_h


@compiled()
@no_type_check
def _leak(x, start, y, alpha, is_reversed, lo, hi):
    """``y = α y_before + x`` in columns `lo` to `hi`, from `start`; before is after if time is reversed."""
    before = start[lo:hi]
    for i_row in range(x.shape[0]):
        row = x.shape[0] - 1 - i_row if is_reversed else i_row
        x_now, y_now = x[row, lo:hi], y[row, lo:hi]
        for i in range(hi - lo):
            y_now[i] = alpha * before[i] + x_now[i]
        before = y_now


@compiled(parallel=True)
@no_type_check
def _charge_blocks(x, v, z, h, alpha, threshold, v_reset, is_hard, n, width):
    for block in numba.prange((n + width - 1) // width):
        lo = block * width
        _charge(x, v, z, h, alpha, threshold, v_reset, is_hard, lo, min(n, lo + width))


@compiled(parallel=True)
@no_type_check
def _adjoint_blocks(g_z, h, g_v, alpha, threshold, v_reset, is_hard, is_detached, bump, slope, n, width):
    for block in numba.prange((n + width - 1) // width):
        lo = block * width
        hi = min(n, lo + width)
        _adjoint(g_z, h, g_v, alpha, threshold, v_reset, is_hard, is_detached, bump, slope, lo, hi)


@compiled(parallel=True)
@no_type_check
def _leak_blocks(x, start, y, alpha, is_reversed, n, width):
    for block in numba.prange((n + width - 1) // width):
        lo = block * width
        _leak(x, start, y, alpha, is_reversed, lo, min(n, lo + width))


def _sweep(alone: Any, shared: Any, n: int, *arguments: Any) -> None:
    """Run a kernel over `n` columns on as many threads as torch uses; one thread starts no team of threads."""
    n_threads = threads_for(n, _FEWEST)
    if n_threads > 1:
        per_thread = -(-n // n_threads)
        with team(n_threads):
            shared(*arguments, n, min(_WIDEST, -(-per_thread // 16) * 16))
        return
    for lo in range(0, n, _WIDEST):
        alone(*arguments, lo, min(n, lo + _WIDEST))


def is_fusable(
    x: Tensor, v: Tensor, device: str = "cpu", dtypes: tuple[torch.dtype, ...] = (torch.float32, torch.float64)
) -> bool:
    """Whether a sequence `x` from state `v` can be swept: on one `device`, in one precision, and watched by nobody.

    Whoever watches operators (a cost counter, a compiler) is shown the steps.
    """
    if is_watched():
        return False
    if x.dtype not in dtypes or v.dtype != x.dtype:
        return False
    if x.device.type != device or v.device != x.device or not x.layout == v.layout == torch.strided:
        return False
    shapes = zip(v.shape[::-1], x.shape[:0:-1], strict=False)
    return x.numel() > 0 and v.ndim < x.ndim and all(ours in (1, theirs) for ours, theirs in shapes)


def lif(x: Tensor, v: Tensor, law: Law) -> tuple[Tensor, Tensor]:
    """Spikes at every instant, and the potential after the last one."""
    v = v.expand(x.shape[1:])
    if torch.is_grad_enabled() and (x.requires_grad or v.requires_grad):
        return _LIF.apply(x, v, law)  # type: ignore[return-value]
    return _charged(x, v, law, x.new_empty(1, *x.shape[1:]))


def leaky_integrator(x: Tensor, v: Tensor, alpha: float) -> Tensor:
    """The potential at every instant."""
    return _Leak.apply(x, v.expand(x.shape[1:]), alpha, False)  # type: ignore[return-value]


def no_second_derivative() -> NeurariumError:
    """What a way back says that cannot be differentiated itself."""
    return NeurariumError(
        "LIF: the fused path has no second derivative (`create_graph=True`). "
        "Run the neuron step by step: core.unroll(neuron.step, x, neuron.init_state(x[0]))."
    )


class _LIF(torch.autograd.Function):
    """The potential before the reset is kept for the way back: all else follows from it."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, v: Tensor, law: Law) -> tuple[Tensor, Tensor]:
        h = torch.empty_like(x, memory_format=torch.contiguous_format)
        ctx.law = law
        ctx.save_for_backward(h)
        return _charged(x, v, law, h)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, Tensor, None]:
        if torch.is_grad_enabled():
            raise no_second_derivative()
        (h,), law = ctx.saved_tensors, ctx.law
        # Potentials that nobody will ask for again become the gradient: memory that is new costs more than the sweep.
        g_x = h.clone() if torch._C._autograd._get_current_graph_task_keep_graph() else h
        g_v, number = grads[1].clone(memory_format=torch.contiguous_format), _rows(h).dtype.type
        _sweep(
            _adjoint, _adjoint_blocks, g_v.numel(), _rows(grads[0]), _rows(g_x), _flat(g_v),
            number(law.alpha), number(law.threshold), number(law.v_reset), law.is_hard, law.is_detached, law.bump,
            number(law.slope),
        )  # fmt: skip
        return g_x, g_v, None


class _Leak(torch.autograd.Function):
    """A linear filter: its gradient is the same filter with time reversed, and so on; nothing is kept."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, v: Tensor, alpha: float, is_reversed: bool) -> Tensor:
        ctx.alpha, ctx.is_reversed = alpha, is_reversed
        y = torch.empty_like(x, memory_format=torch.contiguous_format)
        rows = _rows(x)
        _sweep(
            _leak, _leak_blocks, v.numel(), rows, _flat(v.contiguous()), _rows(y), rows.dtype.type(alpha), is_reversed
        )
        return y

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, Tensor, None, None]:
        g = _Leak.apply(grads[0], torch.zeros_like(grads[0][0]), ctx.alpha, not ctx.is_reversed)
        return g, ctx.alpha * g[-1 if ctx.is_reversed else 0], None, None  # type: ignore[index,return-value]


def _charged(x: Tensor, v: Tensor, law: Law, h: Tensor) -> tuple[Tensor, Tensor]:
    """Spikes and the last potential; `h` takes the potentials before the reset, or is overwritten if it has one row."""
    z = torch.empty_like(x, memory_format=torch.contiguous_format)
    last = v.detach().clone(memory_format=torch.contiguous_format)
    number = _rows(z).dtype.type
    _sweep(
        _charge, _charge_blocks, last.numel(), _rows(x), _flat(last), _rows(z), _rows(h),
        number(law.alpha), number(law.threshold), number(law.v_reset), law.is_hard,
    )  # fmt: skip
    return z, last


def _rows(x: Tensor) -> np.ndarray:
    """The memory of `x` (a copy if it is not contiguous) as (time, columns)."""
    return x.detach().contiguous().view(x.shape[0], x.shape[1:].numel()).numpy()


def _flat(v: Tensor) -> np.ndarray:
    return v.detach().view(v.numel()).numpy()
