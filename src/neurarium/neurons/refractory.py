"""Refractoriness, for any spiking neuron."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from neurarium.core import AbstractDynamics, part
from neurarium.core.errors import bad, check_not_negative, check_positive
from neurarium.neurons.lif import LIF


class RefractoryState(NamedTuple):
    """`cell`: the state of the neuron inside; `left`: steps of silence still to come."""

    cell: Any
    left: Tensor


@part(
    summary="Absolute refractory period around any spiking neuron: after a spike it is deaf and mute.",
    paper="doi:10.1017/CBO9781107447615",
    tags=("spiking", "differentiable"),
    reduces_to={"LIF": dict(refractory_ms=0.0)},
)
class Refractory(AbstractDynamics[RefractoryState]):
    """For `refractory_ms` after each of its spikes, a neuron gets no input and gives no spike.

    ``open = [left = 0];  z, cell = neuron(open · x, cell);  z = open · z``
    ``left = max(left - 1, 0) + n [z > 0]``  with  ``n = refractory_ms / dt_ms``.

    The neuron inside goes on: its potential leaks and its adaptation decays meanwhile. With a hard reset to rest
    under constant current the rate is exactly ``1 / (T + refractory_ms)``, T the period without refractoriness.

    Args:
        neuron: an elementwise spiking neuron; default ``LIF()``.
        refractory_ms: silence after a spike, a whole number of steps; 0 changes nothing.
        dt_ms: length of one step, that of the neuron.

    Raises:
        NeurariumError: for a negative time, or one that is no whole number of steps.

    Example:
        >>> z, _ = Refractory(neuron=LIF(threshold=0.5), refractory_ms=2.0)(torch.ones(7, 1))
        >>> z.flatten().tolist()
        [1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 1.0]

    Paper: Gerstner et al. 2014, Neuronal Dynamics, section 1.3.
    """

    def __init__(
        self, *, neuron: AbstractDynamics[Any] | None = None, refractory_ms: float = 2.0, dt_ms: float = 1.0
    ) -> None:
        super().__init__()
        check_positive("Refractory", dt_ms=dt_ms)
        check_not_negative("Refractory", refractory_ms=refractory_ms)
        self.n_steps = round(refractory_ms / dt_ms)
        if abs(self.n_steps * dt_ms - refractory_ms) > 1e-6 * dt_ms:
            raise bad("Refractory", "refractory_ms", f"be a whole number of steps of {dt_ms} ms", refractory_ms)
        self.neuron = LIF() if neuron is None else neuron

    def init_state(self, like: Float[Tensor, "*shape"]) -> RefractoryState:
        """The neuron's own first state, open to input."""
        return RefractoryState(self.neuron.init_state(like), torch.zeros_like(like))

    def step(
        self, x: Float[Tensor, "*shape"], state: RefractoryState
    ) -> tuple[Float[Tensor, "*shape"], RefractoryState]:
        """One step of the neuron inside, behind the gate that its own spikes close."""
        is_open = (state.left == 0).to(x.dtype)
        z, cell = self.neuron.step(is_open * x, state.cell)
        z = is_open * z
        left = (state.left - 1).clamp_min(0) + self.n_steps * (z.detach() > 0)
        return z, RefractoryState(cell, left)
