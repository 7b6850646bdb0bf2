"""Recursive least squares: the rule of FORCE learning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from neurarium.core import part
from neurarium.core.errors import bad, check_fraction, check_positive


class RecursiveLeastSquaresState(NamedTuple):
    """`p`: inverse of what was seen, ``(Σ x x' + α I)^-1``, (units, units)."""

    p: Tensor


@part(
    summary="Read-out that is the least-squares solution after every sample: the rule of FORCE.",
    paper="doi:10.1016/j.neuron.2009.07.018",
    tags=("readout", "supervised", "online"),
)
@dataclass(frozen=True, kw_only=True)
class RecursiveLeastSquares:
    """Weights that are at all times the ridge solution of all samples so far; a block of b samples a step.

    ``e = y - W x;  K = P X' (Λ + X P X')^-1;  W = W + e K';  P = P - K X P``,  P over ``λ^b`` first.

    X has a sample a row; with b = 1 this is FORCE's ``P x / (1 + x' P x)``. Λ is the identity, or ``λ^-(b-i)`` for
    sample i of b. A block gives the weights that its samples would give one after the other. Every sample counts the
    same at λ = 1, so that after n of them a new one weighs 1 / n: start again with :meth:`init_state` (keep w) where
    the world has changed.

    Args:
        strength: α, weight of the penalty ``|W|²``; also the inverse of the first step size.
        forgetting_factor: λ, share of old evidence that each sample leaves, in (0, 1].

    Raises:
        NeurariumError: for numbers out of range, or shapes that disagree.

    Example:
        >>> x, rule = torch.eye(2).double(), RecursiveLeastSquares(strength=1.0)
        >>> w = x.new_zeros(1, 2)
        >>> w, _ = rule.step(x, torch.tensor([[2.0], [4.0]]).double(), w, rule.init_state(w))
        >>> w.round(decimals=9).tolist()
        [[1.0, 2.0]]

    Paper: Sussillo and Abbott 2009, Neuron 63, 544-557.
    """

    strength: float = 1.0
    forgetting_factor: float = 1.0

    def __post_init__(self) -> None:
        check_positive("RecursiveLeastSquares", strength=self.strength, forgetting_factor=self.forgetting_factor)
        check_fraction("RecursiveLeastSquares", forgetting_factor=self.forgetting_factor)

    def init_state(self, w: Float[Tensor, "outputs units"]) -> RecursiveLeastSquaresState:
        """Nothing seen yet: ``P = I / α``."""
        return RecursiveLeastSquaresState(torch.eye(w.shape[1], dtype=w.dtype, device=w.device) / self.strength)

    def step(
        self,
        x: Float[Tensor, "batch units"],
        y: Float[Tensor, "batch outputs"],
        w: Float[Tensor, "outputs units"],
        state: RecursiveLeastSquaresState,
    ) -> tuple[Float[Tensor, "outputs units"], RecursiveLeastSquaresState]:
        """Take in a block of samples, the oldest first.

        Args:
            x: activity.
            y: what should have been read out.
            w: the weights as they are.
            state: the rule's own.

        Returns:
            the weights as they become, and the state.
        """
        if x.shape != (len(y), w.shape[1]) or y.shape[1] != w.shape[0]:
            shapes = (tuple(x.shape), tuple(y.shape), tuple(w.shape))
            raise bad(
                "RecursiveLeastSquares", "x, y, w", "be (batch, units), (batch, outputs), (outputs, units)", shapes
            )
        b, known = len(x), self.forgetting_factor
        p = state.p / known**b
        age = torch.arange(b - 1, -1, -1, dtype=x.dtype, device=x.device)
        seen = x @ p
        factor = torch.linalg.cholesky(torch.diag(known**-age) + seen @ x.mT)
        gain = torch.cholesky_solve(seen, factor).mT  # K, (units, batch)
        p = p - gain @ seen
        return w + (y - x @ w.mT).mT @ gain.mT, RecursiveLeastSquaresState((p + p.mT) / 2)
