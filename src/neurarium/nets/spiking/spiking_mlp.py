"""A feed-forward spiking network."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any, NamedTuple

from jaxtyping import Float
from torch import Tensor, nn

from neurarium.core import AbstractDynamics, Rng, part
from neurarium.core.errors import bad
from neurarium.neurons import LIF
from neurarium.synapses import Dense


class SpikingMLPState(NamedTuple):
    """`cells`: the state of each hidden layer's neurons, from the input up."""

    cells: tuple[Any, ...]


@part(
    summary="Layers of dense synapses and spiking neurons, read out by synapses alone.",
    paper="arxiv:2402.11984",
    tags=("spiking", "differentiable"),
    example=dict(sizes=(5, 4, 3)),
)
class SpikingMLP(AbstractDynamics[SpikingMLPState]):
    """Feed-forward spiking network with a non-spiking read-out.

    ``s_0 = x;  s_l = neuron(W_l s_(l-1));  out = W_L s_(L-1)``, at every instant.

    Args:
        sizes: units of each layer, input first, read-out last.
        neuron: makes the neurons of a hidden layer, e.g. ``LIF``; without arguments.
        gain: gain of the initial weights (see :class:`Dense`).
        rng: named streams; layer l draws from child ``l``.

    Raises:
        NeurariumError: for fewer than two sizes.

    Example:
        >>> import torch
        >>> net = SpikingMLP(sizes=(8, 16, 2), rng=Rng(0))
        >>> out, state = net(torch.rand(5, 3, 8))          # time batch units
        >>> out.mean(0).shape                              # the usual logits
        torch.Size([3, 2])

    Paper: the network of Xiao et al. 2024, arXiv:2402.11984.
    """

    def __init__(
        self, *, sizes: tuple[int, ...], neuron: Callable[[], AbstractDynamics[Any]] = LIF, gain: float = 1.0, rng: Rng
    ) -> None:
        super().__init__()
        if len(sizes) < 2:
            raise bad("SpikingMLP", "sizes", "name at least input and read-out", sizes)
        self.synapses = nn.ModuleList(
            Dense(n_pre=n_pre, n_post=n_post, gain=gain, rng=rng.child(str(i)))
            for i, (n_pre, n_post) in enumerate(pairwise(sizes))
        )
        self.neurons = nn.ModuleList(neuron() for _ in sizes[1:-1])

    def init_state(self, like: Float[Tensor, "*batch inputs"]) -> SpikingMLPState:
        """Every neuron in the state its own kind starts in."""
        shapes = [like.new_zeros(*like.shape[:-1], s.weight.shape[0]) for s in self.synapses][:-1]
        return SpikingMLPState(tuple(n.init_state(x) for n, x in zip(self.neurons, shapes, strict=True)))

    def step(
        self, x: Float[Tensor, "*batch inputs"], state: SpikingMLPState
    ) -> tuple[Float[Tensor, "*batch outputs"], SpikingMLPState]:
        """One instant through all layers."""
        return self._through(x, state, lambda neuron, current, cell: neuron.step(current, cell))

    def unroll(
        self, x: Float[Tensor, "time *batch inputs"], state: SpikingMLPState
    ) -> tuple[Float[Tensor, "time *batch outputs"], SpikingMLPState]:
        """All instants, layer by layer: the same numbers with one product a layer."""
        return self._through(x, state, lambda neuron, currents, cell: neuron.unroll(currents, cell))

    def _through(self, x: Tensor, state: SpikingMLPState, run: Callable[..., Any]) -> tuple[Tensor, SpikingMLPState]:
        cells = []
        for synapses, neuron, cell in zip(self.synapses, self.neurons, state.cells, strict=False):
            x, cell = run(neuron, synapses(x), cell)
            cells.append(cell)
        return self.synapses[-1](x), SpikingMLPState(tuple(cells))
