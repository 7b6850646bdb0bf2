"""Resonate-and-fire neuron."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from neurarium.core import AbstractDynamics, ATan, part, spike
from neurarium.core.errors import bad, check_positive
from neurarium.core.surrogate import Surrogate
from neurarium.core.units import decay


class ResonateAndFireState(NamedTuple):
    """`u`: current-like part, `v`: voltage-like part of the complex state u + i v."""

    u: Tensor
    v: Tensor


@part(
    summary="Neuron that rings at its own frequency and spikes when pulses come in its rhythm.",
    paper="doi:10.1016/S0893-6080(01)00078-8",
    tags=("spiking", "resonant", "differentiable"),
)
class ResonateAndFire(AbstractDynamics[ResonateAndFireState]):
    """Damped oscillator with a threshold, ``ds/dt = (-1 / tau_mem + iω) s + x`` for ``s = u + i v``; elementwise.

    Input arrives at the start of a step as a pulse; the step itself is the exact rotation and decay:
    ``u₀ = u + x;  u = ρ (cos φ · u₀ - sin φ · v);  v = ρ (sin φ · u₀ + cos φ · v)``
    ``z = [v >= threshold];  u = (1 - z) u;  v = (1 - z) v + z · threshold``
    with ``ρ = exp(-dt / tau_mem)`` and ``φ = 2π resonance_hz dt``. After a spike ``s = i · threshold``, as in the
    paper: at the peak, from where the potential falls.

    Args:
        resonance_hz: frequency at which the potential rings.
        tau_mem_ms: time constant of the decay of the ringing.
        dt_ms: length of one step; at most half a period.
        threshold: potential at which the neuron spikes.
        surrogate: pseudo-derivative of the spike, of ``v - threshold``; default ``ATan()``.

    Raises:
        NeurariumError: for a number that is not positive, or a step longer than half a period.

    Example:
        >>> pulses = torch.zeros(60, 1).index_fill(0, torch.tensor([0, 25]), 1.2)      # 25 ms apart, 40 Hz
        >>> [neuron(pulses)[0].sum().item() for neuron in (ResonateAndFire(), ResonateAndFire(resonance_hz=60.0))]
        [1.0, 0.0]

    Paper: Izhikevich 2001, Neural Networks 14, 883-894.
    """

    def __init__(
        self,
        *,
        resonance_hz: float = 40.0,
        tau_mem_ms: float = 20.0,
        dt_ms: float = 1.0,
        threshold: float = 1.0,
        surrogate: Surrogate | None = None,
    ) -> None:
        super().__init__()
        check_positive(
            "ResonateAndFire", resonance_hz=resonance_hz, tau_mem_ms=tau_mem_ms, dt_ms=dt_ms, threshold=threshold
        )
        half_ms = 500 / resonance_hz
        if dt_ms > half_ms:
            raise bad(
                "ResonateAndFire", "dt_ms", f"be at most half a period, {half_ms:g} ms", dt_ms, "Take it shorter."
            )
        rho, phi = decay(dt_ms, tau_mem_ms), 2 * math.pi * resonance_hz * dt_ms / 1000
        self.cos, self.sin = rho * math.cos(phi), rho * math.sin(phi)
        self.threshold = threshold
        self.surrogate = ATan() if surrogate is None else surrogate

    def init_state(self, like: Float[Tensor, "*shape"]) -> ResonateAndFireState:
        """At rest."""
        return ResonateAndFireState(torch.zeros_like(like), torch.zeros_like(like))

    def step(
        self, x: Float[Tensor, "*shape"], state: ResonateAndFireState
    ) -> tuple[Float[Tensor, "*shape"], ResonateAndFireState]:
        """Let the pulse in, rotate and decay, spike, reset to the peak."""
        u_0 = state.u + x
        u = self.cos * u_0 - self.sin * state.v
        v = self.sin * u_0 + self.cos * state.v
        z = spike(v - self.threshold, self.surrogate)
        return z, ResonateAndFireState((1 - z) * u, (1 - z) * v + z * self.threshold)
