"""Thresholds that hold every unit at one activity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from jaxtyping import Float
from torch import Tensor

from neurarium.core import part
from neurarium.core.errors import check_finite, check_positive
from neurarium.core.units import decay
from neurarium.plasticity._rule import AbstractRule
from neurarium.plasticity._traces import running_rate


class ThresholdHomeostasisState(NamedTuple):
    """`rate`: running mean of the activity of each unit."""

    rate: Tensor


@part(
    summary="A unit that is active too often raises its threshold, one that is too quiet lowers it.",
    paper="doi:10.1007/BF02331346",
    tags=("local", "homeostasis"),
)
@dataclass(frozen=True, kw_only=True)
class ThresholdHomeostasis(AbstractRule[ThresholdHomeostasisState]):
    """Intrinsic homeostasis; `w` is the column of thresholds ``(units, 1)``, and `pre` plays no role.

    ``rate = κ rate + (1 - κ) mean_b y;  θ = θ + lr · mean_b m_b · (rate - target)`` with ``κ = exp(-dt / tau)``

    Args:
        lr: step size.
        target: activity to hold.
        tau_ms: time constant of the running mean; small against ``dt_ms`` it is Földiák's rule.
        dt_ms: time between two updates.

    Raises:
        NeurariumError: for numbers out of range.

    Example:
        >>> import torch
        >>> rule, threshold = ThresholdHomeostasis(lr=1.0, target=0.25, tau_ms=1e-3), torch.zeros(2, 1)
        >>> y = torch.tensor([[1.0, 0.0]])                            # the first unit was active, the second was not
        >>> rule.step(torch.ones(1, 1), y, threshold, rule.init_state(threshold))[0].flatten().tolist()
        [0.75, -0.25]

    Paper: the third rule of Földiák 1990, Biological Cybernetics 64:165.
    """

    lr: float = 0.01
    target: float = 0.1
    tau_ms: float = 1000.0
    dt_ms: float = 1.0

    def __post_init__(self) -> None:
        check_positive("ThresholdHomeostasis", lr=self.lr, tau_ms=self.tau_ms, dt_ms=self.dt_ms)
        check_finite("ThresholdHomeostasis", target=self.target)

    def init_state(self, w: Float[Tensor, "post pre"]) -> ThresholdHomeostasisState:
        """Every unit is taken to be at its target."""
        return ThresholdHomeostasisState(w.new_full((len(w),), self.target))

    def step(
        self,
        pre: Float[Tensor, "batch pre"],
        post: Float[Tensor, "batch post"],
        w: Float[Tensor, "post pre"],
        state: ThresholdHomeostasisState,
        modulator: Float[Tensor, " batch"] | None = None,
    ) -> tuple[Float[Tensor, "post pre"], ThresholdHomeostasisState]:
        """One update of the thresholds `w`."""
        rate = running_rate(state.rate, post, decay(self.dt_ms, self.tau_ms))
        lr = self.lr * (1.0 if modulator is None else modulator.mean())
        return w + lr * (rate - self.target).unsqueeze(-1), ThresholdHomeostasisState(rate)
