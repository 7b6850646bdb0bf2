"""Leaky integrate-and-fire neuron that fires whole numbers."""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from neurarium.core import AbstractDynamics, part
from neurarium.core.errors import check_count, check_positive
from neurarium.core.units import decay


class IntegerLIFState(NamedTuple):
    """`v`: potential after the reset, in the unit of the threshold."""

    v: Tensor


@part(
    summary="LIF neuron that fires a whole number of spikes in one step, with a straight-through gradient.",
    paper="arxiv:2407.20708",
    tags=("spiking", "differentiable"),
    reduces_to={"LIF": dict(max_spikes=1)},
)
class IntegerLIF(AbstractDynamics[IntegerLIFState]):
    """LIF neuron with integer-valued spikes and soft reset; elementwise.

    ``v = α v + x;  n = min(max(⌊v / threshold⌋, 0), max_spikes);  v = v - n · threshold``

    The n spikes of a step are the burst that :class:`IntegrateAndFire` gives when the input is followed by silent
    steps, so a net trained with integers runs on binary spikes. Backward ``dn/dv = 1 / threshold`` where
    ``0 <= v <= max_spikes · threshold``, else 0. The paper rounds where this part takes the floor; rounding is a
    constant input of half a threshold.

    Args:
        tau_mem_ms: membrane time constant.
        dt_ms: length of one step.
        threshold: potential of one spike.
        max_spikes: most spikes in one step; 1 is :class:`LIF` with another gradient.

    Raises:
        NeurariumError: for a number that is not positive, or `max_spikes` that is not whole.

    Example:
        >>> n, state = IntegerLIF(max_spikes=4)(torch.tensor([[2.5], [0.6], [9.0]]))
        >>> n.flatten().tolist()
        [2.0, 1.0, 4.0]

    Paper: Luo et al. 2024, arXiv:2407.20708 (I-LIF).
    """

    def __init__(
        self, *, tau_mem_ms: float = 20.0, dt_ms: float = 1.0, threshold: float = 1.0, max_spikes: int = 4
    ) -> None:
        super().__init__()
        check_positive("IntegerLIF", tau_mem_ms=tau_mem_ms, dt_ms=dt_ms, threshold=threshold)
        check_count("IntegerLIF", max_spikes=max_spikes)
        self.alpha = decay(dt_ms, tau_mem_ms)
        self.threshold, self.max_spikes = threshold, max_spikes

    def init_state(self, like: Float[Tensor, "*shape"]) -> IntegerLIFState:
        """At rest: zero potential in the shape of one instant of input."""
        return IntegerLIFState(torch.zeros_like(like))

    def step(
        self, x: Float[Tensor, "*shape"], state: IntegerLIFState
    ) -> tuple[Float[Tensor, "*shape"], IntegerLIFState]:
        """Decay, add the input, fire whole spikes, subtract them."""
        v = self.alpha * state.v + x
        y = (v / self.threshold).clamp(0, self.max_spikes)
        n = y.detach().floor() + (y - y.detach())  # in this order: the bracket is exactly 0, so n is exactly whole
        return n, IntegerLIFState(v - n * self.threshold)
