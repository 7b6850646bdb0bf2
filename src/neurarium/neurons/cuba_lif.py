"""Current-based leaky integrate-and-fire neuron."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from neurarium.core import AbstractDynamics, ATan, part, spike
from neurarium.core.errors import check_positive
from neurarium.core.surrogate import Surrogate
from neurarium.core.units import decay
from neurarium.neurons._reset import Reset, SoftReset, check_reset


class CubaLIFState(NamedTuple):
    """`v`: potential after the reset; `i`: synaptic current; both in the unit of the threshold."""

    v: Tensor
    i: Tensor


@part(
    summary="LIF neuron with an exponential synaptic current, integrated exactly for any step.",
    paper="doi:10.1007/s004220050570",
    tags=("spiking", "differentiable"),
)
class CubaLIF(AbstractDynamics[CubaLIFState]):
    """Current-based LIF: input jumps a current that decays, and the current charges the membrane.

    ``tau_mem dv/dt = -v + i;  tau_syn di/dt = -i``; input arrives at the start of a step, so exactly:
    ``i = i + x;  v = α v + κ i;  i = β i;  z = [v >= threshold];  v = reset(v, z)``
    with ``α = exp(-dt / tau_mem)``, ``β = exp(-dt / tau_syn)`` and
    ``κ = (β - α) tau_syn / (tau_syn - tau_mem)``, which tends to ``α dt / tau_mem`` for equal time constants.

    A spike of weight w gives the potential
    ``w tau_syn / (tau_syn - tau_mem) · (exp(-t / tau_syn) - exp(-t / tau_mem))``.

    Args:
        tau_mem_ms: membrane time constant.
        tau_syn_ms: time constant of the synaptic current.
        dt_ms: length of one step.
        threshold: potential at which the neuron spikes.
        reset: :class:`SoftReset` (default) or :class:`HardReset`; the current is not reset.
        surrogate: pseudo-derivative of the spike, of ``v - threshold``; default ``ATan()``.

    Example:
        >>> z, state = CubaLIF(tau_mem_ms=10.0)(torch.tensor([[8.0], [0.0], [0.0], [0.0]]))
        >>> z.flatten().tolist(), round(state.i.item() / 8, 3)      # exp(-4 / 5)
        ([0.0, 1.0, 0.0, 0.0], 0.449)

    Paper: the exact propagator of Rotter and Diesmann 1999, doi:10.1007/s004220050570.
    """

    def __init__(
        self,
        *,
        tau_mem_ms: float = 20.0,
        tau_syn_ms: float = 5.0,
        dt_ms: float = 1.0,
        threshold: float = 1.0,
        reset: Reset | None = None,
        surrogate: Surrogate | None = None,
    ) -> None:
        super().__init__()
        check_positive("CubaLIF", tau_mem_ms=tau_mem_ms, tau_syn_ms=tau_syn_ms, dt_ms=dt_ms, threshold=threshold)
        self.alpha, self.beta = decay(dt_ms, tau_mem_ms), decay(dt_ms, tau_syn_ms)
        # expm1 keeps every digit where the two time constants are close, and the formula would divide 0 by 0.
        y = dt_ms / tau_mem_ms - dt_ms / tau_syn_ms
        larger, gap = max(self.alpha, self.beta), abs(y)
        self.kappa = dt_ms / tau_mem_ms * larger * (-math.expm1(-gap) / gap if gap else 1.0)
        self.threshold = threshold
        self.reset = SoftReset() if reset is None else reset
        self.surrogate = ATan() if surrogate is None else surrogate
        check_reset("CubaLIF", self.reset, threshold)

    def init_state(self, like: Float[Tensor, "*shape"]) -> CubaLIFState:
        """At rest, no current."""
        return CubaLIFState(torch.zeros_like(like), torch.zeros_like(like))

    def step(self, x: Float[Tensor, "*shape"], state: CubaLIFState) -> tuple[Float[Tensor, "*shape"], CubaLIFState]:
        """Let the input in, integrate both equations over the step, spike, reset."""
        i = state.i + x
        v = self.alpha * state.v + self.kappa * i
        z = spike(v - self.threshold, self.surrogate)
        return z, CubaLIFState(self.reset(v, z, self.threshold), self.beta * i)
