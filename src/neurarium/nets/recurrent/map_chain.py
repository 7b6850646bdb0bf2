"""Chain of map neurons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

from neurarium.core import AbstractDynamics, part
from neurarium.core.errors import bad, check_count, check_finite
from neurarium.neurons import Chialvo, Rulkov


class MapChainState(NamedTuple):
    """`v`: fast variable of each unit, which is also the output; `y`: slow variable."""

    v: Tensor
    y: Tensor


@part(
    summary="Chain of map neurons of alternating kinds, each coupled to its two neighbours.",
    paper="arxiv:2405.05675",
    tags=("map", "recurrent", "heterogeneous", "differentiable"),
    example=dict(n_units=4),
)
class MapChain(AbstractDynamics[MapChainState]):
    """Maps in a row, coupled by differences of their fast variables, as by gap junctions; ends have one neighbour.

    ``v_i' = f_i(v_i, y_i) + x_i + coupling_down (v_{i-1} - v_i) + coupling_up (v_{i+1} - v_i);  y_i' = g_i(v_i, y_i)``

    Without coupling every unit is the map it is made of.

    Args:
        n_units: length of the chain.
        neurons: maps with a state (v, y) that take turns along the chain; default Chialvo, Rulkov, Chialvo, ...
        coupling_down: strength from each unit to the next one.
        coupling_up: strength from each unit to the one before.

    Raises:
        NeurariumError: for fewer units than maps, or a coupling that is not finite.

    Example:
        >>> v, state = MapChain(n_units=3, coupling_down=0.1, coupling_up=0.1)(torch.zeros(5, 3))
        >>> v.shape
        torch.Size([5, 3])

    Paper: Ghosh, Nair, Fatoyinbo and Muni 2024, arXiv:2405.05675.
    """

    def __init__(
        self,
        *,
        n_units: int = 3,
        neurons: Sequence[AbstractDynamics[Any]] | None = None,
        coupling_down: float = 0.0,
        coupling_up: float = 0.0,
    ) -> None:
        super().__init__()
        check_finite("MapChain", coupling_down=coupling_down, coupling_up=coupling_up)
        kinds = [Chialvo(), Rulkov()] if neurons is None else list(neurons)
        if not kinds:
            raise bad("MapChain", "neurons", "hold at least one map", kinds)
        check_count("MapChain", n_units=n_units, least=len(kinds))
        self.n_units, self.coupling_down, self.coupling_up = n_units, coupling_down, coupling_up
        self.neurons = nn.ModuleList(kinds)
        order = torch.cat([torch.arange(n_units)[k :: len(kinds)] for k in range(len(kinds))]).argsort()
        self.register_buffer("order", order, persistent=False)

    def init_state(self, like: Float[Tensor, "*batch units"]) -> MapChainState:
        """Every unit at the rest of its own map."""
        if like.shape[-1] != self.n_units:
            raise bad("MapChain", "x", f"have {self.n_units} units", like.shape[-1])
        each = zip(self.neurons, self._split(like), strict=True)
        return self._joined([neuron.init_state(like_k) for neuron, like_k in each])

    def step(
        self, x: Float[Tensor, "*batch units"], state: MapChainState
    ) -> tuple[Float[Tensor, "*batch units"], MapChainState]:
        """All maps at once, from the old values."""
        climb = state.v.diff(dim=-1)  # v_{i+1} - v_i
        none = torch.zeros_like(state.v[..., :1])
        drive = x - self.coupling_down * torch.cat([none, climb], -1) + self.coupling_up * torch.cat([climb, none], -1)
        moved = []
        for neuron, drive_k, v, y in zip(self.neurons, *map(self._split, (drive, *state)), strict=True):
            moved.append(neuron.step(drive_k, neuron.init_state(drive_k)._replace(v=v, y=y))[1])
        new = self._joined(moved)
        return new.v, new

    def jacobian(self, state: MapChainState) -> Float[Tensor, "batch both both"]:
        """Derivative of the next state (v, then y) by the state (batch, units), without input."""

        def move(both: Tensor) -> Tensor:
            v, y = both.chunk(2)
            return torch.cat(tuple(self.step(torch.zeros_like(v), MapChainState(v, y))[1]))

        return torch.vmap(torch.func.jacrev(move))(torch.cat(tuple(state), -1))

    def _split(self, values: Tensor) -> list[Tensor]:
        return [values[..., k :: len(self.neurons)] for k in range(len(self.neurons))]

    def _joined(self, states: list[Any]) -> MapChainState:
        v, y = (torch.cat([getattr(state, name) for state in states], -1)[..., self.order] for name in ("v", "y"))
        return MapChainState(v, y)
