"""Products of a sparse matrix and a dense one on the CPU, a row of weights for each event; compiled by numba.

A row is added at the event that calls for it, in the order of the events, whatever the number of threads: threads
share out the columns.
"""

from __future__ import annotations

from typing import Any, NamedTuple, no_type_check

import numba
import torch
from torch import Tensor

from neurarium.core.errors import bad
from neurarium.core.kernels import compiled, team, threads_for

_FEWEST = 1 << 7  # columns below which a second thread costs more than it brings


class Events(NamedTuple):
    """Events row by row: those of row r are ``starts[r]`` to ``starts[r + 1]``, each a column and a value."""

    starts: Tensor
    columns: Tensor
    values: Tensor


def events(x: Tensor) -> Events:
    """The non-zero entries of `x`, ``(..., columns)``, dense or sparse; the leading axes are one axis of rows."""
    if x.layout == torch.sparse_csr:
        return _checked(Events(x.crow_indices().long(), x.col_indices().long(), x.values()), x.shape)
    x = x.detach().to_sparse() if x.layout == torch.strided else x.coalesce()
    *leading, columns = x.indices()
    rows = torch.zeros_like(columns)
    for index, size in zip(leading, x.shape, strict=False):
        rows = rows * size + index
    counts = torch.bincount(rows, minlength=x.shape[:-1].numel())
    return _checked(Events(torch.nn.functional.pad(counts.cumsum(0), (1, 0)), columns, x.values()), x.shape)


def _checked(of: Events, shape: torch.Size) -> Events:
    """Refuse events outside of `shape`: torch does not look, and a kernel would read beyond its memory."""
    starts, columns, values = of
    is_whole = len(starts) == shape[:-1].numel() + 1 and starts[0] == 0 and starts[-1] == len(columns) == len(values)
    is_within = columns.numel() == 0 or (columns.min() >= 0 and columns.max() < shape[-1])
    if not (is_whole and is_within and (starts.diff() >= 0).all()):
        hint = "Build it with check_invariants=True to see which is not."
        raise bad("EventDense", "x", f"have all its events within {tuple(shape)}", tuple(columns.shape), hint)
    return of


def gather(of: Events, table: Tensor) -> Tensor:
    """``out[r] = Σ value · table[column]`` over the events of row r."""
    out = table.new_empty(len(of.starts) - 1, table.shape[1])
    _run(_gather, _gather_blocks, of, table, out)
    return out


def scatter(of: Events, rows: Tensor, n_columns: int) -> Tensor:
    """``out[column] = Σ value · rows[r]`` over the events of that column: the adjoint of `gather`."""
    out = rows.new_zeros(n_columns, rows.shape[1])
    _run(_scatter, _scatter_blocks, of, rows, out)
    return out


@compiled()
@no_type_check
def _gather(starts, columns, values, table, out, lo, hi):
    """Four rows of the table at a time, so that a row of the result is loaded and stored a fourth as often."""
    for row in range(out.shape[0]):
        now = out[row, lo:hi]
        now[:] = 0
        k, end = starts[row], starts[row + 1]
        while k + 4 <= end:
            a, b = table[columns[k], lo:hi], table[columns[k + 1], lo:hi]
            c, d = table[columns[k + 2], lo:hi], table[columns[k + 3], lo:hi]
            w_a, w_b, w_c, w_d = values[k], values[k + 1], values[k + 2], values[k + 3]
            for i in range(hi - lo):
                now[i] = now[i] + w_a * a[i] + w_b * b[i] + w_c * c[i] + w_d * d[i]
            k += 4
        while k < end:
            a, w_a = table[columns[k], lo:hi], values[k]
            for i in range(hi - lo):
                now[i] += w_a * a[i]
            k += 1


@compiled()
@no_type_check
def _scatter(starts, columns, values, rows, out, lo, hi):
    for row in range(rows.shape[0]):
        now = rows[row, lo:hi]
        for k in range(starts[row], starts[row + 1]):
            into, w = out[columns[k], lo:hi], values[k]
            for i in range(hi - lo):
                into[i] += w * now[i]


@compiled(parallel=True)
@no_type_check
def _gather_blocks(starts, columns, values, table, out, n, width):
    for block in numba.prange((n + width - 1) // width):
        _gather(starts, columns, values, table, out, block * width, min(n, (block + 1) * width))


@compiled(parallel=True)
@no_type_check
def _scatter_blocks(starts, columns, values, rows, out, n, width):
    for block in numba.prange((n + width - 1) // width):
        _scatter(starts, columns, values, rows, out, block * width, min(n, (block + 1) * width))


def _run(alone: Any, shared: Any, of: Events, source: Tensor, out: Tensor) -> None:
    """As many threads as torch uses; one thread starts no team of threads."""
    arrays = [t.detach().contiguous().numpy() for t in (*of, source, out)]
    n = out.shape[1]
    n_threads = threads_for(n, _FEWEST)
    if n_threads == 1:
        alone(*arrays, 0, n)
        return
    with team(n_threads):
        shared(*arrays, n, -(-n // (16 * n_threads)) * 16)
