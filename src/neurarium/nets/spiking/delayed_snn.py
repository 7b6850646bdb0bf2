"""A spiking network whose synapses have delays."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any, NamedTuple

from jaxtyping import Float
from torch import Tensor, nn

from neurarium.core import AbstractDynamics, Rng, part, unroll
from neurarium.core.errors import bad
from neurarium.neurons import LIF, LeakyIntegrator
from neurarium.synapses import DelayedDense, DelayedDenseState


class LayerState(NamedTuple):
    """`line`: what is under way to the layer; `cells`: its neurons; `z`: what they gave last."""

    line: DelayedDenseState
    cells: Any
    z: Tensor


class DelayedSNNState(NamedTuple):
    """`layers`: the state of each layer, from the input up; the last one is the read-out."""

    layers: tuple[LayerState, ...]


class _Layer(AbstractDynamics[LayerState]):
    """``z[t] = neuron(delayed x + R z[t-1])``; without recurrent synapses R is zero."""

    def __init__(self, synapses: DelayedDense, neuron: AbstractDynamics[Any], recurrent: nn.Module | None) -> None:
        super().__init__()
        self.synapses, self.neuron, self.recurrent = synapses, neuron, recurrent

    def init_state(self, like: Tensor) -> LayerState:
        current = like.new_zeros(*like.shape[:-1], self.synapses.n_post)
        return LayerState(self.synapses.init_state(like), self.neuron.init_state(current), current)

    def step(self, x: Tensor, state: LayerState) -> tuple[Tensor, LayerState]:
        current, line = self.synapses.step(x, state.line)
        z, (cells, last) = self._fire(current, (state.cells, state.z))
        return z, LayerState(line, cells, last)

    def unroll(self, x: Tensor, state: LayerState) -> tuple[Tensor, LayerState]:
        currents, line = self.synapses.unroll(x, state.line)
        if self.recurrent is None:
            z, cells = self.neuron.unroll(currents, state.cells)
        else:
            z, (cells, _) = unroll(self._fire, currents, (state.cells, state.z))
        return z, LayerState(line, cells, z[-1].clone())

    def _fire(self, current: Tensor, state: tuple[Any, Tensor]) -> tuple[Tensor, tuple[Any, Tensor]]:
        cells, z = state
        current = current if self.recurrent is None else current + self.recurrent(z)
        z, cells = self.neuron.step(current, cells)
        return z, (cells, z)


@part(
    summary="Layers of delayed synapses and spiking neurons, recurrent or not, with a leaky read-out.",
    paper="arxiv:2306.17670",
    tags=("spiking", "delays", "differentiable"),
    example=dict(sizes=(40, 20, 3)),
)
class DelayedSNN(AbstractDynamics[DelayedSNNState]):
    """Spiking network with delays; the read-out is delayed too and does not spike.

    ``z_l[t] = neuron(D_l z_(l-1) + R_l z_l[t-1]);  out = readout(D_L z_(L-1))`` with ``z_0 = x``, D the delayed
    synapses of :class:`DelayedDense` and R the recurrent ones, which take one step.

    Args:
        sizes: units of each layer, input first, read-out last.
        synapses: makes D from ``n_pre, n_post, rng``, e.g. ``partial(DelayedDense, max_delay_steps=10)``.
        neuron: makes the neurons of a hidden layer, without arguments.
        readout: makes those of the read-out.
        recurrent: makes R from ``n_pre, n_post, rng``, e.g. ``Dense``; None for a feed-forward network.
        rng: named streams; layer l draws from child ``l``, its recurrent synapses from child ``recurrent l``.

    Raises:
        NeurariumError: for fewer than two sizes.

    Example:
        >>> import torch
        >>> net = DelayedSNN(sizes=(8, 16, 2), rng=Rng(0))
        >>> out, state = net(torch.rand(5, 3, 8))          # time batch units
        >>> out.softmax(-1).sum(0).shape                   # the paper's logits
        torch.Size([3, 2])

    Paper: Hammouamri et al. 2024, arXiv:2306.17670; without its batch normalisation and dropout.
    """

    def __init__(
        self,
        *,
        sizes: tuple[int, ...],
        synapses: Callable[..., DelayedDense] = DelayedDense,
        neuron: Callable[[], AbstractDynamics[Any]] = LIF,
        readout: Callable[[], AbstractDynamics[Any]] = LeakyIntegrator,
        recurrent: Callable[..., nn.Module] | None = None,
        rng: Rng,
    ) -> None:
        super().__init__()
        if len(sizes) < 2:
            raise bad("DelayedSNN", "sizes", "name at least input and read-out", sizes)
        self.layers = nn.ModuleList()
        for i, (n_pre, n_post) in enumerate(pairwise(sizes)):
            is_last = i == len(sizes) - 2
            feedback = None if is_last or recurrent is None else recurrent
            loop = feedback and feedback(n_pre=n_post, n_post=n_post, rng=rng.child(f"recurrent {i}"))
            delayed = synapses(n_pre=n_pre, n_post=n_post, rng=rng.child(str(i)))
            self.layers.append(_Layer(delayed, readout() if is_last else neuron(), loop))

    @property
    def synapses(self) -> tuple[DelayedDense, ...]:
        """The delayed synapses, from the input up: to narrow their bumps and keep their delays in range."""
        return tuple(layer.synapses for layer in self.layers)

    def init_state(self, like: Float[Tensor, "*batch inputs"]) -> DelayedSNNState:
        """Every layer at rest, nothing under way."""
        states = []
        for layer in self.layers:
            states.append(layer.init_state(like))
            like = states[-1].z
        return DelayedSNNState(tuple(states))

    def step(
        self, x: Float[Tensor, "*batch inputs"], state: DelayedSNNState
    ) -> tuple[Float[Tensor, "*batch outputs"], DelayedSNNState]:
        """One instant through all layers."""
        return self._through(x, state, "step")

    def unroll(
        self, x: Float[Tensor, "time *batch inputs"], state: DelayedSNNState
    ) -> tuple[Float[Tensor, "time *batch outputs"], DelayedSNNState]:
        """All instants, layer by layer: the same numbers."""
        return self._through(x, state, "unroll")

    def _through(self, x: Tensor, state: DelayedSNNState, run: str) -> tuple[Tensor, DelayedSNNState]:
        states = []
        for layer, before in zip(self.layers, state.layers, strict=True):
            x, after = getattr(layer, run)(x, before)
            states.append(after)
        return x, DelayedSNNState(tuple(states))
