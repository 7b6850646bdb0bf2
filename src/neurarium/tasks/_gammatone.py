"""A bank of gammatone filters: a linear model of where along the cochlea a sound arrives.

The filters are as wide as the ear's (equivalent rectangular bandwidth, Glasberg and Moore 1990,
doi:10.1016/0378-5955(90)90170-T) and of the shape of Patterson et al. 1992: a tone under a gamma envelope.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from scipy import fft

ORDER = 4
BANDWIDTH = 1.019  # in ERB; makes a filter of order 4 exactly one ERB wide
DURATION_S = 0.08  # by then the lowest filter here (100 Hz) has decayed by 120 dB


def erb_hz(frequency_hz: np.ndarray | float) -> np.ndarray | float:
    """Equivalent rectangular bandwidth, ``24.7 (4.37 f / 1000 + 1)``."""
    return 24.7 * (4.37e-3 * frequency_hz + 1)


def erb_spaced(low_hz: float, high_hz: float, n: int) -> Float[np.ndarray, " n"]:
    """`n` frequencies from low to high, equally far apart on the ERB scale ``21.4 log10(1 + 4.37 f / 1000)``."""
    low, high = np.log1p(4.37e-3 * np.array([low_hz, high_hz]))
    return np.expm1(np.linspace(low, high, n)) / 4.37e-3


def impulse_responses(centres_hz: Float[np.ndarray, " n"], sample_hz: int) -> Float[np.ndarray, "n taps"]:
    """``g(t) = t³ exp(-2π b t) cos(2π f t)`` with ``b = 1.019 ERB(f)``, scaled to gain one at f."""
    t = np.arange(round(DURATION_S * sample_hz)) / sample_hz
    f = centres_hz[:, None]
    envelope = t ** (ORDER - 1) * np.exp(-2 * np.pi * BANDWIDTH * erb_hz(f) * t)
    g = envelope * np.cos(2 * np.pi * f * t)
    return g / np.abs((g * np.exp(-2j * np.pi * f * t)).sum(1, keepdims=True))


def filtered(
    sounds: Float[np.ndarray, "sounds samples"], responses: Float[np.ndarray, "n taps"]
) -> Float[np.ndarray, "sounds n samples"]:
    """Each sound through each filter, causal, as long as it was."""
    n_samples = sounds.shape[1]
    size = fft.next_fast_len(n_samples + responses.shape[1] - 1, real=True)
    spectrum = fft.rfft(sounds, size)[:, None] * fft.rfft(responses.astype(sounds.dtype), size)
    return fft.irfft(spectrum, size)[..., :n_samples]


def loudness(
    sounds: Float[np.ndarray, "sounds samples"], responses: Float[np.ndarray, "n taps"], n_per_bin: int
) -> Float[np.ndarray, "sounds bins n"]:
    """Root mean square of each filter's output in bins of `n_per_bin` samples, to the power 0.6 (Stevens' law)."""
    bank = filtered(sounds, responses)
    power = (bank**2).reshape(*bank.shape[:2], -1, n_per_bin).mean(-1)
    return np.swapaxes(power**0.3, 1, 2)
