"""Echo state network."""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import linear

from neurarium.core import AbstractDynamics, Rng, part, unroll
from neurarium.core.errors import bad, check_count, check_fraction, check_not_negative, check_positive
from neurarium.nets.recurrent._sparse_sigmoids import TANH, can_sweep, draw_sources, spectral_radius, sweep


class EchoStateNetworkState(NamedTuple):
    """`h`: value of each unit, which is also the output."""

    h: Tensor


@part(
    summary="Fixed random sparse network of tanh units; only a read-out of its states is learned.",
    paper="doi:10.1126/science.1091277",
    tags=("recurrent", "rate", "reservoir", "differentiable"),
    example=dict(n_inputs=3, n_units=12, n_connections=4),
)
class EchoStateNetwork(AbstractDynamics[EchoStateNetworkState]):
    """Reservoir of leaky tanh units with fixed weights; the state is the output.

    ``h_t = (1 - leak) h_(t-1) + leak tanh(W_rec h_(t-1) + W_in x_t + b)``

    Weights are buffers, not parameters: :func:`neurarium.learning.ridge_readout` learns from the states. A spectral
    radius below one makes the network forget its start in practice; it does not prove that it does.
    Where no gradient is asked for, a compiled sweep runs all series of a batch at once.

    Args:
        n_inputs, n_units: sizes.
        n_connections: incoming recurrent connections of each unit; normal before scaling.
        spectral_radius: largest modulus of an eigenvalue of ``weight_rec``.
        leak: share of a unit that is renewed in a step, in (0, 1].
        input_scale, bias_scale: ``weight_in`` and the bias are uniform within plus or minus this.
        rng: streams ``"connections"`` and ``"weights"``.

    Raises:
        NeurariumError: for numbers out of range, or more connections than units.

    Example:
        >>> net = EchoStateNetwork(n_inputs=1, n_units=50, rng=Rng(0))
        >>> h, state = net(torch.rand(200, 16, 1))         # 16 series
        >>> h.shape
        torch.Size([200, 16, 50])

    Paper: Jaeger and Haas 2004; leaky units from Jaeger et al. 2007, doi:10.1016/j.neunet.2007.04.016.
    """

    def __init__(
        self,
        *,
        n_inputs: int,
        n_units: int,
        n_connections: int = 10,
        spectral_radius: float = 0.9,
        leak: float = 1.0,
        input_scale: float = 1.0,
        bias_scale: float = 0.0,
        rng: Rng,
    ) -> None:
        super().__init__()
        check_count("EchoStateNetwork", n_inputs=n_inputs, n_units=n_units, n_connections=n_connections)
        check_positive("EchoStateNetwork", spectral_radius=spectral_radius, leak=leak)
        check_fraction("EchoStateNetwork", leak=leak)
        check_not_negative("EchoStateNetwork", input_scale=input_scale, bias_scale=bias_scale)
        if n_connections > n_units:
            raise bad("EchoStateNetwork", "n_connections", f"be at most n_units={n_units}", n_connections)
        self.n_units, self.leak = n_units, leak
        draw = rng("weights")
        self.register_buffer("weight_rec", _scaled(n_units, n_connections, spectral_radius, rng))
        self.register_buffer("weight_in", input_scale * (2 * torch.rand(n_units, n_inputs, generator=draw) - 1))
        self.register_buffer("bias", bias_scale * (2 * torch.rand(n_units, generator=draw) - 1))

    def init_state(self, like: Float[Tensor, "*batch inputs"]) -> EchoStateNetworkState:
        """All units zero."""
        return EchoStateNetworkState(like.new_zeros(*like.shape[:-1], self.n_units))

    def step(
        self, x: Float[Tensor, "*batch inputs"], state: EchoStateNetworkState
    ) -> tuple[Float[Tensor, "*batch units"], EchoStateNetworkState]:
        """Advance every unit by one step."""
        f = torch.tanh(linear(state.h, self.weight_rec) + linear(x, self.weight_in, self.bias))
        h = (1 - self.leak) * state.h + self.leak * f
        return h, EchoStateNetworkState(h)

    def unroll(
        self, x: Float[Tensor, "time *batch inputs"], state: EchoStateNetworkState
    ) -> tuple[Float[Tensor, "time *batch units"], EchoStateNetworkState]:
        """Repeated `step`; where no gradient is asked for, by a sweep that skips absent connections."""
        weights = (self.weight_rec, self.weight_in, self.bias)
        if len(x) == 0 or not can_sweep(x, state.h, *weights):
            return unroll(self.step, x, state)
        out = sweep(*weights, x, state.h, leak=self.leak, sigmoid=TANH)
        return out, EchoStateNetworkState(out[-1].clone())


def _scaled(n_units: int, n_connections: int, radius: float, rng: Rng) -> Float[Tensor, "units units"]:
    weight = draw_sources(n_units, n_units, n_connections, rng) * torch.randn(
        n_units, n_units, generator=rng("weights")
    )
    return weight * (radius / spectral_radius(weight))
