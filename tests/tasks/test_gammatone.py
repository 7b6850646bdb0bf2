import numpy as np
import pytest
from scipy import signal

from neurarium.tasks._gammatone import erb_hz, erb_spaced, filtered, impulse_responses, loudness

HZ = 8000


def test_centres_are_equally_spaced_on_the_erb_scale():
    centres = erb_spaced(100.0, 3600.0, 12)
    assert centres[[0, -1]] == pytest.approx([100.0, 3600.0])
    steps = np.diff(21.4 * np.log10(1 + 0.00437 * centres))
    assert steps == pytest.approx(steps[0])
    assert erb_hz(1000.0) == pytest.approx(132.639)  # Glasberg and Moore 1990


def test_a_filter_has_gain_one_at_its_centre_and_the_width_of_the_ear():
    centres = np.array([150.0, 500.0, 1200.0, 2500.0])
    responses = impulse_responses(centres, HZ)
    f = np.linspace(0, HZ / 2, 8001)
    for centre, g in zip(centres, responses, strict=True):
        _, gain = signal.freqz(g, worN=f, fs=HZ)
        power = np.abs(gain) ** 2
        assert f[power.argmax()] == pytest.approx(centre, abs=0.06 * erb_hz(centre))
        assert power[np.argmin(np.abs(f - centre))] == pytest.approx(1, abs=2e-3)
        # the bandwidth of the rectangle with the same area and height: what ERB is named for
        assert power.sum() * (f[1] - f[0]) == pytest.approx(erb_hz(centre), rel=0.02)


def test_filtering_is_causal_convolution():
    sounds = np.random.default_rng(0).normal(size=(3, 1000))
    responses = impulse_responses(np.array([300.0, 2000.0]), HZ)
    expected = [[np.convolve(s, g)[:1000] for g in responses] for s in sounds]
    np.testing.assert_allclose(filtered(sounds, responses), expected, atol=1e-10)


def test_a_tone_is_loudest_where_its_frequency_is_and_follows_stevens_law():
    centres = erb_spaced(100.0, 3600.0, 20)
    tone = np.sin(2 * np.pi * centres[7] * np.arange(4000) / HZ)[None]
    u = loudness(np.concatenate([tone, 10 * tone]), impulse_responses(centres, HZ), 400)
    assert u.shape == (2, 10, 20)
    assert (u[0, 3:].argmax(1) == 7).all()
    assert u[0, -1, 7] == pytest.approx(0.5**0.3, rel=0.01)  # rms of a sine is the root of a half
    assert u[1] == pytest.approx(u[0] * 10**0.6)
