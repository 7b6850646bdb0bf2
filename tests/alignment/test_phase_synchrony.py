import numpy as np
import pytest
import torch
from scipy.signal import hilbert

from neurarium.alignment import phase_synchrony
from neurarium.core import NeurariumError, Rng

TIME = np.arange(600) * 2 * np.pi / 40  # 15 whole periods


def signals(*lags):
    return np.stack([np.cos(TIME - lag) for lag in lags], axis=-1)[None]


@pytest.mark.parametrize("lag", [0.0, 0.4, np.pi / 2, np.pi])
def test_two_units_a_phase_apart(lag):
    assert phase_synchrony(signals(0.0, lag))[0] == pytest.approx(abs(np.cos(lag / 2)), abs=1e-6)


def test_phases_spread_evenly_cancel():
    assert phase_synchrony(signals(0.0, 2 * np.pi / 3, 4 * np.pi / 3))[0] == pytest.approx(0, abs=1e-6)


def test_different_frequencies_drift_through_all_phases():
    two = np.stack([np.cos(TIME), np.cos(1.2 * TIME)], axis=-1)[None]
    assert phase_synchrony(two)[0] == pytest.approx(2 / np.pi, abs=0.02)  # mean of |cos|


@pytest.mark.parametrize("n", [100, 101])
def test_the_phase_is_that_of_scipys_analytic_signal(n):
    x = Rng(0).numpy("x").normal(size=(2, n, 3))
    phases = np.angle(hilbert(x - x.mean(1, keepdims=True), axis=1))
    np.testing.assert_allclose(phase_synchrony(x), np.abs(np.exp(1j * phases).mean(2)).mean(1))


def test_amplitude_and_offset_do_not_matter():
    x = signals(0.0, 0.7)
    np.testing.assert_allclose(phase_synchrony(x), phase_synchrony(x * np.array([3.0, 0.01]) + 5), atol=1e-9)


@pytest.mark.parametrize(
    ("x", "word"),
    [(torch.zeros(1, 50, 2), "vary"), (torch.rand(1, 50, 1), "two units"), (torch.rand(50, 2), "trials")],
)
def test_bad_input_is_refused(x, word):
    with pytest.raises(NeurariumError, match=word):
        phase_synchrony(x)
