"""Integrate-and-fire neuron: a counter with a threshold."""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from neurarium.core import AbstractDynamics, ATan, part, spike
from neurarium.core.errors import check_positive
from neurarium.core.surrogate import Surrogate
from neurarium.neurons._reset import Reset, SoftReset, check_reset


class IntegrateAndFireState(NamedTuple):
    """`v`: membrane potential after the reset, in the unit of the threshold."""

    v: Tensor


@part(
    summary="Integrate-and-fire neuron without leak: it sums its input until the threshold.",
    paper="doi:10.1017/CBO9781107447615",
    tags=("spiking", "differentiable"),
)
class IntegrateAndFire(AbstractDynamics[IntegrateAndFireState]):
    """Perfect integrator with a threshold, the limit of :class:`LIF` for a long time constant; elementwise.

    ``v = v + x;  z = [v >= threshold];  v = reset(v, z)``

    With :class:`SoftReset` nothing is lost: ``threshold Σ z + v = Σ x``, so the rate is that of a ReLU, which is
    why networks converted from rates use it. With :class:`HardReset` what exceeds the threshold is lost.

    Args:
        threshold: potential at which the neuron spikes.
        reset: :class:`SoftReset` (default) or :class:`HardReset`.
        surrogate: pseudo-derivative of the spike, of ``v - threshold``; default ``ATan()``.

    Raises:
        NeurariumError: for a threshold that is not positive, or a reset that does not lead below it.

    Example:
        >>> z, state = IntegrateAndFire()(torch.full((4, 1), 0.75))
        >>> z.flatten().tolist(), state.v.item()
        ([0.0, 1.0, 1.0, 1.0], 0.0)

    Paper: Gerstner et al. 2014, Neuronal Dynamics, section 1.3.
    """

    def __init__(
        self, *, threshold: float = 1.0, reset: Reset | None = None, surrogate: Surrogate | None = None
    ) -> None:
        super().__init__()
        check_positive("IntegrateAndFire", threshold=threshold)
        self.threshold = threshold
        self.reset = SoftReset() if reset is None else reset
        self.surrogate = ATan() if surrogate is None else surrogate
        check_reset("IntegrateAndFire", self.reset, threshold)

    def init_state(self, like: Float[Tensor, "*shape"]) -> IntegrateAndFireState:
        """Zero potential in the shape of one instant of input."""
        return IntegrateAndFireState(torch.zeros_like(like))

    def step(
        self, x: Float[Tensor, "*shape"], state: IntegrateAndFireState
    ) -> tuple[Float[Tensor, "*shape"], IntegrateAndFireState]:
        """Add the input, spike, reset; gives the spikes (0 or 1) and the new state."""
        v = state.v + x
        z = spike(v - self.threshold, self.surrogate)
        return z, IntegrateAndFireState(self.reset(v, z, self.threshold))
