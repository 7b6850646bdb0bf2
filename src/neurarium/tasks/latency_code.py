"""Values as the time of a single spike."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from neurarium.core.card import part
from neurarium.core.errors import check_count, check_positive


@part(
    summary="Values as the time of one spike: the stronger, the earlier.",
    paper="doi:10.1016/S0893-6080(01)00083-1",
    tags=("encoder", "spiking"),
)
def latency_code(
    x: Float[Tensor, "*shape"], *, n_steps: int, tau_mem_ms: float = 20.0, threshold: float = 0.2, dt_ms: float = 1.0
) -> Float[Tensor, "time ..."]:
    """One spike for each value, when a leaky membrane that it charges reaches the threshold.

    ``T = tau_mem ln(x / (x - threshold))`` solves ``tau_mem dv/dt = -v + x`` for ``v(T) = threshold``; the spike is in
    the step in which T ends, step k covering ``(k dt, (k + 1) dt]``. Without one: values up to the threshold, and those
    that would fire after the last step.

    Args:
        x: values.
        n_steps: length of the trains.
        tau_mem_ms: time constant: the larger, the more the times spread.
        threshold: smallest value that fires, excluded.
        dt_ms: length of a step.

    Example:
        >>> z = latency_code(torch.tensor([0.1, 0.4, 0.8]), n_steps=20)
        >>> z.nonzero().tolist()           # step, value: 13.9 ms and 5.8 ms
        [[5, 2], [13, 1]]

    Paper: Thorpe, Delorme and Van Rullen 2001, Spike-based strategies for rapid processing.
    """
    check_count("latency_code", n_steps=n_steps)
    check_positive("latency_code", tau_mem_ms=tau_mem_ms, threshold=threshold, dt_ms=dt_ms)
    fires = x > threshold
    charge = torch.where(fires, x, 2 * threshold)  # any value that fires: keeps the logarithm finite
    at = tau_mem_ms / dt_ms * torch.log(charge / (charge - threshold))
    k = torch.where(fires, at.ceil() - 1, float(n_steps))
    steps = torch.arange(n_steps, device=x.device).view(-1, *[1] * x.ndim)
    return (steps == k).to(x.dtype)
