"""How far the phase of a slow rhythm sets the amplitude of a fast one."""

from __future__ import annotations

import math

import torch
from jaxtyping import Float, Real

from neurarium.alignment._analytic import analytic
from neurarium.alignment._arrays import Array, as_double, like
from neurarium.core.card import measure
from neurarium.core.errors import bad, check_count


@measure(
    summary="Tort's modulation index: how unevenly a fast rhythm's amplitude is spread over a slow rhythm's phase.",
    level="representation",
    paper="doi:10.1152/jn.00106.2010",
    tags=("dynamics", "oscillator", "time"),
)
def phase_amplitude_coupling(
    X: Real[Array, "trials time units"],
    *,
    slow_hz: tuple[float, float],
    fast_hz: tuple[float, float],
    dt_ms: float,
    n_bins: int = 18,
) -> Float[Array, "trials units"]:
    """``MI = 1 - H(P) / log n_bins``, P the fast amplitude in bins of the slow phase, each a mean, together one.

    0 for an amplitude that phase does not change, 1 if all of it falls in one bin; ``1 + m cos φ`` gives about
    ``m² / (4 log n_bins)``. Short trials give more by chance: set it beside amplitudes shifted against phases. The
    fast band must be wider than twice the slow frequency, else the filter removes what is to be measured.

    Args:
        X: signals, each unit compared with itself.
        slow_hz: band that phase is taken from.
        fast_hz: band that amplitude is taken from, above the slow one.
        dt_ms: length of a step.
        n_bins: bins of phase.

    Raises:
        NeurariumError: for bands that overlap or that trials cannot hold, or a trial that leaves a bin empty.

    Example:
        >>> t = torch.arange(2000) / 1000
        >>> slow = torch.cos(2 * torch.pi * 5 * t)
        >>> nested = slow + (1 + slow) * torch.cos(2 * torch.pi * 60 * t)
        >>> mi = phase_amplitude_coupling(nested[None, :, None], slow_hz=(4, 8), fast_hz=(40, 80), dt_ms=1.0)
        >>> 0.09 < mi.item() < 0.11
        True

    Paper: Tort et al. 2010, doi:10.1152/jn.00106.2010.
    """
    owner = "phase_amplitude_coupling"
    check_count(owner, least=2, n_bins=n_bins)
    if fast_hz[0] <= slow_hz[1]:
        raise bad(owner, "fast_hz", f"lie above `slow_hz` {tuple(slow_hz)}", tuple(fast_hz))
    x = as_double(owner, "X", X, ("trials", "time", "units"))
    x = x - x.mean(1, keepdim=True)
    phase = analytic(owner, x, "slow_hz", slow_hz, dt_ms).angle()
    amplitude = analytic(owner, x, "fast_hz", fast_hz, dt_ms).abs()
    index = ((phase + math.pi) / (2 * math.pi) * n_bins).long().clamp(0, n_bins - 1)
    zeros = x.new_zeros(len(x), n_bins, x.shape[2])
    total = zeros.scatter_add(1, index, amplitude)
    count = zeros.scatter_add(1, index, torch.ones_like(amplitude))
    if bool((count == 0).any()):
        raise bad(owner, "X", f"visit each of the {n_bins} bins of phase", "an empty bin", "Use longer trials.")
    P = total / count
    P = P / P.sum(1, keepdim=True)
    return like(1 - torch.special.entr(P).sum(1) / math.log(n_bins), X)
