import numpy as np
import pytest
import torch
from scipy.signal import hilbert

from neurarium.alignment import phase_locking
from neurarium.core import NeurariumError, Rng

TIME_S = np.arange(1000) / 1000


def waves(*terms):
    """Units that are cosines of a frequency and a phase."""
    return np.stack([np.cos(2 * np.pi * f * TIME_S + phase) for f, phase in terms], axis=-1)[None]


def locking(x, band_hz=(5, 40)):
    return phase_locking(x, band_hz=band_hz, dt_ms=1.0)[0]


@pytest.mark.parametrize("lag", [0.0, 1.0, np.pi])
def test_a_constant_lag_is_locked(lag):
    np.testing.assert_allclose(locking(waves((10, 0.0), (10, lag))), 1, atol=1e-9)


def test_different_frequencies_are_not_locked():
    np.testing.assert_allclose(locking(waves((10, 0.0), (13, 0.0))), np.eye(2), atol=1e-9)


def test_a_phase_that_swings_has_a_bessel_function_s_value():
    """``|mean exp(i m sin θ)| = J0(m)``; m = 1."""
    x = waves((20, 0.0), (20, 0.0))
    x[0, :, 1] = np.cos(2 * np.pi * 20 * TIME_S + np.sin(2 * np.pi * 2 * TIME_S))
    assert locking(x)[0, 1] == pytest.approx(0.765198, abs=1e-4)


def test_only_the_band_counts():
    x = waves((10, 0.0), (10, 0.5)) + 5 * waves((60, 0.0), (73, 0.0))
    assert locking(x, (5, 20))[0, 1] == pytest.approx(1, abs=1e-9)
    assert locking(x, (50, 90))[0, 1] == pytest.approx(0, abs=1e-9)


def test_the_phase_is_that_of_scipy_s_analytic_signal():
    x = Rng(0).numpy("x").normal(size=(2, 400, 3))
    phase = np.angle(hilbert(x - x.mean(1, keepdims=True), axis=1))
    expected = np.abs(np.exp(1j * (phase[..., None] - phase[:, :, None])).mean(1))
    np.testing.assert_allclose(phase_locking(x, band_hz=(1e-3, 499.9), dt_ms=1.0), expected, atol=0.02)


def test_independent_noise_falls_with_the_width_of_the_band():
    x = Rng(1).numpy("x").normal(size=(40, 1000, 2))
    narrow, wide = (phase_locking(x, band_hz=b, dt_ms=1.0)[:, 0, 1].mean() for b in ((10, 14), (10, 110)))
    assert wide == pytest.approx(np.sqrt(np.pi) / 2 / np.sqrt(100), rel=0.3)
    assert narrow > 3 * wide


@pytest.mark.parametrize(
    ("x", "band_hz", "word"),
    [
        (torch.rand(1, 100, 2), (20, 10), "rise"),
        (torch.rand(1, 100, 2), (10, 600), "rise"),
        (torch.rand(1, 100, 2), (11, 12), "hold a frequency"),
        (torch.zeros(1, 100, 2), (10, 100), "power"),
        (torch.rand(100, 2), (10, 100), "trials"),
    ],
)
def test_bad_input_is_refused(x, band_hz, word):
    with pytest.raises(NeurariumError, match=word):
        phase_locking(x, band_hz=band_hz, dt_ms=1.0)
