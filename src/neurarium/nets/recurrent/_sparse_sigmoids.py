"""Sparse networks of sigmoid units on the CPU: one compiled sweep over time, all series of a batch at once.

The state of all series stands unit by unit, so that each weight is read once and multiplies a whole row of series.
"""

from __future__ import annotations

from typing import NamedTuple, no_type_check

import numpy as np
import torch
from jaxtyping import Float
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic
from scipy.sparse import csr_array
from scipy.sparse.linalg import ArpackNoConvergence, eigs
from torch import Tensor

from neurarium.core import Rng
from neurarium.core.kernels import compiled, is_watched

_DENSE = 300  # units up to which all eigenvalues are found sooner than the largest alone


class Sigmoid(NamedTuple):
    """``floor + height / (1 + exp(-slope · u))``."""

    slope: float
    height: float
    floor: float


LOGISTIC = Sigmoid(1.0, 1.0, 0.0)
TANH = Sigmoid(2.0, 2.0, -1.0)


@intrinsic(prefer_literal=True)
@no_type_check
def _sum_row(_, sources, weights, z, total, n_series):
    """``total[s] = Σ_j w_j z[source_j, s]`` for a literal number of series, summed in vector registers.

    Written for the compiler's own representation: two nested loops are compiled to a load and a store of `total` with
    every weight, and take two to four times as long.
    """

    def codegen(context, builder, signature, args):
        kind = signature.args[1].dtype
        number = context.get_value_type(kind)
        vector, size = ir.VectorType(number, n_series.literal_value), context.get_abi_sizeof(number)
        sources, weights, z, total = (
            context.make_array(signature.args[i])(context, builder, args[i]) for i in range(4)
        )
        total_now = cgutils.alloca_once_value(builder, ir.Constant(vector, None))
        with cgutils.for_range(builder, cgutils.unpack_tuple(builder, sources.shape)[0]) as loop:
            source = builder.load(builder.gep(sources.data, [loop.index]))
            weight = builder.load(builder.gep(weights.data, [loop.index]))
            first = builder.mul(builder.zext(source, loop.index.type), loop.index.type(n_series.literal_value))
            row = builder.bitcast(builder.gep(z.data, [first]), vector.as_pointer())
            product = builder.fmul(_spread(builder, weight, vector), builder.load(row, align=size))
            builder.store(builder.fadd(builder.load(total_now), product), total_now)
        builder.store(builder.load(total_now), builder.bitcast(total.data, vector.as_pointer()), align=size)
        return context.get_dummy_value()

    return types.void(sources, weights, z, total, n_series), codegen


def _spread(builder, number, vector):
    """The vector whose every element is `number`."""
    nothing, first = ir.Constant(vector, ir.Undefined), ir.Constant(ir.IntType(32), 0)
    alone = builder.insert_element(nothing, number, first)
    return builder.shuffle_vector(alone, nothing, ir.Constant(ir.VectorType(ir.IntType(32), vector.count), None))


@compiled()
@no_type_check
def _multiply(starts, sources, weights, z, drive):
    """``drive = W z`` for 1, 8 or 16 series."""
    for unit in range(drive.shape[0]):
        begin, end = starts[unit], starts[unit + 1]
        if drive.shape[1] == 16:
            _sum_row(sources[begin:end], weights[begin:end], z, drive[unit], 16)
        elif drive.shape[1] == 8:
            _sum_row(sources[begin:end], weights[begin:end], z, drive[unit], 8)
        else:
            total = drive.dtype.type(0)
            for at in range(begin, end):
                total += weights[at] * z[sources[at], 0]
            drive[unit, 0] = total


@compiled()
@no_type_check
def _squash(drive, z, power, mantissa, leak, slope, height, floor):
    """``z = (1 - leak) z + leak (floor + height / (1 + exp(-slope · drive)))``, flat.

    ``exp(-a) = 2^k exp(r)`` with ``|r| <= ln 2 / 2``; the polynomial is Taylor's, exact to the last bits of float64.
    Unlike a call of the library it becomes vector instructions. The scale 2^k is written as bits of a float64.
    """
    for i in range(drive.shape[0]):
        a = -min(abs(slope * drive[i]), 700.0)
        k = np.floor(a * 1.4426950408889634 + 0.5)
        r = (a - k * 0.693145751953125) - k * 1.4286068202862268e-6
        p = 1 / 6227020800 * r + 1 / 479001600
        p = ((p * r + 1 / 39916800) * r + 1 / 3628800) * r + 1 / 362880
        p = ((p * r + 1 / 40320) * r + 1 / 5040) * r + 1 / 720
        p = ((p * r + 1 / 120) * r + 1 / 24) * r + 1 / 6
        mantissa[i] = ((p * r + 0.5) * r + 1) * r + 1
        power[i] = np.int64(k + 1023.0) << 52
    scale = power.view(np.float64)
    for i in range(drive.shape[0]):
        e = mantissa[i] * scale[i]
        logistic = 1 / (1 + e) if slope * drive[i] >= 0 else e / (1 + e)
        z[i] = (1 - leak) * z[i] + leak * (floor + height * logistic)


