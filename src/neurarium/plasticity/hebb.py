"""Hebb's rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from neurarium.core import part
from neurarium.core.errors import check_fraction, check_positive
from neurarium.plasticity._rule import AbstractRule
from neurarium.plasticity._traces import mean_product


class HebbState(NamedTuple):
    """The rule remembers nothing."""


@part(
    summary="Units that are active together are joined more strongly; weights fade at a constant rate.",
    paper="doi:10.4324/9781410612403",
    tags=("local", "unsupervised", "differentiable"),
)
@dataclass(frozen=True, kw_only=True)
class Hebb(AbstractRule[HebbState]):
    """Hebb's rule with forgetting.

    ``W = (1 - forgetting) W + lr · mean_b m_b y xᵀ``

    Without forgetting weights grow without bound; with it they follow the correlation of the two sides, and rest at
    ``lr / forgetting`` times it.

    Args:
        lr: step size.
        forgetting: share of each weight that an update takes away.

    Raises:
        NeurariumError: for numbers out of range.

    Example:
        >>> rule, w = Hebb(lr=0.5), torch.zeros(1, 2)
        >>> w, state = rule.step(torch.tensor([[1.0, 2.0]]), torch.tensor([[3.0]]), w, rule.init_state(w))
        >>> w.tolist()
        [[1.5, 3.0]]

    Paper: Hebb 1949, The Organization of Behavior.
    """

    lr: float = 0.01
    forgetting: float = 0.0

    def __post_init__(self) -> None:
        check_positive("Hebb", lr=self.lr)
        check_fraction("Hebb", forgetting=self.forgetting)

    def init_state(self, w: Float[Tensor, "post pre"]) -> HebbState:
        """Nothing to remember."""
        return HebbState()

    def step(
        self,
        pre: Float[Tensor, "batch pre"],
        post: Float[Tensor, "batch post"],
        w: Float[Tensor, "post pre"],
        state: HebbState,
        modulator: Float[Tensor, " batch"] | None = None,
    ) -> tuple[Float[Tensor, "post pre"], HebbState]:
        """One update."""
        return torch.add((1 - self.forgetting) * w, mean_product(post, pre, modulator), alpha=self.lr), state
