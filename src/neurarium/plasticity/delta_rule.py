"""The delta rule with a gate: error times input, when attention is open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from jaxtyping import Float
from torch import Tensor

from neurarium.core import part
from neurarium.core.errors import check_positive
from neurarium.plasticity._rule import AbstractRule


class DeltaRuleState(NamedTuple):
    """Nothing: the rule has no memory of its own."""


@part(
    summary="Three factors: presynaptic activity, postsynaptic error, and a gate that says when to learn.",
    paper="arxiv:2510.14382",
    tags=("local", "supervised", "three-factor", "online"),
)
@dataclass(frozen=True, kw_only=True)
class DeltaRule(AbstractRule[DeltaRuleState]):
    """Error-modulated, gated Hebbian rule of a linear read-out ``y = W x``.

    ``W = W + lr · mean_b g_b e_b x_b'``,  e = target - y the error of each output, g the gate.

    The error is what `post` brings: an output is told how far it is off, no output sees another's error or a matrix of
    correlations. Small steps average over trials: a target that comes with probability p is read out at p times its
    size. The gate is the modulator, 1 where it is open and 0 where it is shut.

    Args:
        lr: step size; ``lr · <|x|²>`` below 2 converges, and ``1 / (lr · λ)`` updates are remembered along a
            direction in which x has second moment λ.

    Raises:
        NeurariumError: for a step size that is not positive.

    Example:
        >>> import torch
        >>> x, w, rule = torch.tensor([[1.0, 2.0]]), torch.zeros(1, 2), DeltaRule(lr=0.1)
        >>> rule.step(x, 3.0 - x @ w.mT, w, rule.init_state(w))[0].tolist()
        [[0.30000001192092896, 0.6000000238418579]]

    Paper: Yamada and Chao 2025, arXiv:2510.14382; without the gate Widrow and Hoff 1960.
    """

    lr: float = 0.01

    def __post_init__(self) -> None:
        check_positive("DeltaRule", lr=self.lr)

    def init_state(self, w: Float[Tensor, "post pre"]) -> DeltaRuleState:
        """Nothing to remember."""
        return DeltaRuleState()

    def step(
        self,
        pre: Float[Tensor, "batch pre"],
        post: Float[Tensor, "batch post"],
        w: Float[Tensor, "post pre"],
        state: DeltaRuleState,
        modulator: Float[Tensor, " batch"] | None = None,
    ) -> tuple[Float[Tensor, "post pre"], DeltaRuleState]:
        """One update; `post` is the error ``target - y`` of each output, not its activity."""
        error = post if modulator is None else post * modulator.unsqueeze(-1)
        return w + self.lr / len(pre) * (error.mT @ pre), state
