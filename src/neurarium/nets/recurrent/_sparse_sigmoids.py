"""Sparse networks of sigmoid units on the CPU: one compiled sweep over time, all series of a batch at once.

The state of all series stands unit by unit, so that each weight is read once and multiplies a whole row of series.
"""

from __future__ import annotations

from typing import NamedTuple, no_type_check

import numpy as np
import torch
from jaxtyping import Float
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


@compiled()
@no_type_check
def _add_row(starts, sources, weights, unit, z, total):
    """``total = Σ_j w_ij z_j`` for unit i, over all series; four weights at a time spare three passes over `total`."""
    total[:] = 0
    at, stop = starts[unit], starts[unit + 1]
    while at + 4 <= stop:
        w_0, w_1, w_2, w_3 = weights[at], weights[at + 1], weights[at + 2], weights[at + 3]
        z_0, z_1, z_2, z_3 = z[sources[at]], z[sources[at + 1]], z[sources[at + 2]], z[sources[at + 3]]
        for b in range(total.shape[0]):
            total[b] += (w_0 * z_0[b] + w_1 * z_1[b]) + (w_2 * z_2[b] + w_3 * z_3[b])
        at += 4
    while at < stop:
        w_0, z_0 = weights[at], z[sources[at]]
        for b in range(total.shape[0]):
            total[b] += w_0 * z_0[b]
        at += 1


@compiled()
@no_type_check
def _multiply(starts, sources, weights, z, drive):
    """``drive = W z``; a single series keeps its sum in a register."""
    for unit in range(drive.shape[0]):
        if drive.shape[1] > 1:
            _add_row(starts, sources, weights, unit, z, drive[unit])
        else:
            total = drive.dtype.type(0)
            for at in range(starts[unit], starts[unit + 1]):
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
def _sweep(starts, sources, weights, x, z, out, leak, slope, height, floor):
    """All instants; `z` holds the units, then the inputs, then a row of ones, and is advanced in place."""
    n_units, n_inputs, width = out.shape[2], x.shape[1], x.shape[2]
    drive = np.empty((n_units, width), z.dtype)
    power, mantissa = np.empty(n_units * width, np.int64), np.empty(n_units * width)
    units = z[:n_units]
    for instant in range(x.shape[0]):
        z[n_units : n_units + n_inputs] = x[instant]
        _multiply(starts, sources, weights, z, drive)
        _squash(drive.reshape(-1), units.reshape(-1), power, mantissa, leak, slope, height, floor)
        now = out[instant]
        for b in range(width):
            for unit in range(n_units):
                now[b, unit] = units[unit, b]


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
    z = np.ones((n_units + n_inputs + 1, columns.shape[2]), columns.dtype)
    z[:n_units] = h.detach().reshape(-1, n_units).T.numpy()
    out = np.empty((len(x), columns.shape[2], n_units), columns.dtype)
    # Signed indices would cost a test for a negative one with every weight.
    starts, sources = joined.indptr.astype(np.uint32), joined.indices.astype(np.uint32)
    _sweep(starts, sources, joined.data, columns, z, out, leak, *sigmoid)
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
