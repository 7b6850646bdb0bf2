"""An astrocyte that watches a network and its input."""

from __future__ import annotations

from typing import NamedTuple

from jaxtyping import Float
from torch import Tensor

from neurarium.core import AbstractDynamics, part
from neurarium.core.errors import bad, check_count, check_finite, check_positive


class AstrocyteState(NamedTuple):
    """`a`: the astrocyte's activity."""

    a: Tensor


@part(
    summary="Leaky count of a network's spikes in excess of its input's, to modulate plasticity.",
    paper="arxiv:2111.01760",
    tags=("glia", "modulator", "differentiable"),
    example=dict(n_external=1),
)
class Astrocyte(AbstractDynamics[AstrocyteState]):
    """One astrocyte for each sample; its activity is the output, a number a step.

    ``a = a + (spike_weight · (Σ s_network - Σ s_input) + bias - a) · dt / tau``

    Hand it to a rule as its modulator, e.g. to ``PairSTDP(a_minus=1.0, is_depression_modulated=True)``: then the
    synapses of a network that amplifies its input weaken, and the network settles near a branching ratio of one.
    It starts at its `bias`, the value it takes when network and input are equally active.

    Args:
        n_external: features of x, the first ones, that are spikes of the input; all others are the network's.
        spike_weight: pull of one spike a step.
        bias: activity at balance.
        tau_ms: time constant.
        dt_ms: length of one step.

    Raises:
        NeurariumError: for numbers out of range, or too few features.

    Example:
        >>> import torch
        >>> spikes = torch.tensor([[1.0, 1.0, 1.0]])                  # one of the input, two of the network
        >>> a, state = Astrocyte(n_external=1, spike_weight=2.0, bias=1.0, tau_ms=4.0)(spikes)
        >>> a.tolist()
        [1.5]

    Paper: Ivanov and Michmizos 2021, arXiv:2111.01760, equation 7.
    """

    def __init__(
        self,
        *,
        n_external: int,
        spike_weight: float = 0.015,
        bias: float = 0.15,
        tau_ms: float = 100.0,
        dt_ms: float = 1.0,
    ) -> None:
        super().__init__()
        check_count("Astrocyte", n_external=n_external)
        check_finite("Astrocyte", spike_weight=spike_weight, bias=bias)
        check_positive("Astrocyte", tau_ms=tau_ms, dt_ms=dt_ms)
        self.n_external, self.spike_weight, self.bias = n_external, spike_weight, bias
        self.rate = dt_ms / tau_ms

    def init_state(self, like: Float[Tensor, "*batch units"]) -> AstrocyteState:
        """At balance."""
        if like.shape[-1] <= self.n_external:
            raise bad("Astrocyte", "x", f"have more than {self.n_external} features", like.shape[-1])
        return AstrocyteState(like.new_full(like.shape[:-1], self.bias))

    def step(
        self, x: Float[Tensor, "*batch units"], state: AstrocyteState
    ) -> tuple[Float[Tensor, "*batch"], AstrocyteState]:
        """One step of time."""
        excess = x[..., self.n_external :].sum(-1) - x[..., : self.n_external].sum(-1)
        a = state.a + (self.spike_weight * excess + self.bias - state.a) * self.rate
        return a, AstrocyteState(a)
