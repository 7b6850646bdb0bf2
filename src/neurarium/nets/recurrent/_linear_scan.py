"""All states of a linear recurrence at once, in logarithmically many steps."""

from __future__ import annotations

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

Sequence = Float[Tensor, "time *batch states"]


def linear_scan(decay: Sequence, drive: Sequence, initial: Float[Tensor, "*batch states"]) -> Sequence:
    """``h_t = decay_t h_{t-1} + drive_t`` for every t, elementwise, by doubling the span that each h has seen.

    >>> linear_scan(torch.full((3, 1), 0.5), torch.ones(3, 1), torch.zeros(1)).flatten()
    tensor([1.0000, 1.5000, 1.7500])
    """
    return _LinearScan.apply(decay, drive, initial)


class _LinearScan(torch.autograd.Function):
    """The gradient is the same recurrence, backwards in time; only the states are kept for it."""

    @staticmethod
    def forward(ctx: Any, decay: Tensor, drive: Tensor, initial: Tensor) -> Tensor:
        h = drive.clone()
        h[0].addcmul_(decay[0], initial)
        h = _doubled(decay.clone(), h)
        ctx.save_for_backward(decay, h, initial)
        return h

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        decay, h, initial = ctx.saved_tensors
        later = torch.cat([decay[1:], torch.zeros_like(decay[:1])])
        g = _doubled(later.flip(0), grads[0].flip(0)).flip(0)
        return g * torch.cat([initial.expand_as(h[:1]), h[:-1]]), g, decay[0] * g[0]


def _doubled(decay: Tensor, h: Tensor) -> Tensor:
    """After each round h has seen twice as many steps back; both arguments are used up."""
    span = 1
    while span < len(h):
        h[span:] += decay[span:] * h[:-span]
        if 2 * span < len(h):
            decay[span:] *= decay[:-span].clone()
        span *= 2
    return h
