"""Synapse with an exponential time course."""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from neurarium.core import AbstractDynamics, part
from neurarium.core.errors import check_positive
from neurarium.core.units import decay


class ExponentialState(NamedTuple):
    """`g`: conductance or current, in the unit of the weights."""

    g: Tensor


@part(
    summary="Synaptic conductance or current that jumps at a spike and decays exponentially.",
    paper="doi:10.1007/s10827-007-0038-6",
    tags=("synaptic kernel", "differentiable"),
)
class Exponential(AbstractDynamics[ExponentialState]):
    """``g = β g + x`` with ``β = exp(-dt / tau_syn)``; each unit of input leaves ``exp(-t / tau_syn)``; elementwise.

    The equation is linear, so all synapses that end at a unit share one state: feed what arrives there (x = W z) and
    the state has the size of the units, not of the synapses. Exact for spikes at the start of a step.

    Args:
        tau_syn_ms: time constant.
        dt_ms: length of one step.

    Example:
        >>> g, state = Exponential(tau_syn_ms=5.0)(torch.tensor([[2.0], [0.0], [0.0]]))
        >>> [round(x, 3) for x in g.flatten().tolist()]
        [2.0, 1.637, 1.341]

    Paper: Brette et al. 2007, Journal of Computational Neuroscience 23, 349-398.
    """

    def __init__(self, *, tau_syn_ms: float = 5.0, dt_ms: float = 1.0) -> None:
        super().__init__()
        check_positive("Exponential", tau_syn_ms=tau_syn_ms, dt_ms=dt_ms)
        self.beta = decay(dt_ms, tau_syn_ms)

    def init_state(self, like: Float[Tensor, "*shape"]) -> ExponentialState:
        """Nothing has arrived yet."""
        return ExponentialState(torch.zeros_like(like))

    def step(
        self, x: Float[Tensor, "*shape"], state: ExponentialState
    ) -> tuple[Float[Tensor, "*shape"], ExponentialState]:
        """Decay, then add what arrives."""
        g = self.beta * state.g + x
        return g, ExponentialState(g)
