"""Adaptive leaky integrate-and-fire neuron."""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from neurarium.core import AbstractDynamics, ATan, part, spike
from neurarium.core.errors import check_not_negative, check_positive
from neurarium.core.surrogate import Surrogate
from neurarium.core.units import decay
from neurarium.neurons._reset import Reset, SoftReset, check_reset


class ALIFState(NamedTuple):
    """`v`: potential after the reset; `a`: trace of the neuron's own spikes."""

    v: Tensor
    a: Tensor


@part(
    summary="LIF neuron whose threshold rises with every spike it fires.",
    paper="arxiv:1803.09574",
    tags=("spiking", "adaptive", "differentiable"),
    reduces_to={"LIF": dict(beta=0.0)},
)
class ALIF(AbstractDynamics[ALIFState]):
    """Adaptive LIF neuron: a slow trace of its own spikes lifts the threshold; elementwise.

    ``v = α v + x;  a = ρ a;  θ = threshold + beta · a;  z = [v >= θ];  v = reset(v, z, θ);  a = a + z``
    with ``α = exp(-dt / tau_mem)`` and ``ρ = exp(-dt / tau_adapt)``.

    One spike lifts the threshold by `beta`, which fades with `tau_adapt_ms`: a memory of seconds in a neuron of
    milliseconds. The paper's trace is ``(1 - ρ) a``, so its β is ``beta / (1 - ρ)``.

    Args:
        tau_mem_ms: membrane time constant.
        tau_adapt_ms: time constant of the trace.
        beta: rise of the threshold per spike, in the unit of the threshold; 0 is :class:`LIF`.
        dt_ms: length of one step.
        threshold: threshold of a neuron that has been silent for long.
        reset: :class:`SoftReset` (default; subtracts θ) or :class:`HardReset`.
        surrogate: pseudo-derivative of the spike, of ``v - θ``; default ``ATan()``.

    Example:
        >>> z, state = ALIF(beta=0.5)(torch.full((6, 1), 1.2))
        >>> z.flatten().tolist()
        [1.0, 0.0, 1.0, 1.0, 0.0, 1.0]

    Paper: Bellec et al. 2018, arXiv:1803.09574.
    """

    def __init__(
        self,
        *,
        tau_mem_ms: float = 20.0,
        tau_adapt_ms: float = 500.0,
        beta: float = 0.2,
        dt_ms: float = 1.0,
        threshold: float = 1.0,
        reset: Reset | None = None,
        surrogate: Surrogate | None = None,
    ) -> None:
        super().__init__()
        check_positive("ALIF", tau_mem_ms=tau_mem_ms, tau_adapt_ms=tau_adapt_ms, dt_ms=dt_ms, threshold=threshold)
        check_not_negative("ALIF", beta=beta)
        self.alpha, self.rho = decay(dt_ms, tau_mem_ms), decay(dt_ms, tau_adapt_ms)
        self.beta, self.threshold = beta, threshold
        self.reset = SoftReset() if reset is None else reset
        self.surrogate = ATan() if surrogate is None else surrogate
        check_reset("ALIF", self.reset, threshold)

    def init_state(self, like: Float[Tensor, "*shape"]) -> ALIFState:
        """At rest, not adapted."""
        return ALIFState(torch.zeros_like(like), torch.zeros_like(like))

    def step(self, x: Float[Tensor, "*shape"], state: ALIFState) -> tuple[Float[Tensor, "*shape"], ALIFState]:
        """Decay, add the input, spike against the adapted threshold, reset, adapt."""
        v = self.alpha * state.v + x
        a = self.rho * state.a
        theta = self.threshold + self.beta * a
        z = spike(v - theta, self.surrogate)
        return z, ALIFState(self.reset(v, z, theta), a + z)
