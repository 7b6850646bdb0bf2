"""Ranks of very many numbers, ties averaged, in little memory."""

from __future__ import annotations

from typing import no_type_check

import numpy as np
from jaxtyping import Float
from torch import Tensor

from neurarium.core.kernels import compiled


def average_ranks(values: Float[Tensor, " n"]) -> Float[Tensor, " n"]:
    """Rank of each value, from 1; equal values share the mean of their ranks. Contiguous `values` are overwritten."""
    if values.is_cuda:
        return _by_torch(values)
    flat = values.numpy()
    _replace_by_ranks(flat, np.argsort(flat))
    return values


def _by_torch(values: Float[Tensor, " n"]) -> Float[Tensor, " n"]:
    ordered, order = values.sort()
    _, counts = ordered.unique_consecutive(return_counts=True)
    mean_rank = counts.cumsum(0) - (counts - 1) / 2
    return values.index_copy_(0, order, mean_rank.to(values.dtype).repeat_interleave(counts))


@compiled()
@no_type_check
def _replace_by_ranks(values, order):
    start, n = 0, len(order)
    while start < n:
        v, stop = values[order[start]], start + 1
        while stop < n and values[order[stop]] == v:
            stop += 1
        for i in range(start, stop):
            values[order[i]] = 0.5 * (start + stop + 1)
        start = stop
