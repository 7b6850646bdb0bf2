"""Inhibitory plasticity that holds each unit at a rate of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from jaxtyping import Float
from torch import Tensor

from neurarium.core import part
from neurarium.core.errors import bad, check_positive
from neurarium.plasticity._rule import AbstractRule


class InhibitoryHomeostasisState(NamedTuple):
    """`is_synapse`: where `w` was above zero at the start; elsewhere there is no connection and none will grow."""

    is_synapse: Tensor


@part(
    summary="Inhibition grows onto units above their target rate and shrinks onto those below it.",
    paper="doi:10.1126/science.1211095",
    tags=("local", "unsupervised", "homeostasis", "inhibition"),
)
@dataclass(frozen=True, kw_only=True)
class InhibitoryHomeostasis(AbstractRule[InhibitoryHomeostasisState]):
    """Local rule for inhibitory weights, at rest where each unit's rate is its target wherever inhibition acts.

    ``W_ij = max(0, W_ij + lr · mean_b m_b x_j (x_i - target_i))`` where there is a connection,

    x_j the rate of an inhibitory unit, x_i that of the unit it acts on; `w` is the size of inhibition, never negative.
    The published rule, for spikes, has ``x_j x_i - target x_j`` with filtered spikes: the same in rates.

    Args:
        lr: step size; ``lr · Σ_j x_j² · slope`` of the unit's response well below 1 settles without ringing.
        target: rate that each unit is held at, a number or one for each unit.

    Raises:
        NeurariumError: for a step size that is not positive, negative targets, or targets that do not fit `w`.

    Example:
        >>> import torch
        >>> rule, w = InhibitoryHomeostasis(lr=1.0, target=0.25), torch.tensor([[0.5, 0.0]])
        >>> rule.step(torch.ones(1, 2), torch.tensor([[0.75]]), w, rule.init_state(w))[0].tolist()
        [[1.0, 0.0]]

    Paper: Vogels, Sprekeler, Zenke, Clopath and Gerstner 2011; in reservoirs Srinivasan et al. 2025, arXiv:2504.12480.
    """

    lr: float = 0.01
    target: float | Tensor = 0.5

    def __post_init__(self) -> None:
        check_positive("InhibitoryHomeostasis", lr=self.lr)
        lowest = self.target.min().item() if isinstance(self.target, Tensor) else self.target
        if not lowest >= 0:
            raise bad("InhibitoryHomeostasis", "target", "be zero or more", lowest)

    def init_state(self, w: Float[Tensor, "post pre"]) -> InhibitoryHomeostasisState:
        """Connections are where `w` is above zero."""
        if isinstance(self.target, Tensor) and self.target.shape not in ((), w.shape[:1]):
            must = f"be one number, or one for each of {w.shape[0]} units"
            raise bad("InhibitoryHomeostasis", "target", must, tuple(self.target.shape))
        return InhibitoryHomeostasisState(w > 0)

    def step(
        self,
        pre: Float[Tensor, "batch pre"],
        post: Float[Tensor, "batch post"],
        w: Float[Tensor, "post pre"],
        state: InhibitoryHomeostasisState,
        modulator: Float[Tensor, " batch"] | None = None,
    ) -> tuple[Float[Tensor, "post pre"], InhibitoryHomeostasisState]:
        """One update; a batch may be trials, or the instants of a stretch of time."""
        target = self.target.to(post) if isinstance(self.target, Tensor) else self.target
        above = post - target if modulator is None else (post - target) * modulator.unsqueeze(-1)
        change = self.lr / len(pre) * (above.mT @ pre)
        return (w + change * state.is_synapse).clamp_min(0), state
