"""Synapse that rises with one time constant and falls with another."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from neurarium.core import AbstractDynamics, part
from neurarium.core.errors import bad, check_positive
from neurarium.core.units import decay


class DoubleExponentialState(NamedTuple):
    """`slow` and `fast`: traces whose difference is the conductance, up to a factor."""

    slow: Tensor
    fast: Tensor


@part(
    summary="Synaptic conductance or current with a rise and a decay time of its own.",
    paper="doi:10.7551/mitpress/9780262013277.003.0007",
    tags=("synaptic kernel", "differentiable"),
)
class DoubleExponential(AbstractDynamics[DoubleExponentialState]):
    """Each unit of input leaves ``c (exp(-t / tau_decay) - exp(-t / tau_rise))``, c such that the peak is 1.

    ``slow = β_d slow + x;  fast = β_r fast + x;  g = c (slow - fast)`` with ``β = exp(-dt / tau)``; elementwise.
    Exact for spikes at the start of a step. With equal time constants it would be :class:`Alpha`.

    Args:
        tau_rise_ms: time constant of the rise.
        tau_decay_ms: time constant of the decay, longer by 0.1 % at least.
        dt_ms: length of one step.

    Raises:
        NeurariumError: for time constants that are not positive, or in the wrong order.

    Example:
        >>> g, state = DoubleExponential(tau_rise_ms=1.0, tau_decay_ms=4.0)(torch.eye(4)[:, :1])
        >>> [round(x, 3) for x in g.flatten().tolist()]
        [0.0, 0.87, 0.997, 0.894]

    Paper: Roth and van Rossum 2009, Computational Modeling Methods for Neuroscientists, chapter 6.
    """

    def __init__(self, *, tau_rise_ms: float = 1.0, tau_decay_ms: float = 5.0, dt_ms: float = 1.0) -> None:
        super().__init__()
        check_positive("DoubleExponential", tau_rise_ms=tau_rise_ms, tau_decay_ms=tau_decay_ms, dt_ms=dt_ms)
        if tau_decay_ms < 1.001 * tau_rise_ms:
            hint = "Equal time constants are Alpha."
            raise bad("DoubleExponential", "tau_decay_ms", f"be longer than {tau_rise_ms:g} ms", tau_decay_ms, hint)
        self.beta_decay, self.beta_rise = decay(dt_ms, tau_decay_ms), decay(dt_ms, tau_rise_ms)
        peak_ms = tau_decay_ms * tau_rise_ms / (tau_decay_ms - tau_rise_ms) * math.log(tau_decay_ms / tau_rise_ms)
        self.scale = 1 / (decay(peak_ms, tau_decay_ms) - decay(peak_ms, tau_rise_ms))

    def init_state(self, like: Float[Tensor, "*shape"]) -> DoubleExponentialState:
        """Nothing has arrived yet."""
        return DoubleExponentialState(torch.zeros_like(like), torch.zeros_like(like))

    def step(
        self, x: Float[Tensor, "*shape"], state: DoubleExponentialState
    ) -> tuple[Float[Tensor, "*shape"], DoubleExponentialState]:
        """Both traces decay and let `x` in."""
        slow, fast = self.beta_decay * state.slow + x, self.beta_rise * state.fast + x
        return self.scale * (slow - fast), DoubleExponentialState(slow, fast)
