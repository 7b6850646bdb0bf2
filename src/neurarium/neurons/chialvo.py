"""Chialvo map neuron."""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from neurarium.core import AbstractDynamics, part
from neurarium.core.errors import bad, check_finite


class ChialvoState(NamedTuple):
    """`v`: activation, which is also the output; `y`: recovery."""

    v: Tensor
    y: Tensor


@part(
    summary="Two-dimensional map that is excitable, oscillates, bursts or is chaotic.",
    paper="doi:10.1016/0960-0779(93)E0056-H",
    tags=("map", "differentiable"),
)
class Chialvo(AbstractDynamics[ChialvoState]):
    """Chialvo's map of an excitable cell; without unit of time, elementwise; the output is the activation v.

    ``v' = v² exp(y - v) + k + x;  y' = a y - b v + c``

    For ``k = 0`` the rest ``(0, c / (1 - a))`` is a fixed point, stable for a < 1. Two others are
    ``v = -W(-m exp(-c / (1 - a))) / m``, ``m = 1 + b / (1 - a)``, where the two branches of Lambert's W are real.
    With a = 0.89, c = 0.28 it rests at b = 0.6, k = 0.02, oscillates at k = 0.03, and is chaotic at b = 0.18.

    Args:
        a: share of the recovery kept in a step, in [0, 1).
        b: effect of the activation on the recovery.
        c: offset of the recovery.
        k: constant input.

    Raises:
        NeurariumError: for a number that is not finite, or `a` outside [0, 1).

    Example:
        >>> v, state = Chialvo(k=0.0)(torch.tensor([[0.0], [0.2], [0.0], [0.0]]))
        >>> [round(value, 3) for value in v.flatten().tolist()]
        [0.0, 0.2, 0.418, 1.298]

    Paper: Chialvo 1995, Chaos, Solitons & Fractals 5, 461-479.
    """

    def __init__(self, *, a: float = 0.89, b: float = 0.6, c: float = 0.28, k: float = 0.03) -> None:
        super().__init__()
        check_finite("Chialvo", a=a, b=b, c=c, k=k)
        if not 0 <= a < 1:
            raise bad("Chialvo", "a", "lie in [0, 1)", a, "The recovery grows without bound from 1 on.")
        self.a, self.b, self.c, self.k = a, b, c, k

    def init_state(self, like: Float[Tensor, "*shape"]) -> ChialvoState:
        """The rest of the map without input, the fixed point for ``k = 0``."""
        return ChialvoState(torch.zeros_like(like), torch.full_like(like, self.c / (1 - self.a)))

    def step(self, x: Float[Tensor, "*shape"], state: ChialvoState) -> tuple[Float[Tensor, "*shape"], ChialvoState]:
        """Both equations at once, from the old values."""
        v = state.v**2 * torch.exp(state.y - state.v) + self.k + x
        y = self.a * state.y - self.b * state.v + self.c
        return v, ChialvoState(v, y)
