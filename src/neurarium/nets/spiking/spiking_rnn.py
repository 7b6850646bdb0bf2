"""A recurrent layer of spiking neurons."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

from neurarium.core import AbstractDynamics, Rng, part, unroll
from neurarium.core.errors import bad, check_count
from neurarium.nets._init import Init, gaussian, orthogonal
from neurarium.neurons import LIF


class SpikingRNNState(NamedTuple):
    """`cells`: the neurons' own; `z`: what they gave last."""

    cells: Any
    z: Tensor


@part(
    summary="A layer of spiking neurons with synapses among themselves; many networks can run as one.",
    paper="arxiv:1803.09574",
    tags=("spiking", "recurrent", "stackable", "differentiable"),
    example=dict(n_inputs=4, n_units=6),
)
class SpikingRNN(AbstractDynamics[SpikingRNNState]):
    """Recurrent spiking network; the spikes are the output.

    ``z_t = neuron(W_in x_t + W_rec z_{t-1})``: a spike reaches the others one step later.

    Args:
        n_inputs, n_units: sizes.
        neuron: makes the neurons, without arguments, e.g. ``ALIF``.
        gain: factor on the standard deviation ``1 / √n_inputs`` of ``weight_in``.
        init: draws ``weight_rec``.
        n_stacked: this many networks as one: weights get a leading axis, x is (time, stacked, batch, inputs).
        rng: stream ``"weights"``; stacked networks are drawn alike.

    Raises:
        NeurariumError: for a size that is not positive, or stacked input without a batch axis.

    Example:
        >>> z, state = SpikingRNN(n_inputs=2, n_units=8, rng=Rng(0))(torch.rand(10, 4, 2))
        >>> z.shape                                                                   # time batch units
        torch.Size([10, 4, 8])

    Paper: the recurrent spiking network of Bellec et al. 2018, arXiv:1803.09574, whose neuron is :class:`ALIF`.
    """

    def __init__(
        self,
        *,
        n_inputs: int,
        n_units: int,
        neuron: Callable[[], AbstractDynamics[Any]] = LIF,
        gain: float = 1.0,
        init: Init = orthogonal,
        n_stacked: int | None = None,
        rng: Rng,
    ) -> None:
        super().__init__()
        check_count("SpikingRNN", n_inputs=n_inputs, n_units=n_units, n_stacked=1 if n_stacked is None else n_stacked)
        self.n_units, self.n_stacked = n_units, n_stacked
        weights, copies = rng("weights"), () if n_stacked is None else (n_stacked, 1, 1)
        self.weight_in = nn.Parameter(gaussian((n_units, n_inputs), weights, gain).repeat(*copies or (1, 1)))
        self.weight_rec = nn.Parameter(init((n_units, n_units), weights).repeat(*copies or (1, 1)))
        self.neuron = neuron()

    def init_state(self, like: Float[Tensor, "*batch inputs"]) -> SpikingRNNState:
        """Every neuron as its own kind starts, no spike under way."""
        if self.n_stacked is not None and (like.ndim != 3 or like.shape[0] != self.n_stacked):
            raise bad("SpikingRNN", "x", f"be (time, {self.n_stacked}, batch, inputs)", ("time", *like.shape))
        current = like.new_zeros(*like.shape[:-1], self.n_units)
        return SpikingRNNState(self.neuron.init_state(current), current)

    def step(
        self, x: Float[Tensor, "*batch inputs"], state: SpikingRNNState
    ) -> tuple[Float[Tensor, "*batch units"], SpikingRNNState]:
        """One instant: what comes from outside and from the last spikes, into the neurons."""
        return self._fire(self._drive(x), state)

    def unroll(
        self, x: Float[Tensor, "time *batch inputs"], state: SpikingRNNState
    ) -> tuple[Float[Tensor, "time *batch units"], SpikingRNNState]:
        """Repeated `step`, with the input product of all instants taken at once."""
        return unroll(self._fire, self._drive(x), state)

    def _drive(self, x: Tensor) -> Tensor:
        if self.n_stacked is None:
            return x @ self.weight_in.mT
        # Not `@`: over (time, stacked, batch, inputs) it would copy the weights once for each time step.
        return torch.einsum("...sbi,sui->...sbu", x, self.weight_in)

    def _fire(self, drive: Tensor, state: SpikingRNNState) -> tuple[Tensor, SpikingRNNState]:
        z, cells = self.neuron.step(drive + state.z @ self.weight_rec.mT, state.cells)
        return z, SpikingRNNState(cells, z)
