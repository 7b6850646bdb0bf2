"""Rulkov map neuron."""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from neurarium.core import AbstractDynamics, part
from neurarium.core.errors import check_finite, check_positive


class RulkovState(NamedTuple):
    """`v`: fast variable, which is also the output; `y`: slow variable."""

    v: Tensor
    y: Tensor


@part(
    summary="Fast-slow map that rests, spikes or bursts chaotically.",
    paper="doi:10.1103/PhysRevLett.86.183",
    tags=("map", "differentiable"),
)
class Rulkov(AbstractDynamics[RulkovState]):
    """Rulkov's chaotic map; without unit of time, elementwise; the output is the fast variable v.

    ``v' = alpha / (1 + v²) + y + x;  y' = y - mu (v - v_rest)``

    Its one fixed point is ``(v_rest, v_rest - alpha / (1 + v_rest²))``. It is stable while the slope of the fast
    map, ``-2 alpha v_rest / (1 + v_rest²)²``, lies above ``-1 - mu / 2`` and below ``1 - mu``: for alpha = 4.1
    silence ends at v_rest = -1.63. Past it the cell spikes in bursts, and its fast variable is chaotic.

    Args:
        alpha: height of the fast map.
        mu: step of the slow variable; small.
        v_rest: fast variable at the fixed point; the excitability of the cell.

    Raises:
        NeurariumError: for `alpha` or `mu` not positive, or `v_rest` not finite.

    Example:
        >>> v, state = Rulkov(v_rest=-1.8)(torch.zeros(3, 1))
        >>> v.flatten().tolist() == [-1.7999999523162842] * 3
        True

    Paper: Rulkov 2001, Physical Review Letters 86, 183-186.
    """

    def __init__(self, *, alpha: float = 4.1, mu: float = 0.001, v_rest: float = -1.6) -> None:
        super().__init__()
        check_positive("Rulkov", alpha=alpha, mu=mu)
        check_finite("Rulkov", v_rest=v_rest)
        self.alpha, self.mu, self.v_rest = alpha, mu, v_rest

    def init_state(self, like: Float[Tensor, "*shape"]) -> RulkovState:
        """The fixed point of the map without input, whether stable or not."""
        y = self.v_rest - self.alpha / (1 + self.v_rest**2)
        return RulkovState(torch.full_like(like, self.v_rest), torch.full_like(like, y))

    def step(self, x: Float[Tensor, "*shape"], state: RulkovState) -> tuple[Float[Tensor, "*shape"], RulkovState]:
        """Both equations at once, from the old values."""
        v = self.alpha / (1 + state.v**2) + state.y + x
        y = state.y - self.mu * (state.v - self.v_rest)
        return v, RulkovState(v, y)
