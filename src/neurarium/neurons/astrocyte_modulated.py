"""Spiking unit with a slow astrocyte at its synapses."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

from neurarium.core import AbstractDynamics, ATan, Rng, part, spike, unroll
from neurarium.core.errors import check_count, check_positive
from neurarium.core.surrogate import Surrogate
from neurarium.core.units import decay


class AstrocyteModulatedState(NamedTuple):
    """`u`: membrane potential after the reset, (units); `h`: what the astrocyte holds, (units, keys)."""

    u: Tensor
    h: Tensor


@part(
    summary="LIF layer whose synapses share an astrocyte: a slow memory, written and read by what passes through them.",
    paper="arxiv:2312.07625",
    tags=("spiking", "glia", "memory", "differentiable"),
    example=dict(n_inputs=5, n_units=12, n_keys=3),
)
class AstrocyteModulated(AbstractDynamics[AstrocyteModulatedState]):
    """Astrocyte-modulated spiking units (AM-SU): fast membranes, and one slow glial state that they all share.

    ``h = γ h + W_v x (W_k x)ᵀ / n_keys;  o = h W_q x``  (the astrocyte)
    ``u = α u + W_u x;  z = [u + o >= 1];  u = u - z``  with  ``γ = exp(-dt / tau_glia)``, ``α = exp(-dt / tau_mem)``.

    What was written under a key comes back, weakened by ``γ^steps``, when something asks for that key; o moves the
    spikes but is not integrated. The state does not grow with the input. The astrocyte is linear, so whole sequences
    are read in parallel: ``o_t = Σ_(s<=t) γ^(t-s) (k_s · q_t) v_s / n_keys + γ^(t+1) h_0 q_t``.

    Args:
        n_inputs: features of the input.
        n_units: spiking units.
        n_keys: features of a key.
        tau_glia_ms: time constant of the astrocyte; far below `dt_ms` it forgets at once.
        tau_mem_ms: membrane time constant.
        dt_ms: length of one step.
        surrogate: pseudo-derivative of the spike, of ``u + o - 1``; default ``ATan()``.
        rng: stream ``weights``; uniform within ``±1 / sqrt(n_inputs)``.

    Example:
        >>> z, state = AstrocyteModulated(n_inputs=3, n_units=5, n_keys=2, rng=Rng(0))(torch.ones(7, 4, 3))
        >>> z.shape, state.h.shape
        (torch.Size([7, 4, 5]), torch.Size([4, 5, 2]))

    Paper: Shen et al. 2023, arXiv:2312.07625; equations as in its overview figure.
    """

    def __init__(
        self,
        *,
        n_inputs: int,
        n_units: int,
        n_keys: int = 16,
        tau_glia_ms: float = 100.0,
        tau_mem_ms: float = 20.0,
        dt_ms: float = 1.0,
        surrogate: Surrogate | None = None,
        rng: Rng,
    ) -> None:
        super().__init__()
        check_count("AstrocyteModulated", n_inputs=n_inputs, n_units=n_units, n_keys=n_keys)
        check_positive("AstrocyteModulated", tau_glia_ms=tau_glia_ms, tau_mem_ms=tau_mem_ms, dt_ms=dt_ms)
        self.n_units, self.n_keys = n_units, n_keys
        self.alpha, self.gamma = decay(dt_ms, tau_mem_ms), decay(dt_ms, tau_glia_ms)
        self.surrogate = ATan() if surrogate is None else surrogate
        self.weight, self.weight_value, self.weight_key, self.weight_query = (
            nn.Parameter((2 * torch.rand(n, n_inputs, generator=rng("weights")) - 1) / math.sqrt(n_inputs))
            for n in (n_units, n_units, n_keys, n_keys)
        )

    def init_state(self, like: Float[Tensor, "*batch inputs"]) -> AstrocyteModulatedState:
        """At rest, nothing remembered."""
        u = like.new_zeros(*like.shape[:-1], self.n_units)
        return AstrocyteModulatedState(u, u.new_zeros(*u.shape, self.n_keys))

    def step(
        self, x: Float[Tensor, "*batch inputs"], state: AstrocyteModulatedState
    ) -> tuple[Float[Tensor, "*batch units"], AstrocyteModulatedState]:
        """Write, read, integrate, spike, reset."""
        value, key, query = (x @ w.mT for w in (self.weight_value, self.weight_key, self.weight_query))
        h = self.gamma * state.h + value.unsqueeze(-1) * key.unsqueeze(-2) / self.n_keys
        o = (h @ query.unsqueeze(-1)).squeeze(-1)
        z, u = self._fire(torch.stack((x @ self.weight.mT, o)), state.u)
        return z, AstrocyteModulatedState(u, h)

    def unroll(
        self, x: Float[Tensor, "time *batch inputs"], state: AstrocyteModulatedState
    ) -> tuple[Float[Tensor, "time *batch units"], AstrocyteModulatedState]:
        """Repeated `step`; the astrocyte at all instants at once, the membranes one by one."""
        currents, h = self.drive(x, state.h)
        z, u = self.fire(currents, state.u)
        return z, AstrocyteModulatedState(u, h)

    def drive(
        self, x: Float[Tensor, "time *batch inputs"], h: Float[Tensor, "*batch units keys"]
    ) -> tuple[Float[Tensor, "time pair *batch units"], Float[Tensor, "*batch units keys"]]:
        """``W_u x`` and ``o`` at every instant, and what the astrocyte holds at the end."""
        rows = x.movedim(0, -2)  # batch time inputs
        value, key, query = (rows @ w.mT for w in (self.weight_value, self.weight_key / self.n_keys, self.weight_query))
        t = torch.arange(len(x), device=x.device)
        lag = t[:, None] - t
        fade = torch.where(lag >= 0, self.gamma ** lag.clamp_min(0).to(x.dtype), 0)
        held = query @ h.mT * (self.gamma ** (t + 1).to(x.dtype)).unsqueeze(-1)
        o = (query @ key.mT * fade) @ value + held
        last = self.gamma ** len(x) * h + (value * fade[-1].unsqueeze(-1)).mT @ key
        return torch.stack((x @ self.weight.mT, o.movedim(-2, 0)), dim=1), last

    def fire(
        self, currents: Float[Tensor, "time pair ..."], u: Float[Tensor, ...]
    ) -> tuple[Float[Tensor, "time ..."], Float[Tensor, ...]]:
        """Spikes and the last potential; elementwise, so the currents of several such layers may be stacked."""
        return unroll(self._fire, currents, u)

    def _fire(self, currents: Float[Tensor, "pair ..."], u: Float[Tensor, ...]) -> tuple[Tensor, Tensor]:
        u = self.alpha * u + currents[0]
        z = spike(u + currents[1] - 1, self.surrogate)
        return z, u - z
