"""Leaky integrator: a neuron that never spikes."""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from neurarium.core import AbstractDynamics, part, unroll
from neurarium.core.errors import check_positive
from neurarium.core.units import decay
from neurarium.neurons import _fused_lif as fused


class LeakyIntegratorState(NamedTuple):
    """`v`: the filtered input, which is also the output."""

    v: Tensor


@part(
    summary="Exponential filter that turns spikes into a graded read-out.",
    paper="doi:10.1017/CBO9781107447615",
    tags=("read-out", "differentiable"),
)
class LeakyIntegrator(AbstractDynamics[LeakyIntegratorState]):
    """A LIF neuron without threshold: the usual read-out of a spiking network; elementwise over any shape.

    ``v_t = α v_{t-1} + x_t``  with  ``α = exp(-dt / tau_mem)``; from rest  ``v_t = Σ_{s<=t} α^(t-s) x_s``.

    The input is not scaled, as in :class:`LIF`: a single spike gives a peak of its weight, a constant input x
    ends at ``x / (1 - α)``. Feed ``(1 - α) x`` for a running mean.

    Args:
        tau_mem_ms: time constant of the filter.
        dt_ms: length of one step.

    Raises:
        NeurariumError: for a number that is not positive.

    Example:
        >>> v, state = LeakyIntegrator(tau_mem_ms=1.0)(torch.tensor([[1.0], [0.0], [0.0]]))
        >>> [round(x, 3) for x in v.flatten().tolist()]
        [1.0, 0.368, 0.135]

    Paper: Gerstner et al. 2014, Neuronal Dynamics, section 1.3.
    """

    def __init__(self, *, tau_mem_ms: float = 20.0, dt_ms: float = 1.0) -> None:
        super().__init__()
        check_positive("LeakyIntegrator", tau_mem_ms=tau_mem_ms, dt_ms=dt_ms)
        self.alpha = decay(dt_ms, tau_mem_ms)

    def init_state(self, like: Float[Tensor, "*shape"]) -> LeakyIntegratorState:
        """At rest: zero in the shape of one instant of input."""
        return LeakyIntegratorState(torch.zeros_like(like))

    def step(
        self, x: Float[Tensor, "*shape"], state: LeakyIntegratorState
    ) -> tuple[Float[Tensor, "*shape"], LeakyIntegratorState]:
        """Decay, then add the input."""
        v = self.alpha * state.v + x
        return v, LeakyIntegratorState(v)

    def unroll(
        self, x: Float[Tensor, "time ..."], state: LeakyIntegratorState
    ) -> tuple[Float[Tensor, "time ..."], LeakyIntegratorState]:
        """All instants in one compiled sweep on the CPU in float32 and float64, else step by step: the same numbers."""
        is_plain = isinstance(self.alpha, float) and type(self).step is LeakyIntegrator.step
        if not (is_plain and fused.is_fusable(x, state.v)):
            return unroll(self.step, x, state)
        v = fused.leaky_integrator(x, state.v, self.alpha)
        return v, LeakyIntegratorState(v[-1].clone())  # a state must not keep the whole sequence alive
