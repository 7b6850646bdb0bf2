"""Values as firing rates."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from neurarium.core.card import part
from neurarium.core.errors import bad, check_count, check_positive
from neurarium.core.rng import Rng


@part(summary="Values as the rates of Poisson spike trains, at most one spike a step.", tags=("encoder", "spiking"))
def rate_code(
    x: Float[Tensor, "*shape"], *, n_steps: int, rate_hz: float = 100.0, dt_ms: float = 1.0, rng: Rng
) -> Float[Tensor, "time ..."]:
    """Draw a spike train for each value; a value of one fires at `rate_hz`.

    ``P(z = 1) = 1 - exp(-x rate dt)`` in every step, independently: the chance that a Poisson process fires at least
    once in `dt`. Small against one, it is ``x rate dt``.

    Args:
        x: values, zero or above; usually at most one.
        n_steps: length of the trains.
        rate_hz: firing rate of a value of one.
        dt_ms: length of a step.
        rng: stream ``spikes``.

    Raises:
        NeurariumError: for a negative value.

    Example:
        >>> z = rate_code(torch.tensor([0.0, 1.0]), n_steps=1000, rate_hz=50.0, rng=Rng(0))
        >>> z.sum(0).tolist()              # in one second
        [0.0, 55.0]
    """
    check_count("rate_code", n_steps=n_steps)
    check_positive("rate_code", rate_hz=rate_hz, dt_ms=dt_ms)
    if not bool((x >= 0).all()):
        raise bad("rate_code", "x", "be zero or above", x.min().item(), "Shift it, or code each sign by itself.")
    chance = -torch.expm1(-x * rate_hz * dt_ms / 1000)
    draw = torch.rand(n_steps, *x.shape, generator=rng("spikes"), dtype=torch.float64).to(x.device)
    return (draw < chance).to(x.dtype)
