"""Products with random synapses that are drawn anew row by row; compiled by numba."""

from __future__ import annotations

import math
from typing import NamedTuple, no_type_check

import numpy as np
import torch
from torch import Tensor

from neurarium.core.kernels import compiled
from neurarium.synapses._counter import uniform
from neurarium.synapses._event_kernels import Events
from neurarium.synapses._sparse_kernels import _arrays

_32 = np.uint64(32)


class Law(NamedTuple):
    """What a matrix of synapses is drawn from."""

    connection_key: np.uint64
    weight_key: np.uint64
    n_pre: int
    n_post: int
    log_miss: float


def edges(law: Law) -> tuple[Tensor, Tensor, Tensor]:
    """Presynaptic unit, postsynaptic unit and draw within (-1, 1) of every synapse, in order."""
    counts = torch.empty(law.n_pre, dtype=torch.int64)
    _count(law, counts.numpy())
    n = int(counts.sum())
    post, u = torch.empty(n, dtype=torch.int64), torch.empty(n, dtype=torch.float64)
    _list(law, post.numpy(), u.numpy())
    return torch.repeat_interleave(torch.arange(law.n_pre), counts), post, u


def push(of: Events, law: Law, mean: Tensor, spread: Tensor) -> Tensor:
    """``out[r, post] = Σ value · (mean + spread u)`` over the events of row r and the synapses of their units."""
    out = mean.new_zeros(len(of.starts) - 1, law.n_post)
    _push(*_arrays(*of), law, *_arrays(mean, spread, out))
    return out


def pull(g: Tensor, law: Law, mean: Tensor, spread: Tensor) -> Tensor:
    """``out[r, pre] = Σ (mean + spread u) · g[r, post]``: the adjoint of `push` in its events."""
    out = g.new_empty(len(g), law.n_pre)
    _pull(*_arrays(g), law, *_arrays(mean, spread, out))
    return out


def moments(of: Events, g: Tensor, law: Law) -> tuple[Tensor, Tensor]:
    """``Σ value · g`` and ``Σ value · u · g`` over events and their synapses: the adjoint of `push` in its numbers."""
    out = g.new_zeros(2)
    _moments(*_arrays(*of, g), law, *_arrays(out))
    return out[0], out[1]


@compiled()
@no_type_check
def _row(law, j, targets, u):
    """Write the targets of unit j, and the draw of each; gives their number."""
    base, at, n = np.uint64(j) << _32, -1, 0
    while True:
        k = base + np.uint64(n)
        at += 1 + int(math.log(uniform(law.connection_key, k)) / law.log_miss)
        if at >= law.n_post:
            return n
        targets[n] = at
        u[n] = 2 * uniform(law.weight_key, k) - 1
        n += 1


@compiled()
@no_type_check
def _count(law, counts):
    targets, u = np.empty(law.n_post, np.uint32), np.empty(law.n_post)
    for j in range(law.n_pre):
        counts[j] = _row(law, j, targets, u)


@compiled()
@no_type_check
def _list(law, post, u):
    targets, draws, n = np.empty(law.n_post, np.uint32), np.empty(law.n_post), 0
    for j in range(law.n_pre):
        more = _row(law, j, targets, draws)
        post[n : n + more] = targets[:more]
        u[n : n + more] = draws[:more]
        n += more


@compiled()
@no_type_check
def _push(ev_starts, columns, values, law, mean, spread, out):
    targets, u = np.empty(law.n_post, np.uint32), np.empty(law.n_post, out.dtype)
    m, s = mean[()], spread[()]
    for row in range(out.shape[0]):
        now = out[row]
        for e in range(ev_starts[row], ev_starts[row + 1]):
            x = values[e]
            for k in range(_row(law, columns[e], targets, u)):
                now[targets[k]] += x * (m + s * u[k])


@compiled()
@no_type_check
def _pull(g, law, mean, spread, out):
    targets, u = np.empty(law.n_post, np.uint32), np.empty(law.n_post, g.dtype)
    m, s = mean[()], spread[()]
    for j in range(law.n_pre):
        n = _row(law, j, targets, u)
        for row in range(g.shape[0]):
            total = g.dtype.type(0)
            for k in range(n):
                total += (m + s * u[k]) * g[row, targets[k]]
            out[row, j] = total


@compiled()
@no_type_check
def _moments(ev_starts, columns, values, g, law, out):
    targets, u = np.empty(law.n_post, np.uint32), np.empty(law.n_post, g.dtype)
    for row in range(g.shape[0]):
        for e in range(ev_starts[row], ev_starts[row + 1]):
            x = values[e]
            for k in range(_row(law, columns[e], targets, u)):
                out[0] += x * g[row, targets[k]]
                out[1] += x * u[k] * g[row, targets[k]]
