"""The only loop over time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import torch
from jaxtyping import Float, Shaped
from torch import Tensor

from neurarium.core.errors import bad

S = TypeVar("S")


def unroll(
    step: Callable[[Any, S], tuple[Tensor, S]], x: Shaped[Tensor, "time ..."], state: S
) -> tuple[Shaped[Tensor, "time ..."], S]:
    """Apply `step` along the first axis of `x` and stack what comes out.

    ``out[t], state = step(x[t], state)`` for t = 0 .. T-1. The input is split once with ``unbind``: indexing
    ``x[t]`` inside the loop would make the backward pass quadratic in T (130 times slower at T = 400).

    Args:
        step: ``(x_t, state) -> (out_t, state)``.
        x: time first; at least one step.
        state: whatever `step` takes and gives back.

    Returns:
        the outputs, time first, and the last state.

    Example:
        >>> total, last = unroll(lambda x, s: (s + x, s + x), torch.ones(3), torch.zeros(()))
        >>> total.tolist()
        [1.0, 2.0, 3.0]
    """
    if x.ndim < 1 or x.shape[0] == 0:
        raise bad("unroll", "x", "have at least one time step on its first axis", tuple(x.shape))
    outs = []
    for x_t in x.unbind(0):
        out, state = step(x_t, state)
        outs.append(out)
    return torch.stack(outs), state


def final(step: Callable[[Any, S], tuple[Tensor, S]], x: Float[Tensor, "time ..."], state: S) -> tuple[Tensor, S]:
    """Like :func:`unroll`, but keeps only the last output: memory does not grow with T under ``no_grad``."""
    if x.ndim < 1 or x.shape[0] == 0:
        raise bad("final", "x", "have at least one time step on its first axis", tuple(x.shape))
    out = torch.empty(0)
    for x_t in x.unbind(0):
        out, state = step(x_t, state)
    return out, state
