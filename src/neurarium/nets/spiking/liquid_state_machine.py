"""Liquid state machine: a fixed spiking network as a reservoir."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from neurarium.core import AbstractDynamics, Rng, part
from neurarium.core.errors import bad, check_count, check_fraction, check_positive
from neurarium.neurons import LIF, HardReset, Refractory

# Chance of a connection at distance zero, [to excitatory, to inhibitory] from excitatory and from inhibitory units.
CHANCE = ((0.2, 0.3), (0.1, 0.05))
INHIBITORY_SHARE = 0.2


class LiquidStateMachineState(NamedTuple):
    """`spikes`: of the step before; `cell`: the state of the neurons."""

    spikes: Tensor
    cell: Any


def liquid_neuron() -> Refractory:
    """A leaky neuron of long memory (64 ms), silent for 2 ms after a spike and back at rest."""
    return Refractory(neuron=LIF(tau_mem_ms=64.0, reset=HardReset()), refractory_ms=2.0)


@part(
    summary="Liquid: spiking neurons on a 3-D lattice, a fifth of them inhibitory, wired by distance.",
    paper="doi:10.1162/089976602760407955",
    tags=("spiking", "reservoir", "differentiable"),
    example=dict(n_inputs=5, sides=(3, 3, 2)),
)
class LiquidStateMachine(AbstractDynamics[LiquidStateMachineState]):
    """A reservoir of spiking units; read it out by any linear map of its spikes or their counts.

    ``z_t = neuron(W_in x_t + W_rec z_(t-1))``

    Units sit on a lattice; j reaches i with chance ``C · exp(-(distance / wiring_scale)²)``, C by the kinds of the two
    (:data:`CHANCE`), never itself. Excitatory units come first, the last fifth inhibits. Every connection starts with
    the same strength; those from the input have either sign.

    Args:
        n_inputs: features of the input.
        sides: units along the three axes of the lattice.
        neuron: makes the neurons; default :func:`liquid_neuron`.
        weight: strength of each connection, in thresholds.
        wiring_scale: distance, in steps of the lattice, over which connections become rare.
        input_density: share of the pairs of input and unit that are joined.
        rng: streams ``places``, ``recurrent`` and ``input``.

    Attributes:
        weight_in: (units, inputs); ``weight_rec``: (units, units). Buffers: what changes them is up to you.
        mask_in: where there is a connection; ``mask_rec``: the same among units.
        is_inhibitory: kind of each unit.

    Example:
        >>> net = LiquidStateMachine(n_inputs=8, sides=(4, 4, 4), rng=Rng(0))
        >>> spikes, state = net((torch.rand(50, 3, 8, generator=Rng(0)("data")) < 0.3).float())    # time batch inputs
        >>> spikes.sum(0).shape
        torch.Size([3, 64])

    Paper: Maass et al. 2002; wiring and constants of Ivanov and Michmizos 2021, arXiv:2111.01760.
    """

    def __init__(
        self,
        *,
        n_inputs: int,
        sides: tuple[int, int, int] = (7, 7, 6),
        neuron: Callable[[], AbstractDynamics[Any]] = liquid_neuron,
        weight: float = 0.24,
        wiring_scale: float = 3.0,
        input_density: float = 0.15,
        rng: Rng,
    ) -> None:
        super().__init__()
        check_count("LiquidStateMachine", n_inputs=n_inputs)
        check_positive("LiquidStateMachine", weight=weight, wiring_scale=wiring_scale)
        check_fraction("LiquidStateMachine", input_density=input_density)
        if len(sides) != 3 or min(sides) < 1:
            raise bad("LiquidStateMachine", "sides", "be three positive whole numbers", sides)
        self.neuron, self.n_units = neuron(), sides[0] * sides[1] * sides[2]
        n_inhibitory = round(INHIBITORY_SHARE * self.n_units)
        is_inhibitory = torch.arange(self.n_units) >= self.n_units - n_inhibitory
        mask_rec = connections(sides, is_inhibitory, wiring_scale, rng)
        mask_in, sign = torch.zeros(self.n_units * n_inputs, dtype=torch.bool), rng("input")
        mask_in[torch.randperm(len(mask_in), generator=sign)[: round(input_density * len(mask_in))]] = True
        mask_in = mask_in.reshape(self.n_units, n_inputs)
        signs = 1.0 - 2.0 * (torch.rand(mask_in.shape, generator=sign) < 0.5)
        self.register_buffer("weight_in", weight * mask_in * signs)
        self.register_buffer("weight_rec", weight * mask_rec * torch.where(is_inhibitory, -1.0, 1.0))
        for name, mask in (("mask_in", mask_in), ("mask_rec", mask_rec), ("is_inhibitory", is_inhibitory)):
            self.register_buffer(name, mask)

    def init_state(self, like: Float[Tensor, "*batch inputs"]) -> LiquidStateMachineState:
        """No spike yet, neurons in their own first state."""
        silent = like.new_zeros(*like.shape[:-1], self.n_units)
        return LiquidStateMachineState(silent, self.neuron.init_state(silent))

    def step(
        self, x: Float[Tensor, "*batch inputs"], state: LiquidStateMachineState
    ) -> tuple[Float[Tensor, "*batch units"], LiquidStateMachineState]:
        """One step: spikes of the input arrive at once, those of the liquid a step later."""
        z, cell = self.neuron.step(x @ self.weight_in.mT + state.spikes @ self.weight_rec.mT, state.cell)
        return z, LiquidStateMachineState(z, cell)


def connections(
    sides: tuple[int, int, int], is_inhibitory: Bool[Tensor, " units"], wiring_scale: float, rng: Rng
) -> Bool[Tensor, "units units"]:
    """Which unit (column) reaches which (row), drawn by their distance and kinds."""
    places = torch.cartesian_prod(*(torch.arange(float(n)) for n in sides))
    places = places[torch.randperm(len(places), generator=rng("places"))]
    kind = is_inhibitory.long()
    chance = torch.tensor(CHANCE)[kind[:, None], kind] * torch.exp(-((torch.cdist(places, places) / wiring_scale) ** 2))
    drawn = torch.rand(chance.shape, generator=rng("recurrent")) < chance
    return drawn & ~torch.eye(len(drawn), dtype=torch.bool)
