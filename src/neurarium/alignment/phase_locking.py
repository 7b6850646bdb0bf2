"""How constant the phase between each two units is."""

from __future__ import annotations

import torch
from jaxtyping import Float, Real

from neurarium.alignment._analytic import analytic
from neurarium.alignment._arrays import Array, as_double, like
from neurarium.core.card import measure


@measure(
    summary="Phase-locking value of each two units within a band of frequencies.",
    level="representation",
    paper="doi:10.1002/(SICI)1097-0193(1999)8:4<194::AID-HBM4>3.0.CO;2-C",
    tags=("dynamics", "oscillator", "time"),
)
def phase_locking(
    X: Real[Array, "trials time units"], *, band_hz: tuple[float, float], dt_ms: float
) -> Float[Array, "trials units units"]:
    """``PLV_ij = |mean_t exp(i (φ_i(t) - φ_j(t)))|``, φ the phase of the analytic signal within `band_hz`.

    1 for a phase difference that never changes, whatever it is (where :func:`phase_synchrony` asks that it be 0, of
    all units at once); about ``√π / (2 √n)`` for units that are independent over n cycles of the band's *width*: a
    narrow band makes everything look locked. Set it beside units shifted in time.

    Args:
        X: signals; every unit must have power in the band.
        band_hz: lowest and highest frequency, both included.
        dt_ms: length of a step.

    Raises:
        NeurariumError: for a band that the trials cannot hold, or a unit that stands still in it.

    Example:
        >>> t = torch.arange(1000) / 1000
        >>> two = torch.stack([torch.sin(40 * torch.pi * t), torch.sin(40 * torch.pi * t + 1)], dim=-1)
        >>> round(phase_locking(two.unsqueeze(0), band_hz=(15, 25), dt_ms=1.0)[0, 0, 1].item(), 6)
        1.0

    Paper: Lachaux et al. 1999, Human Brain Mapping 8, 194-208.
    """
    x = as_double("phase_locking", "X", X, ("trials", "time", "units"))
    signal = analytic("phase_locking", x - x.mean(1, keepdim=True), "band_hz", band_hz, dt_ms)
    phase = torch.exp(1j * signal.angle())
    return like((phase.mH @ phase).abs() / x.shape[1], X)
