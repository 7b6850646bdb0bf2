"""A network drawn as a graph."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

from neurarium.core import AbstractDynamics, part
from neurarium.core.errors import bad
from neurarium.neurons import LIF, LeakyIntegrator

INPUT, OUTPUT = "input", "output"


class SpikingGraphState(NamedTuple):
    """`cells`: the state of each node that has one; `late`: the last output of each node that feeds back."""

    cells: tuple[Any, ...]
    late: tuple[Tensor, ...]


@part(
    summary="Any wiring of synapses, delays and neurons, feedback included, as a graph of named nodes.",
    paper="doi:10.1038/s41467-024-52259-9",
    tags=("spiking", "recurrent", "differentiable"),
    example=dict(
        nodes={"lif": LIF, "slow": LeakyIntegrator},
        links=(("input", "lif"), ("lif", "slow"), ("slow", "lif"), ("lif", "output")),
    ),
)
class SpikingGraph(AbstractDynamics[SpikingGraphState]):
    """Nodes and links; a node sees the sum of what is linked to it.

    ``y_n[t] = node_n(Σ_m y_m[t])``, with ``y_m[t-1]`` for a link that closes a loop: feedback is one step late.

    A node is a part with state (a neuron, a delay), or any module without one (``nn.Linear``, ``Dense``).
    The graph begins in ``"input"`` and ends in ``"output"``; it is what :class:`~neurarium.nets.spiking.to_nir`
    writes and ``from_nir`` reads.

    Args:
        nodes: name -> module, or what makes one without arguments.
        links: pairs (from, to).

    Raises:
        NeurariumError: for a link to a node that is not there, or a node that the input does not reach.

    Example:
        >>> links = (("input", "lif"), ("lif", "w"), ("w", "lif"), ("lif", "output"))
        >>> net = SpikingGraph(nodes={"lif": LIF, "w": nn.Linear(3, 3)}, links=links)
        >>> net(torch.rand(5, 2, 3))[0].shape                       # time batch units
        torch.Size([5, 2, 3])

    Paper: the graphs of Pedersen et al. 2024, doi:10.1038/s41467-024-52259-9.
    """

    def __init__(
        self, *, nodes: Mapping[str, nn.Module | Callable[[], nn.Module]], links: Iterable[tuple[str, str]]
    ) -> None:
        super().__init__()
        self.links = tuple(links)
        self.place = {name: i for i, name in enumerate(nodes)}
        self.parts = nn.ModuleList(m if isinstance(m, nn.Module) else m() for m in nodes.values())
        known = {INPUT, OUTPUT, *self.place}
        for link in self.links:
            if link[0] not in known - {OUTPUT} or link[1] not in known - {INPUT}:
                raise bad("SpikingGraph", "links", f"join nodes from {sorted(known)}", link)
        self.order, self.late = _ordered(self.links)
        if missed := known - {INPUT} - set(self.order):
            raise bad("SpikingGraph", "links", "lead from the input to every node", sorted(missed))
        late = set(self.late)
        self.on_time = {n: [a for a, b in self.links if b == n and (a, b) not in late] for n in self.order}
        self.fed_back = {n: [a for a, b in self.late if b == n] for n in self.order}
        self.sources = tuple(dict.fromkeys(a for a, _ in self.late))

    @property
    def nodes(self) -> dict[str, nn.Module]:
        """Name -> module."""
        return dict(zip(self.place, self.parts, strict=True))

    def init_state(self, like: Float[Tensor, "*batch inputs"]) -> SpikingGraphState:
        """Each node as its own kind starts, nothing fed back yet."""
        seen, cells = self._at_rest(like)
        return SpikingGraphState(cells, tuple(torch.zeros_like(seen[a]) for a in self.sources))

    def shapes(self, like: Float[Tensor, "batch inputs"]) -> dict[str, tuple[int, ...]]:
        """Features that come out of each node, given one instant of a batch."""
        return {name: tuple(y.shape[1:]) for name, y in self._at_rest(like)[0].items()}

    @torch.no_grad()
    def _at_rest(self, like: Tensor) -> tuple[dict[str, Tensor], tuple[Any, ...]]:
        """What comes out of each node if nothing goes in, and the states they start from."""
        seen, cells = {INPUT: torch.zeros_like(like)}, []
        for name in self.order:
            x = _sum([seen[a] for a in self.on_time[name]])
            if isinstance(node := self._node(name), AbstractDynamics):
                cells.append(node.init_state(x))
                seen[name] = node.step(x, cells[-1])[0]
            else:
                seen[name] = node(x)
        return seen, tuple(cells)

    def step(
        self, x: Float[Tensor, "*batch inputs"], state: SpikingGraphState
    ) -> tuple[Float[Tensor, "*batch outputs"], SpikingGraphState]:
        """One instant, each node after those that lead to it."""
        seen, cells = self._through(x, state, lambda node, y, cell: node.step(y, cell))
        return seen[OUTPUT], SpikingGraphState(cells, tuple(seen[a] for a in self.sources))

    def unroll(
        self, x: Float[Tensor, "time *batch inputs"], state: SpikingGraphState
    ) -> tuple[Float[Tensor, "time *batch outputs"], SpikingGraphState]:
        """Node by node where nothing feeds back, else step by step: the same numbers."""
        if self.late:
            return super().unroll(x, state)
        seen, cells = self._through(x, state, lambda node, y, cell: node.unroll(y, cell))
        return seen[OUTPUT], SpikingGraphState(cells, ())

    def _through(
        self, x: Tensor, state: SpikingGraphState, run: Callable[..., tuple[Tensor, Any]]
    ) -> tuple[dict[str, Tensor], tuple[Any, ...]]:
        late = dict(zip(self.sources, state.late, strict=True))
        seen, before, cells = {INPUT: x}, iter(state.cells), []
        for name in self.order:
            y = _sum([seen[a] for a in self.on_time[name]] + [late[a] for a in self.fed_back[name]])
            if isinstance(node := self._node(name), AbstractDynamics):
                seen[name], cell = run(node, y, next(before))
                cells.append(cell)
            else:
                seen[name] = node(y)
        return seen, tuple(cells)

    def _node(self, name: str) -> Callable[[Tensor], Tensor] | nn.Module:
        return _same if name == OUTPUT else self.parts[self.place[name]]


def _same(x: Tensor) -> Tensor:
    return x


def _sum(parts: list[Tensor]) -> Tensor:
    return sum(parts[1:], start=parts[0])


def _ordered(links: tuple[tuple[str, str], ...]) -> tuple[list[str], list[tuple[str, str]]]:
    """Nodes that the input reaches, each after those before it, and the links that close a loop."""
    done: list[str] = []
    late: list[tuple[str, str]] = []
    open_, todo = {INPUT}, [(INPUT, iter([b for a, b in links if a == INPUT]))]
    while todo:
        name, following = todo[-1]
        for after in following:
            if after in open_:
                late.append((name, after))
            elif after not in done:
                open_.add(after)
                todo.append((after, iter([b for a, b in links if a == after])))
                break
        else:
            todo.pop()
            open_.discard(name)
            done.append(name)
    return done[-2::-1], late
