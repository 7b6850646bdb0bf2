"""Leaky rate network."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

from neurarium.core import AbstractDynamics, Rng, part, unroll
from neurarium.core.errors import bad, check_positive
from neurarium.core.units import decay
from neurarium.nets._init import Init, gaussian, orthogonal


class LeakyRNNState(NamedTuple):
    """`h`: rate of each unit, which is also the output."""

    h: Tensor


@part(
    summary="Rate network with a time constant; many networks can run as one.",
    paper="doi:10.1371/journal.pcbi.1004792",
    tags=("recurrent", "rate", "stackable", "differentiable"),
    example=dict(n_inputs=3, n_units=5),
)
class LeakyRNN(AbstractDynamics[LeakyRNNState]):
    """Leaky recurrent network; the state is the output.

    ``h_t = a h_{t-1} + (1 - a) f(W_in x_t + W_rec h_{t-1} + b)``  with  ``a = exp(-dt / tau)``.

    No noise inside: add it to `x`. ``tau_ms`` far below ``dt_ms`` gives a = 0, the Elman network.

    Args:
        n_inputs, n_units: sizes.
        tau_ms, dt_ms: time constant of a unit, length of one step.
        activation: f, elementwise.
        init: draws ``weight_rec``; ``weight_in`` is :func:`gaussian`, the bias zero.
        n_stacked: this many networks as one: weights get a leading axis, x is (time, stacked, batch, inputs).
        rng: stream ``"weights"``.

    Raises:
        NeurariumError: for a size or time that is not positive, or stacked input without a batch axis.

    Example:
        >>> h, state = LeakyRNN(n_inputs=2, n_units=8, rng=Rng(0))(torch.zeros(10, 4, 2))
        >>> h.shape
        torch.Size([10, 4, 8])

    Paper: Song, Yang and Wang 2016.
    """

    def __init__(
        self,
        *,
        n_inputs: int,
        n_units: int,
        tau_ms: float = 100.0,
        dt_ms: float = 20.0,
        activation: Callable[[Tensor], Tensor] = torch.tanh,
        init: Init = orthogonal,
        n_stacked: int | None = None,
        rng: Rng,
    ) -> None:
        super().__init__()
        check_positive("LeakyRNN", n_inputs=n_inputs, n_units=n_units, tau_ms=tau_ms, dt_ms=dt_ms)
        check_positive("LeakyRNN", n_stacked=1 if n_stacked is None else n_stacked)
        stacked, weights = (() if n_stacked is None else (n_stacked,)), rng("weights")
        self.n_units, self.n_stacked = n_units, n_stacked
        self.activation, self.a = activation, decay(dt_ms, tau_ms)
        self.weight_in = nn.Parameter(gaussian((*stacked, n_units, n_inputs), weights))
        self.weight_rec = nn.Parameter(init((*stacked, n_units, n_units), weights))
        self.bias = nn.Parameter(torch.zeros(*stacked, n_units))

    @classmethod
    def stack(cls, nets: Sequence[LeakyRNN]) -> LeakyRNN:
        """Copy single networks of one size, time constant and activation into one stacked network."""
        kinds = [net._kind() for net in nets]
        if not kinds or nets[0].n_stacked is not None or any(kind != kinds[0] for kind in kinds):
            raise bad("LeakyRNN.stack", "nets", "be single networks of one kind", kinds)
        first, n_inputs = nets[0], nets[0].weight_in.shape[-1]
        stacked = cls(n_inputs=n_inputs, n_units=first.n_units, n_stacked=len(nets), rng=Rng(0))
        stacked.activation, stacked.a = first.activation, first.a
        for name in ("weight_in", "weight_rec", "bias"):
            rows = torch.stack([getattr(net, name).detach() for net in nets])
            setattr(stacked, name, nn.Parameter(rows))
        return stacked

    def init_state(self, like: Float[Tensor, "*batch inputs"]) -> LeakyRNNState:
        """All rates zero."""
        if self.n_stacked is not None and (like.ndim != 3 or like.shape[0] != self.n_stacked):
            raise bad("LeakyRNN", "x", f"be (time, {self.n_stacked}, batch, inputs)", ("time", *like.shape))
        return LeakyRNNState(like.new_zeros(*like.shape[:-1], self.n_units))

    def step(
        self, x: Float[Tensor, "*batch inputs"], state: LeakyRNNState
    ) -> tuple[Float[Tensor, "*batch units"], LeakyRNNState]:
        """Advance every unit by one step."""
        return self._recur(self._drive(x), state)

    def unroll(
        self, x: Float[Tensor, "time *batch inputs"], state: LeakyRNNState
    ) -> tuple[Float[Tensor, "time *batch units"], LeakyRNNState]:
        """Repeated `step`, with the input product of all time steps taken at once."""
        return unroll(self._recur, self._drive(x), state)

    def _drive(self, x: Tensor) -> Tensor:
        if self.n_stacked is None:
            return nn.functional.linear(x, self.weight_in, self.bias)
        # Not `@`: over (time, stacked, batch, inputs) it would copy the weights once for each time step.
        return torch.einsum("...sbi,sui->...sbu", x, self.weight_in) + self.bias.unsqueeze(-2)

    def _recur(self, drive: Tensor, state: LeakyRNNState) -> tuple[Tensor, LeakyRNNState]:
        f = self.activation(state.h @ self.weight_rec.mT + drive)
        h = torch.lerp(f, state.h, self.a)  # a h + (1 - a) f
        return h, LeakyRNNState(h)

    def _kind(self) -> tuple[object, ...]:
        return (*self.weight_in.shape, self.a, self.activation)
