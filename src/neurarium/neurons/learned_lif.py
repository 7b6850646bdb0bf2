"""LIF neuron whose constants are learned."""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

from neurarium.core import AbstractDynamics, ATan, part, spike, unroll
from neurarium.core.errors import check_count, check_finite, check_positive
from neurarium.core.surrogate import Surrogate
from neurarium.neurons._fused_learned_lif import Constants, LearnedLIFSweep
from neurarium.neurons._fused_lif import is_fusable


class LearnedLIFState(NamedTuple):
    """`v`: potential after the reset; `h`: trace of the neuron's own spikes."""

    v: Tensor
    h: Tensor


@part(
    summary="LIF neuron that learns its leak, threshold, reset and refractoriness, for each neuron apart.",
    paper="arxiv:2508.11674",
    tags=("spiking", "trained", "differentiable"),
    reduces_to={"LIF": dict(beta=0.0), "ALIF": dict(beta=0.2, tau_adapt_ms=500.0)},
    example=dict(n_units=4),
)
class LearnedLIF(AbstractDynamics[LearnedLIFState]):
    """LIF neuron with five constants of its own, learned beside the weights by whatever learns those.

    ``v = α v + x;  h = ρ h;  θ' = θ + β h;  z = [v >= θ'];  v = v - γ θ' z;  h = h + z``
    ``α = exp(-e^a dt / tau_mem);  θ = threshold · e^b;  γ = e^c;  ρ = exp(-e^d dt / tau_adapt);  β = beta + f``

    Learned are a, b, c, d and f. They start at 0: until they move the neuron is a :class:`LIF`, or an :class:`ALIF`
    where `beta` is not 0. A positive β is refractoriness. Leaks stay between 0 and 1, thresholds above 0.

    Args:
        n_units: neurons, the last axis of the input.
        tau_mem_ms: membrane time constant at first.
        tau_adapt_ms: time constant of refractoriness at first.
        beta: rise of the threshold per spike at first.
        dt_ms: length of one step.
        threshold: potential at which the neurons spike at first.
        surrogate: pseudo-derivative of the spike, of ``v - θ'``; default ``ATan()``.
        is_fixed: the constants stay as they are.

    Example:
        >>> neuron = LearnedLIF(n_units=1)
        >>> neuron(torch.full((4, 1), 0.6))[0].sum().backward()
        >>> bool(neuron.log_threshold.grad < 0), bool(neuron.log_leak.grad < 0)      # both cost spikes
        (True, True)

    Paper: Rudnicka et al. 2025, arXiv:2508.11674, with sigmoid and softplus in place of exponentials.
    """

    def __init__(
        self,
        *,
        n_units: int,
        tau_mem_ms: float = 20.0,
        tau_adapt_ms: float = 5.0,
        beta: float = 0.0,
        dt_ms: float = 1.0,
        threshold: float = 1.0,
        surrogate: Surrogate | None = None,
        is_fixed: bool = False,
    ) -> None:
        super().__init__()
        check_count("LearnedLIF", n_units=n_units)
        check_positive("LearnedLIF", tau_mem_ms=tau_mem_ms, tau_adapt_ms=tau_adapt_ms, dt_ms=dt_ms, threshold=threshold)
        check_finite("LearnedLIF", beta=beta)
        self.leak, self.leak_adapt = dt_ms / tau_mem_ms, dt_ms / tau_adapt_ms
        self.threshold, self.beta = threshold, beta
        self.surrogate = ATan() if surrogate is None else surrogate
        for name in ("log_leak", "log_threshold", "log_reset", "shift_beta", "log_leak_adapt"):
            self.register_parameter(name, nn.Parameter(torch.zeros(n_units), requires_grad=not is_fixed))

    def constants(self) -> Constants:
        """α, θ, γ, β and ρ of each neuron as they are now."""
        return Constants(
            alpha=torch.exp(-self.leak * self.log_leak.exp()),
            theta=self.threshold * self.log_threshold.exp(),
            gamma=self.log_reset.exp(),
            beta=self.beta + self.shift_beta,
            rho=torch.exp(-self.leak_adapt * self.log_leak_adapt.exp()),
        )

    def init_state(self, like: Float[Tensor, "*batch units"]) -> LearnedLIFState:
        """At rest, not refractory."""
        return LearnedLIFState(torch.zeros_like(like), torch.zeros_like(like))

    def step(
        self, x: Float[Tensor, "*batch units"], state: LearnedLIFState
    ) -> tuple[Float[Tensor, "*batch units"], LearnedLIFState]:
        """Decay, add the input, spike against the raised threshold, reset."""
        return self._advance(x, state, self.constants())

    def unroll(
        self, x: Float[Tensor, "time *batch units"], state: LearnedLIFState
    ) -> tuple[Float[Tensor, "time *batch units"], LearnedLIFState]:
        """All instants in one compiled sweep on the CPU, else step by step: the same numbers."""
        of = self.constants()
        if not (is_fusable(x, state.v) and state.v.shape == state.h.shape == x.shape[1:] and of.alpha.dtype == x.dtype):
            return unroll(lambda x_t, s: self._advance(x_t, s, of), x, state)
        rows = (-1, x.shape[-1])
        flat = (x.reshape(len(x), *rows).contiguous(), *(s.reshape(rows).contiguous() for s in state))
        z, v, h = LearnedLIFSweep.apply(*flat, self.surrogate, *of)  # type: ignore[misc]
        return z.view(x.shape), LearnedLIFState(v.view(x.shape[1:]), h.view(x.shape[1:]))

    def _advance(self, x: Tensor, state: LearnedLIFState, of: Constants) -> tuple[Tensor, LearnedLIFState]:
        v, h = of.alpha * state.v + x, of.rho * state.h
        theta = of.theta + of.beta * h
        z = spike(v - theta, self.surrogate)
        return z, LearnedLIFState(v - z * (of.gamma * theta), h + z)
