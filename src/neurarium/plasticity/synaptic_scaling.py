"""Synaptic scaling."""

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


class SynapticScalingState(NamedTuple):
    """`rate`: running mean of the activity of each postsynaptic unit."""

    rate: Tensor


@part(
    summary="All synapses of a unit grow or shrink by one factor until its activity is at target.",
    paper="doi:10.1523/JNEUROSCI.20-23-08812.2000",
    tags=("local", "homeostasis"),
)
@dataclass(frozen=True, kw_only=True)
class SynapticScaling(AbstractRule[SynapticScalingState]):
    """Multiplicative homeostasis: ratios of weights, and so what a unit prefers, stay as they are.

    ``rate = κ rate + (1 - κ) mean_b y;  W_ij = W_ij (1 + lr · mean_b m_b · (target - rate_i))``, ``κ = exp(-dt / tau)``

    Args:
        lr: step size.
        target: activity to hold.
        tau_ms: time constant of the running mean.
        dt_ms: time between two updates.

    Raises:
        NeurariumError: for numbers out of range.

    Example:
        >>> import torch
        >>> rule, w = SynapticScaling(lr=0.5, target=1.0, tau_ms=1e-3), torch.tensor([[1.0, 3.0]])
        >>> rule.step(torch.zeros(1, 2), torch.zeros(1, 1), w, rule.init_state(w))[0].tolist()    # silent
        [[1.5, 4.5]]

    Paper: van Rossum, Bi and Turrigiano 2000, Journal of Neuroscience 20:8812.
    """

    lr: float = 0.01
    target: float = 0.1
    tau_ms: float = 1000.0
    dt_ms: float = 1.0

    def __post_init__(self) -> None:
        check_positive("SynapticScaling", lr=self.lr, tau_ms=self.tau_ms, dt_ms=self.dt_ms)
        check_finite("SynapticScaling", target=self.target)

    def init_state(self, w: Float[Tensor, "post pre"]) -> SynapticScalingState:
        """Every unit is taken to be at its target."""
        return SynapticScalingState(w.new_full((len(w),), self.target))

    def step(
        self,
        pre: Float[Tensor, "batch pre"],
        post: Float[Tensor, "batch post"],
        w: Float[Tensor, "post pre"],
        state: SynapticScalingState,
        modulator: Float[Tensor, " batch"] | None = None,
    ) -> tuple[Float[Tensor, "post pre"], SynapticScalingState]:
        """One update."""
        rate = running_rate(state.rate, post, decay(self.dt_ms, self.tau_ms))
        lr = self.lr * (1.0 if modulator is None else modulator.mean())
        return w * (1 + lr * (self.target - rate)).unsqueeze(-1), SynapticScalingState(rate)
