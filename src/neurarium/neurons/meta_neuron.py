"""Meta-neuron: a spiking unit of two variables whose dynamics are learned."""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

from neurarium.core import AbstractDynamics, ATan, part, spike
from neurarium.core.errors import bad, check_count, check_finite, check_positive
from neurarium.core.surrogate import Surrogate

FLOOR = -3.0  # potential below which an Euler step of the parabola would throw the neuron back up


class MetaNeuronState(NamedTuple):
    """`v`: potential after the reset; `u`: recovery variable."""

    v: Tensor
    u: Tensor


@part(
    summary="Spiking neuron of two variables that learns the four coefficients of its dynamics.",
    paper="arxiv:2508.11674",
    tags=("spiking", "trained", "differentiable"),
    example=dict(n_units=4),
)
class MetaNeuron(AbstractDynamics[MetaNeuronState]):
    """A quadratic potential and a linear recovery variable, four coefficients of each neuron learned.

    ``v = max(v + k (v² - v - u) + x, -3);  u = u + k (b v - a u);  z = [v >= threshold]``
    ``v = (1 - z) v + z v_reset;  u = u + d z``  with  ``k = dt / tau_mem``; learned are a, b, d and v_reset.

    With b = d = 0 the neuron rests at 0 and, left to itself, returns there from below 1, by
    ``v(t) = 1 / (1 + (1 / v₀ - 1) exp(t / tau_mem))``. As for :class:`LIF`, `x` is the jump of the potential in one
    step. Synapses that fail at random are apart: :class:`neurarium.synapses.StochasticRelease`.

    Args:
        n_units: neurons, the last axis of the input.
        tau_mem_ms: time constant of both variables; several steps, since the steps are Euler's.
        a: rate of recovery at first.
        b: effect of the potential on recovery at first.
        d: jump of recovery at a spike at first.
        threshold: potential at which the neurons spike, from 0 to 1.
        surrogate: pseudo-derivative of the spike, of ``v - threshold``; default ``ATan()``.
        is_fixed: the coefficients stay as they are.

    Raises:
        NeurariumError: for a threshold not above 0 and at most 1: from there on the parabola drives v up by itself.

    Example:
        >>> neuron = MetaNeuron(n_units=1, b=0.0, d=0.0)
        >>> neuron(torch.full((4, 1), 0.3))[0].flatten().tolist()
        [0.0, 1.0, 0.0, 1.0]

    Paper: after Rudnicka et al. 2025, arXiv:2508.11674, whose own equations may differ; a step is 1 ms.
    """

    def __init__(
        self,
        *,
        n_units: int,
        tau_mem_ms: float = 20.0,
        a: float = 0.5,
        b: float = 0.1,
        d: float = 0.1,
        threshold: float = 0.5,
        surrogate: Surrogate | None = None,
        is_fixed: bool = False,
    ) -> None:
        super().__init__()
        check_count("MetaNeuron", n_units=n_units)
        check_positive("MetaNeuron", tau_mem_ms=tau_mem_ms)
        check_finite("MetaNeuron", a=a, b=b, d=d)
        if not 0 < threshold <= 1:
            raise bad("MetaNeuron", "threshold", "lie above 0 and at most at 1", threshold)
        self.rate, self.threshold = 1.0 / tau_mem_ms, threshold
        self.surrogate = ATan() if surrogate is None else surrogate
        for name, start in (("a", a), ("b", b), ("d", d), ("v_reset", 0.0)):
            self.register_parameter(name, nn.Parameter(torch.full((n_units,), start), requires_grad=not is_fixed))

    def init_state(self, like: Float[Tensor, "*batch units"]) -> MetaNeuronState:
        """At rest."""
        return MetaNeuronState(torch.zeros_like(like), torch.zeros_like(like))

    def step(
        self, x: Float[Tensor, "*batch units"], state: MetaNeuronState
    ) -> tuple[Float[Tensor, "*batch units"], MetaNeuronState]:
        """One Euler step of both variables, then the spike and what it leaves."""
        v = (state.v + self.rate * (state.v * (state.v - 1) - state.u) + x).clamp_min(FLOOR)
        u = state.u + self.rate * (self.b * v - self.a * state.u)
        z = spike(v - self.threshold, self.surrogate)
        return z, MetaNeuronState(v + z * (self.v_reset - v), u + self.d * z)
