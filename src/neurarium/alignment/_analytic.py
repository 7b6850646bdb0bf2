"""Analytic signals within a band of frequencies: what the measures of rhythms take phase and amplitude from."""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Complex, Float
from torch import Tensor

from neurarium.core.errors import bad, check_positive

STILL = 1e-10  # a part of this share of the whole signal is rounding


class Band(NamedTuple):
    """Frequencies from `low_hz` to `high_hz`, both included."""

    low_hz: float
    high_hz: float


def analytic(
    owner: str, x: Float[Tensor, "trials time units"], param: str, band: tuple[float, float], dt_ms: float
) -> Complex[Tensor, "trials time units"]:
    """``2 Σ_{f in band} X_f exp(2πi f t)``: an ideal filter and its Hilbert transform at once, over the whole trial.

    Raises:
        NeurariumError: for a band that does not rise, holds no frequency of the trial or reaches half the rate of
            samples, or a unit without power in it.
    """
    check_positive(owner, dt_ms=dt_ms)
    n = x.shape[1]
    frequency_hz = torch.fft.fftfreq(n, dt_ms / 1000, dtype=x.dtype, device=x.device)
    low, high = band
    if not 0 < low < high < 500 / dt_ms:
        raise bad(owner, param, f"rise between 0 and {500 / dt_ms:g} Hz, half the rate of samples", tuple(band))
    is_in = (frequency_hz >= low) & (frequency_hz <= high)
    if not bool(is_in.any()):
        hint = f"Trials of {n * dt_ms:g} ms know frequencies {1000 / (n * dt_ms):g} Hz apart."
        raise bad(owner, param, "hold a frequency of the trial", tuple(band), hint)
    signal = torch.fft.ifft(torch.fft.fft(x, dim=1) * (2.0 * is_in).unsqueeze(1), dim=1)
    if bool((signal.abs().amax(1) <= STILL * x.abs().amax(1)).any()):
        hint = "Leave such units out: what stands still has no phase."
        raise bad(owner, "X", f"have power from {low:g} to {high:g} Hz in every unit", "a unit without", hint)
    return signal