@compiled()
@no_type_check
def _sweep(starts, sources, weights, x, z, out, first, leak, slope, height, floor):
    """All instants of the series from `first` on that `z` has columns for, advanced in place.

    `z` holds the units, then the inputs, then a row of ones.
    """
    n_units, n_inputs, width = out.shape[2], x.shape[1], z.shape[1]
    n_series = min(width, out.shape[1] - first)
    drive = np.empty((n_units, width), z.dtype)
    power, mantissa = np.empty(n_units * width, np.int64), np.empty(n_units * width)
    units = z[:n_units]
    for instant in range(x.shape[0]):
        z[n_units : n_units + n_inputs, :n_series] = x[instant, :, first : first + n_series]
        _multiply(starts, sources, weights, z, drive)
        _squash(drive.reshape(-1), units.reshape(-1), power, mantissa, leak, slope, height, floor)
        now = out[instant]
        for b in range(n_series):
            for unit in range(n_units):
                now[first + b, unit] = units[unit, b]


def can_sweep(*tensors: Tensor) -> bool:
    """Whether nobody needs a gradient or watches operators, and all is in one float type on the CPU."""
    wants_gradient = torch.is_grad_enabled() and any(t.requires_grad for t in tensors)
    kinds = {(t.device.type, t.dtype) for t in tensors}
    return not wants_gradient and not is_watched() and kinds in ({("cpu", torch.float32)}, {("cpu", torch.float64)})


def sweep(
    weight_rec: Float[Tensor, "units units"],
    weight_in: Float[Tensor, "units inputs"],
    bias: Float[Tensor, " units"],
    x: Float[Tensor, "time *batch inputs"],
    h: Float[Tensor, "*batch units"],
    *,
    leak: float,
    sigmoid: Sigmoid,
) -> Float[Tensor, "time *batch units"]:
    """``h = (1 - leak) h + leak sigmoid(W_rec h + W_in x + b)`` at every instant, from `h`; zeros cost nothing."""
    n_units, n_inputs = weight_in.shape
    joined = csr_array(torch.cat([weight_rec, weight_in, bias.unsqueeze(-1)], -1).detach().numpy())
    columns = x.detach().reshape(len(x), -1, n_inputs).transpose(1, 2).contiguous().numpy()
    start = h.detach().reshape(-1, n_units).T.numpy()
    out = np.empty((len(x), columns.shape[2], n_units), columns.dtype)
    # Signed indices would cost a test for a negative one with every weight.
    starts, sources = joined.indptr.astype(np.uint32), joined.indices.astype(np.uint32)
    for first in range(0, columns.shape[2], 16):  # 16 series of some hundred units stay in the nearest caches
        some = start[:, first : first + 16]
        width = next(n for n in (1, 8, 16) if n >= some.shape[1])  # columns too many only fill the vector
        z = np.ones((n_units + n_inputs + 1, width), columns.dtype)
        z[:n_units, : some.shape[1]] = some
        _sweep(starts, sources, joined.data, columns, z, out, first, leak, *sigmoid)
    return torch.from_numpy(out).reshape(*x.shape[:-1], n_units)


def draw_sources(n_units: int, n_sources: int, n_connections: int, rng: Rng) -> Float[Tensor, "units sources"]:
    """A mask of 0 and 1 with exactly `n_connections` ones a row, from stream ``"connections"``."""
    chosen = torch.rand(n_units, n_sources, generator=rng("connections")).topk(n_connections).indices
    return torch.zeros(n_units, n_sources).scatter_(1, chosen, 1.0)


def spectral_radius(weight: Float[Tensor, "units units"]) -> float:
    """Largest modulus of an eigenvalue, in float64."""
    w = weight.double()
    if len(w) > _DENSE:
        try:
            found = eigs(csr_array(w.numpy()), k=1, v0=np.ones(len(w)), return_eigenvectors=False)
            return float(abs(found[0]))
        except ArpackNoConvergence:  # the largest eigenvalues are too much alike: find them all
            pass
    return torch.linalg.eigvals(w).abs().max().item()
