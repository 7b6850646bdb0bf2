import numpy as np
import pytest
import torch

from neurarium.alignment import phase_amplitude_coupling
from neurarium.core import NeurariumError, Rng

TIME_S = np.arange(20_000) / 2000  # 10 s


def nested(depth, preferred=0.0):
    """A rhythm at 5.1 Hz whose phase sets the amplitude of one at 80 Hz: ``1 + depth cos(φ - preferred)``."""
    phase = 2 * np.pi * 5.1 * TIME_S
    return (np.cos(phase) + (1 + depth * np.cos(phase - preferred)) * np.cos(2 * np.pi * 80 * TIME_S))[None, :, None]


def modulation(x, **options):
    return phase_amplitude_coupling(x, slow_hz=(3, 8), fast_hz=(60, 100), dt_ms=0.5, **options)


@pytest.mark.parametrize("depth", [0.0, 0.3, 0.8, 1.0])
@pytest.mark.parametrize("preferred", [0.0, 2.0])
def test_a_cosine_has_the_value_of_the_integral(depth, preferred):
    """``∫ (1 + m cos φ) log(1 + m cos φ) dφ / 2π = log((1 + √(1 - m²)) / 2) + 1 - √(1 - m²)``, with many bins."""
    root = np.sqrt(1 - depth**2)
    expected = (np.log((1 + root) / 2) + 1 - root) / np.log(60)
    assert modulation(nested(depth, preferred), n_bins=60)[0, 0] == pytest.approx(expected, abs=2e-3)


def test_all_amplitude_in_one_bin_is_one():
    phase = 2 * np.pi * 5 * TIME_S
    burst = np.exp(60 * (np.cos(phase) - 1)) * np.cos(2 * np.pi * 400 * TIME_S)
    x = (np.cos(phase) + burst)[None, :, None]
    mi = phase_amplitude_coupling(x, slow_hz=(3, 8), fast_hz=(200, 600), dt_ms=0.5, n_bins=3)
    assert mi[0, 0] == pytest.approx(1, abs=1e-3)


def test_units_and_trials_are_apart():
    x = np.concatenate([nested(0.0), nested(0.9)], axis=2)
    x = np.concatenate([x, x[..., ::-1]])
    mi = modulation(x)
    assert (mi[[0, 1], [1, 0]] > 0.05).all()
    assert (mi[[0, 1], [0, 1]] < 1e-3).all()


def test_scale_and_offset_do_not_matter():
    np.testing.assert_allclose(modulation(nested(0.5)), modulation(7 * nested(0.5) + 3), atol=1e-9)


def test_noise_gives_little():
    assert (modulation(Rng(0).numpy("x").normal(size=(3, 20_000, 2))) < 5e-3).all()


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (dict(slow_hz=(3, 8), fast_hz=(6, 20)), "above"),
        (dict(slow_hz=(3, 8), fast_hz=(60, 2000)), "rise"),
        (dict(slow_hz=(3, 8), fast_hz=(60, 100), n_bins=1), "n_bins"),
        (dict(slow_hz=(0.1, 0.2), fast_hz=(60, 100), n_bins=50_000), "bin"),
    ],
)
def test_bad_options_are_refused(options, word):
    x = torch.rand(1, 20_000, 1, generator=torch.Generator().manual_seed(0))
    with pytest.raises(NeurariumError, match=word):
        phase_amplitude_coupling(x, dt_ms=0.5, **options)


def test_phases_that_come_more_often_do_not_look_like_coupling():
    """A rhythm that hurries through half of its cycle beside a fast one of constant amplitude."""
    phase = 2 * np.pi * 5 * TIME_S
    x = (np.cos(phase + 0.8 * np.sin(phase)) + np.cos(2 * np.pi * 200 * TIME_S))[None, :, None]
    assert phase_amplitude_coupling(x, slow_hz=(3, 30), fast_hz=(150, 250), dt_ms=0.5)[0, 0] < 1e-6
