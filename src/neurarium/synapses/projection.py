"""What lies between two populations: weights and a time course."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

from neurarium.core import AbstractDynamics, Rng, part
from neurarium.synapses.dense import Dense
from neurarium.synapses.exponential import Exponential


class ProjectionState(NamedTuple):
    """`synapses`: the state of the time course, one a unit."""

    synapses: Any


@part(
    summary="Weights and a synaptic time course, with one state for each unit instead of each synapse.",
    paper="arxiv:2311.05106",
    tags=("synaptic kernel", "differentiable"),
    example=dict(weights=Dense(n_pre=4, n_post=3, rng=Rng(0))),
)
class Projection(AbstractDynamics[ProjectionState]):
    """From the spikes of one population to what another one feels.

    ``g = dynamics(W z)``: the time course runs once for each postsynaptic unit, on what arrives there. With
    ``is_aligned_to_pre`` ``g = W dynamics(z)``: once for each presynaptic unit, before the weights. For a linear
    time course both are the same numbers; one that saturates or adapts must be aligned to pre.

    Args:
        weights: synapses without memory, e.g. :class:`Sparse`.
        dynamics: the time course; default ``Exponential()``.
        is_aligned_to_pre: the time course comes before the weights.

    Example:
        >>> to_cells = Projection(weights=Dense(n_pre=100, n_post=2, rng=Rng(0)))
        >>> g, state = to_cells(torch.ones(5, 100))
        >>> g.shape, state.synapses.g.shape
        (torch.Size([5, 2]), torch.Size([2]))

    Paper: the projections of Wang et al. 2023, arXiv:2311.05106.
    """

    def __init__(
        self,
        *,
        weights: nn.Module,
        dynamics: AbstractDynamics[Any] | None = None,
        is_aligned_to_pre: bool = False,
    ) -> None:
        super().__init__()
        self.weights = weights
        self.dynamics = Exponential() if dynamics is None else dynamics
        self.is_aligned_to_pre = is_aligned_to_pre

    def init_state(self, like: Float[Tensor, "*batch pre"]) -> ProjectionState:
        """Nothing has arrived yet."""
        felt = like if self.is_aligned_to_pre else self.weights(torch.zeros_like(like)).detach()
        return ProjectionState(self.dynamics.init_state(felt))

    def step(
        self, z: Float[Tensor, "*batch pre"], state: ProjectionState
    ) -> tuple[Float[Tensor, "*batch post"], ProjectionState]:
        """What the spikes `z` of this instant, and those before, leave at the postsynaptic units."""
        if self.is_aligned_to_pre:
            g, synapses = self.dynamics.step(z, state.synapses)
            return self.weights(g), ProjectionState(synapses)
        g, synapses = self.dynamics.step(self.weights(z), state.synapses)
        return g, ProjectionState(synapses)
