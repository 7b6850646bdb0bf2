"""Anti-Hebbian learning of lateral inhibition."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from jaxtyping import Float
from torch import Tensor

from neurarium.core import part
from neurarium.core.errors import bad, check_not_negative, check_positive
from neurarium.plasticity._rule import AbstractRule
from neurarium.plasticity._traces import mean_product


class AntiHebbState(NamedTuple):
    """The rule remembers nothing."""


@part(
    summary="Units that are active together more often than chance inhibit each other more strongly.",
    paper="doi:10.1007/BF02331346",
    tags=("local", "unsupervised", "lateral", "differentiable"),
)
@dataclass(frozen=True, kw_only=True)
class AntiHebb(AbstractRule[AntiHebbState]):
    """Földiák's rule for the weights between the units of one layer; `pre` and `post` are the same activity.

    ``W = min(0, W - lr · mean_b m_b (y yᵀ - target²))``, and zero on the diagonal.

    Inhibition grows until two units are active together as often as independent units of activity `target` would be.
    With ``target=0`` it removes every positive correlation of a linear layer ``y = x + W y``.

    Args:
        lr: step size.
        target: activity of a unit, as a share of the time; 0 decorrelates.

    Raises:
        NeurariumError: for numbers out of range, or a matrix that is not square.

    Example:
        >>> import torch
        >>> rule, y, w = AntiHebb(lr=0.5), torch.tensor([[1.0, 1.0, 0.0]]), torch.zeros(3, 3)
        >>> rule.step(y, y, w, rule.init_state(w))[0].tolist()
        [[0.0, -0.5, 0.0], [-0.5, 0.0, 0.0], [0.0, 0.0, 0.0]]

    Paper: Földiák 1990, Biological Cybernetics 64:165.
    """

    lr: float = 0.01
    target: float = 0.0

    def __post_init__(self) -> None:
        check_positive("AntiHebb", lr=self.lr)
        check_not_negative("AntiHebb", target=self.target)

    def init_state(self, w: Float[Tensor, "units units"]) -> AntiHebbState:
        """Nothing to remember."""
        if w.shape[0] != w.shape[1]:
            raise bad("AntiHebb", "w", "be square", tuple(w.shape), "It joins the units of one layer.")
        return AntiHebbState()

    def step(
        self,
        pre: Float[Tensor, "batch units"],
        post: Float[Tensor, "batch units"],
        w: Float[Tensor, "units units"],
        state: AntiHebbState,
        modulator: Float[Tensor, " batch"] | None = None,
    ) -> tuple[Float[Tensor, "units units"], AntiHebbState]:
        """One update."""
        by_chance = self.target**2 * (1.0 if modulator is None else modulator.mean())
        w = (w - self.lr * (mean_product(post, pre, modulator) - by_chance)).clamp(max=0.0)
        return w - w.diagonal().diag(), state
