"""Reservoir that obeys Dale's law."""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import linear

from neurarium.core import AbstractDynamics, Rng, part, unroll
from neurarium.core.errors import bad, check_count, check_fraction, check_not_negative, check_positive
from neurarium.nets.recurrent._sparse_sigmoids import LOGISTIC, can_sweep, draw_sources, sweep


class ExcitatoryInhibitoryReservoirState(NamedTuple):
    """`h`: rate of each unit in (0, 1), excitatory ones first; also the output."""

    h: Tensor


@part(
    summary="Fixed sparse network in which each unit either excites or inhibits, with a balance that can be set.",
    paper="arxiv:2504.12480",
    tags=("recurrent", "rate", "reservoir", "dale", "differentiable"),
    example=dict(n_inputs=3, n_units=20, n_connections=8),
)
class ExcitatoryInhibitoryReservoir(AbstractDynamics[ExcitatoryInhibitoryReservoirState]):
    """Reservoir of logistic units that obeys Dale's law; weights are fixed buffers, the state is the output.

    ``h_t = σ(W_exc h_exc - W_inh h_inh + W_in x_t + b)``,  ``W_exc, W_inh >= 0``, h on the right of time t - 1.

    The bias is zero: a unit whose inputs cancel has rate 1/2. Change the balance of each unit by
    :class:`neurarium.plasticity.InhibitoryHomeostasis` on ``weight_inh``, or at once with :meth:`inhibition_for`.

    Args:
        n_inputs, n_units: sizes.
        excitatory_share: share of units, and of each unit's connections, that excite.
        n_connections: incoming recurrent connections of each unit.
        gain: ``weight_exc`` is uniform in ``(0, gain / sqrt(n_connections))`` where there is a connection.
        balance: ``Σ weight_inh / Σ weight_exc``: inhibition over excitation where all rates are equal.
        input_scale: ``weight_in`` is uniform within plus or minus this.
        rng: streams ``"connections"`` and ``"weights"``.

    Raises:
        NeurariumError: for numbers out of range, or more connections than units of a kind.

    Example:
        >>> h, state = ExcitatoryInhibitoryReservoir(n_inputs=1, n_units=50, rng=Rng(0))(torch.rand(200, 4, 1))
        >>> h.shape
        torch.Size([200, 4, 50])

    Paper: Srinivasan, Plenz and Girvan 2025.
    """

    def __init__(
        self,
        *,
        n_inputs: int,
        n_units: int,
        excitatory_share: float = 0.8,
        n_connections: int = 20,
        gain: float = 2.0,
        balance: float = 1.0,
        input_scale: float = 1.0,
        rng: Rng,
    ) -> None:
        super().__init__()
        owner, draw = "ExcitatoryInhibitoryReservoir", rng("weights")
        check_count(owner, n_inputs=n_inputs, n_units=n_units, n_connections=n_connections)
        check_fraction(owner, excitatory_share=excitatory_share)
        check_positive(owner, gain=gain)
        check_not_negative(owner, balance=balance, input_scale=input_scale)
        n_exc, k_exc = round(excitatory_share * n_units), round(excitatory_share * n_connections)
        n_inh, k_inh = n_units - n_exc, n_connections - k_exc
        if not (1 <= k_exc <= n_exc and 1 <= k_inh <= n_inh):
            must = f"give each unit 1 to {n_exc} exciting and 1 to {n_inh} inhibiting connections"
            raise bad(owner, "n_connections", must, (k_exc, k_inh), "Change it, or `excitatory_share`.")
        self.n_units, self.n_exc = n_units, n_exc
        exc = draw_sources(n_units, n_exc, k_exc, rng) * torch.rand(n_units, n_exc, generator=draw)
        inh = draw_sources(n_units, n_inh, k_inh, rng) * torch.rand(n_units, n_inh, generator=draw)
        exc *= gain / n_connections**0.5
        self.register_buffer("weight_exc", exc)
        self.register_buffer("weight_inh", inh * (balance * exc.sum() / inh.sum()))
        self.register_buffer("weight_in", input_scale * (2 * torch.rand(n_units, n_inputs, generator=draw) - 1))
        self.register_buffer("bias", torch.zeros(n_units))

    def init_state(self, like: Float[Tensor, "*batch inputs"]) -> ExcitatoryInhibitoryReservoirState:
        """All rates 1/2, where no input leaves them."""
        return ExcitatoryInhibitoryReservoirState(like.new_full((*like.shape[:-1], self.n_units), 0.5))

    def step(
        self, x: Float[Tensor, "*batch inputs"], state: ExcitatoryInhibitoryReservoirState
    ) -> tuple[Float[Tensor, "*batch units"], ExcitatoryInhibitoryReservoirState]:
        """Advance every unit by one step."""
        h_exc, h_inh = state.h[..., : self.n_exc], state.h[..., self.n_exc :]
        recurrent = linear(h_exc, self.weight_exc) - linear(h_inh, self.weight_inh)
        h = torch.sigmoid(recurrent + linear(x, self.weight_in, self.bias))
        return h, ExcitatoryInhibitoryReservoirState(h)

    def unroll(
        self, x: Float[Tensor, "time *batch inputs"], state: ExcitatoryInhibitoryReservoirState
    ) -> tuple[Float[Tensor, "time *batch units"], ExcitatoryInhibitoryReservoirState]:
        """Repeated `step`; where no gradient is asked for, by a sweep that skips absent connections."""
        weights = (torch.cat([self.weight_exc, -self.weight_inh], -1), self.weight_in, self.bias)
        if len(x) == 0 or not can_sweep(x, state.h, *weights):
            return unroll(self.step, x, state)
        out = sweep(*weights, x, state.h, leak=1.0, sigmoid=LOGISTIC)
        return out, ExcitatoryInhibitoryReservoirState(out[-1].clone())

    def inhibition_for(
        self, rates: Float[Tensor, " units"], x: Float[Tensor, "*samples inputs"]
    ) -> Float[Tensor, "units inhibitory"]:
        """``weight_inh`` with each row scaled so that, if all units fire at `rates`, each is driven to its own.

        ``s_i = max(0, W_exc r_exc + W_in <x> + b - logit(r))_i / (W_inh r_inh)_i``, ``<x>`` the mean input:
        one shot for what homeostasis does step by step, exact up to the curvature of σ.
        """
        excess = linear(rates[: self.n_exc], self.weight_exc) - torch.logit(rates)
        excess = excess + linear(x.reshape(-1, x.shape[-1]).mean(0), self.weight_in, self.bias)
        received = linear(rates[self.n_exc :], self.weight_inh)
        return self.weight_inh * (excess.clamp_min(0) / received).unsqueeze(-1)
