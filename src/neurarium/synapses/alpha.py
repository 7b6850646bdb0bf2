"""Synapse with the alpha function as its time course."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from neurarium.core import AbstractDynamics, part
from neurarium.core.errors import check_positive
from neurarium.core.units import decay


class AlphaState(NamedTuple):
    """`rise`: what drives the conductance; `g`: conductance or current, in the unit of the weights."""

    rise: Tensor
    g: Tensor


@part(
    summary="Synaptic conductance or current that rises and falls with one time constant.",
    paper="doi:10.1152/jn.1967.30.5.1138",
    tags=("synaptic kernel", "differentiable"),
)
class Alpha(AbstractDynamics[AlphaState]):
    """Each unit of input leaves ``(t / tau_syn) exp(1 - t / tau_syn)``, with its peak of 1 at ``t = tau_syn``.

    ``g = β (g + e dt / tau_syn · rise);  rise = β rise + x``  with  ``β = exp(-dt / tau_syn)``; elementwise.
    Exact for spikes at the start of a step; a spike is felt from the next step on.

    Args:
        tau_syn_ms: time constant, and time of the peak.
        dt_ms: length of one step.

    Example:
        >>> g, state = Alpha(tau_syn_ms=2.0)(torch.tensor([[1.0], [0.0], [0.0], [0.0]]))
        >>> [round(x, 3) for x in g.flatten().tolist()]
        [0.0, 0.824, 1.0, 0.91]

    Paper: Rall 1967, Journal of Neurophysiology 30, 1138-1168.
    """

    def __init__(self, *, tau_syn_ms: float = 5.0, dt_ms: float = 1.0) -> None:
        super().__init__()
        check_positive("Alpha", tau_syn_ms=tau_syn_ms, dt_ms=dt_ms)
        self.beta = decay(dt_ms, tau_syn_ms)
        self.slope = math.e * dt_ms / tau_syn_ms

    def init_state(self, like: Float[Tensor, "*shape"]) -> AlphaState:
        """Nothing has arrived yet."""
        return AlphaState(torch.zeros_like(like), torch.zeros_like(like))

    def step(self, x: Float[Tensor, "*shape"], state: AlphaState) -> tuple[Float[Tensor, "*shape"], AlphaState]:
        """Follow the exact solution over one step, then let `x` in."""
        g = self.beta * (state.g + self.slope * state.rise)
        return g, AlphaState(self.beta * state.rise + x, g)
