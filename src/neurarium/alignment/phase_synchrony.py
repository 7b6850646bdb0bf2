"""How well oscillating units keep time."""

from __future__ import annotations

import torch
from jaxtyping import Float, Real

from neurarium.alignment._arrays import Array, as_double, like
from neurarium.core.card import measure
from neurarium.core.errors import bad

STILL = 1e-10  # a spread below this share of the largest value is rounding


@measure(
    summary="Kuramoto's order parameter of the phases of signals.",
    level="representation",
    paper="doi:10.1007/978-3-642-69689-3",
    tags=("dynamics", "oscillator"),
)
def phase_synchrony(X: Real[Array, "trials time units"]) -> Float[Array, " trials"]:
    """``R = mean_t |mean_u exp(i φ_u(t))|``, φ the phase of the analytic signal of each centred unit.

    1 when all units are in phase, ``cos(δ / 2)`` for two a phase δ apart, 0 when spread evenly, and for n units that do
    not know of each other about ``√π / (2 √n)``: set it beside shuffled or uncoupled units. A phase is clear for
    signals of one main rhythm; the first and last period are blurred by the edges.

    Args:
        X: signals; every unit must vary.

    Raises:
        NeurariumError: for one unit, or one that stands still.

    Example:
        >>> t = torch.arange(400) * torch.pi / 20
        >>> two = torch.stack([t.sin(), (t + torch.pi / 2).sin()], dim=-1)
        >>> round(phase_synchrony(two.unsqueeze(0)).item(), 4)                     # cos(π / 4)
        0.7071

    Paper: Kuramoto 1984; the phase is Gabor's.
    """
    x = as_double("phase_synchrony", "X", X, ("trials", "time", "units"))
    if x.shape[2] < 2:
        raise bad("phase_synchrony", "X", "have at least two units", x.shape[2])
    centred = x - x.mean(1, keepdim=True)
    if bool((centred.abs().amax(1) <= STILL * x.abs().amax(1)).any()):
        hint = "Leave such units out: what stands still has no phase."
        raise bad("phase_synchrony", "X", "vary over time in every unit", "a constant unit", hint)
    n = x.shape[1]
    keep = torch.zeros(n, dtype=x.dtype, device=x.device)  # the positive half of the frequencies, twice
    keep[0], keep[1 : (n + 1) // 2] = 1, 2
    if n % 2 == 0:
        keep[n // 2] = 1
    analytic = torch.fft.ifft(torch.fft.fft(centred, dim=1) * keep.unsqueeze(1), dim=1)
    return like(torch.exp(1j * analytic.angle()).mean(2).abs().mean(1), X)
