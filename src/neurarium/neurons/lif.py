"""Leaky integrate-and-fire neuron."""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from neurarium.core import AbstractDynamics, ATan, part, spike
from neurarium.core.errors import check_positive
from neurarium.core.surrogate import Surrogate
from neurarium.core.units import decay
from neurarium.neurons._reset import Reset, SoftReset, check_reset


class LIFState(NamedTuple):
    """`v`: membrane potential after the reset, in the unit of the threshold."""

    v: Tensor


@part(
    summary="Leaky integrate-and-fire neuron with exact decay and a surrogate gradient.",
    paper="doi:10.1017/CBO9781107447615",
    tags=("spiking", "differentiable"),
)
class LIF(AbstractDynamics[LIFState]):
    """Leaky integrate-and-fire neuron; rest at 0, elementwise over any feature shape.

    ``v = α v + x;  z = [v >= threshold];  v = reset(v, z)``  with  ``α = exp(-dt / tau_mem)``.

    The input is not scaled: `x` is the jump of the potential in one step, in the unit of the threshold.
    A current I held over the step (``tau_mem dv/dt = -v + I``) is ``x = (1 - α) I``, with α in ``alpha``:
    then `v` is exact between spikes for any dt.

    Args:
        tau_mem_ms: membrane time constant.
        dt_ms: length of one step.
        threshold: potential at which the neuron spikes.
        reset: :class:`SoftReset` (default) or :class:`HardReset`.
        surrogate: pseudo-derivative of the spike, of ``v - threshold``; default ``ATan()``.

    Raises:
        NeurariumError: for a number that is not positive, or a reset that does not lead below the threshold.

    Example:
        >>> z, state = LIF(tau_mem_ms=20.0)(torch.full((4, 1), 0.6))
        >>> z.flatten().tolist()
        [0.0, 1.0, 0.0, 1.0]

    Paper: Gerstner et al. 2014, Neuronal Dynamics, section 1.3.
    """

    def __init__(
        self,
        *,
        tau_mem_ms: float = 20.0,
        dt_ms: float = 1.0,
        threshold: float = 1.0,
        reset: Reset | None = None,
        surrogate: Surrogate | None = None,
    ) -> None:
        super().__init__()
        check_positive("LIF", tau_mem_ms=tau_mem_ms, dt_ms=dt_ms, threshold=threshold)
        self.alpha = decay(dt_ms, tau_mem_ms)
        self.threshold = threshold
        self.reset = SoftReset() if reset is None else reset
        self.surrogate = ATan() if surrogate is None else surrogate
        check_reset("LIF", self.reset, threshold)

    def init_state(self, like: Float[Tensor, "*shape"]) -> LIFState:
        """At rest: zero potential in the shape of one instant of input."""
        return LIFState(torch.zeros_like(like))

    def step(self, x: Float[Tensor, "*shape"], state: LIFState) -> tuple[Float[Tensor, "*shape"], LIFState]:
        """Decay, add the input, spike, reset; gives the spikes (0 or 1) and the new state."""
        v = self.alpha * state.v + x
        z = spike(v - self.threshold, self.surrogate)
        return z, LIFState(self.reset(v, z, self.threshold))
