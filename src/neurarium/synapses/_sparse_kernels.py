"""Products with a sparse matrix stored by presynaptic row; compiled by numba. Only rows of active units are read."""

from __future__ import annotations

from typing import Any, no_type_check

import numpy as np
import torch
from torch import Tensor

from neurarium.core.kernels import compiled
from neurarium.synapses._event_kernels import Events


def active(x: Tensor) -> Events:
    """The non-zero entries of `x`, ``(rows, units)``."""
    x = x.detach().contiguous()
    starts, columns = torch.zeros(len(x) + 1, dtype=torch.int64), torch.empty(x.numel(), dtype=torch.int64)
    values = torch.empty(x.numel(), dtype=x.dtype)
    n = _find(x.numpy(), starts.numpy(), columns.numpy(), values.numpy())
    return Events(starts, columns[:n], values[:n])


def push(of: Events, starts: Tensor, targets: Tensor, weight: Tensor, n_post: int) -> Tensor:
    """``out[r, post] = Σ value · weight`` over the events of row r and the synapses of their units."""
    out = weight.new_zeros(len(of.starts) - 1, n_post)
    _push(*_arrays(*of), *_arrays(starts), _unsigned(targets), *_arrays(weight, out))
    return out


def pull(g: Tensor, starts: Tensor, targets: Tensor, weight: Tensor) -> Tensor:
    """``out[r, pre] = Σ weight · g[r, post]`` over the synapses of each unit: the adjoint of `push` in its events."""
    out = g.new_empty(len(g), len(starts) - 1)
    _pull(*_arrays(g, starts), _unsigned(targets), *_arrays(weight, out))
    return out


def outer(of: Events, g: Tensor, starts: Tensor, targets: Tensor) -> Tensor:
    """``out[synapse] = Σ value · g[r, post]`` over the events of its unit: the adjoint of `push` in its weights."""
    out = g.new_zeros(len(targets))
    _outer(*_arrays(*of, g, starts), _unsigned(targets), *_arrays(out))
    return out


def _arrays(*tensors: Tensor) -> list[Any]:
    return [t.detach().contiguous().numpy() for t in tensors]


def _unsigned(targets: Tensor) -> Any:
    return targets.numpy().view(np.uint32)  # an index that cannot be negative is not checked for it


@compiled()
@no_type_check
def _find(x, starts, columns, values):
    n = 0
    for row in range(x.shape[0]):
        now = x[row]
        for j in range(now.size):
            if now[j] != 0:
                columns[n] = j
                values[n] = now[j]
                n += 1
        starts[row + 1] = n
    return n


@compiled()
@no_type_check
def _push(ev_starts, columns, values, starts, targets, weight, out):
    for row in range(out.shape[0]):
        now = out[row]
        for e in range(ev_starts[row], ev_starts[row + 1]):
            j, x = columns[e], values[e]
            for k in range(starts[j], starts[j + 1]):
                now[targets[k]] += x * weight[k]


@compiled()
@no_type_check
def _pull(g, starts, targets, weight, out):
    for row in range(out.shape[0]):
        now = g[row]
        for j in range(out.shape[1]):
            total = g.dtype.type(0)
            for k in range(starts[j], starts[j + 1]):
                total += weight[k] * now[targets[k]]
            out[row, j] = total


@compiled()
@no_type_check
def _outer(ev_starts, columns, values, g, starts, targets, out):
    for row in range(g.shape[0]):
        now = g[row]
        for e in range(ev_starts[row], ev_starts[row + 1]):
            j, x = columns[e], values[e]
            for k in range(starts[j], starts[j + 1]):
                out[k] += x * now[targets[k]]
