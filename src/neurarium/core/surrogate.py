"""Spikes with a usable gradient: a step function forward, a smooth bump backward."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor

from neurarium.core.errors import check_positive


@runtime_checkable
class Surrogate(Protocol):
    """Anything that gives the derivative used in place of the step function's."""

    width: float

    def grad(self, x: Tensor) -> Tensor:
        """The pseudo-derivative at distance `x` from threshold."""
        ...


@dataclass(frozen=True)
class FastSigmoid:
    """``dz/dx = 1 / (1 + |x| / width)²`` (Zenke and Ganguli 2018, arXiv:1705.11146)."""

    width: float = 0.1

    def __post_init__(self) -> None:
        check_positive("FastSigmoid", width=self.width)

    def grad(self, x: Tensor) -> Tensor:
        """The pseudo-derivative at distance `x` from threshold."""
        return 1 / (1 + x.abs() / self.width) ** 2


@dataclass(frozen=True)
class ATan:
    """``dz/dx = 1 / (1 + (π x / (2 width))²)`` (Fang et al. 2021, arXiv:2007.05785), with a peak of one."""

    width: float = 0.5

    def __post_init__(self) -> None:
        check_positive("ATan", width=self.width)

    def grad(self, x: Tensor) -> Tensor:
        """The pseudo-derivative at distance `x` from threshold."""
        return 1 / (1 + (math.pi / 2 * x / self.width) ** 2)


@dataclass(frozen=True)
class Triangle:
    """``dz/dx = max(0, 1 - |x| / width)`` (Bellec et al. 2018, arXiv:1803.09574)."""

    width: float = 1.0

    def __post_init__(self) -> None:
        check_positive("Triangle", width=self.width)

    def grad(self, x: Tensor) -> Tensor:
        """The pseudo-derivative at distance `x` from threshold."""
        return (1 - x.abs() / self.width).clamp_min(0)


class _Spike(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, surrogate: Surrogate) -> Tensor:
        ctx.save_for_backward(x)
        ctx.surrogate = surrogate
        return (x >= 0).to(x.dtype)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None]:
        (x,) = ctx.saved_tensors
        return grads[0] * ctx.surrogate.grad(x), None


def spike(x: Float[Tensor, ...], surrogate: Surrogate | None = None) -> Float[Tensor, ...]:
    """One where `x` reaches zero, else zero; backward passes through the surrogate's bump.

    Args:
        x: membrane potential minus threshold, any shape.
        surrogate: :class:`FastSigmoid`, :class:`ATan` or :class:`Triangle`; default ``ATan()``.

    Example:
        >>> spike(torch.tensor([-0.1, 0.0, 0.2])).tolist()
        [0.0, 1.0, 1.0]
    """
    return _Spike.apply(x, ATan() if surrogate is None else surrogate)  # type: ignore[return-value]
