"""Competition: only the most active units learn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from neurarium.core import part
from neurarium.core.errors import bad, check_count
from neurarium.plasticity._rule import AbstractRule


@part(
    summary="Restricts a plasticity rule to the k most active units of each sample.",
    paper="doi:10.1207/s15516709cog0901_5",
    tags=("local", "unsupervised", "competitive"),
)
@dataclass(frozen=True, kw_only=True)
class KWinners(AbstractRule[Any]):
    """Competitive learning with any rule: each sample teaches the units that answer it best.

    ``y_i = 0`` unless y_i is among the k largest of its sample; then the rule.

    With ``KWinners(rule=Sanger(), n_winners=1)`` the winner learns by Oja's rule alone, so that every row becomes the
    direction of a cluster of its own.

    Args:
        rule: any rule.
        n_winners: k, units of each sample that learn.

    Raises:
        NeurariumError: for a k that is no positive whole number or exceeds the units, or for something not a rule.

    Example:
        >>> from neurarium.plasticity import Hebb
        >>> KWinners(rule=Hebb(), n_winners=2).select(torch.tensor([[0.1, 0.9, -3.0, 0.5]])).tolist()
        [[0.0, 0.8999999761581421, 0.0, 0.5]]

    Paper: Rumelhart and Zipser 1985, Cognitive Science 9:75.
    """

    rule: AbstractRule[Any]
    n_winners: int = 1

    def __post_init__(self) -> None:
        if not isinstance(self.rule, AbstractRule):
            raise bad("KWinners", "rule", "be a plasticity rule", self.rule)
        check_count("KWinners", n_winners=self.n_winners)

    def select(self, post: Float[Tensor, "*batch post"]) -> Float[Tensor, "*batch post"]:
        """The activity of the winners, zero elsewhere; of equal ones the first wins."""
        if self.n_winners > post.shape[-1]:
            raise bad("KWinners", "n_winners", f"not exceed the {post.shape[-1]} units", self.n_winners)
        order = post.argsort(dim=-1, descending=True, stable=True)[..., : self.n_winners]
        return torch.zeros_like(post).scatter(-1, order, post.gather(-1, order))

    def init_state(self, w: Float[Tensor, "post pre"]) -> Any:
        """The rule's own."""
        return self.rule.init_state(w)

    def step(
        self,
        pre: Float[Tensor, "batch pre"],
        post: Float[Tensor, "batch post"],
        w: Float[Tensor, "post pre"],
        state: Any,
        modulator: Float[Tensor, " batch"] | None = None,
    ) -> tuple[Float[Tensor, "post pre"], Any]:
        """One update by the winners."""
        return self.rule.step(pre, self.select(post), w, state, modulator)
