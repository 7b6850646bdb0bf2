import math

import pytest
import torch

from neurarium.core import NeurariumError
from neurarium.synapses import Alpha, DoubleExponential


@pytest.mark.parametrize("dt_ms", [0.1, 2.0])
def test_a_spike_leaves_the_difference_of_two_exponentials(dt_ms):
    x = torch.zeros(80, 1, dtype=torch.float64)
    x[2] = 3.0
    g, _ = DoubleExponential(tau_rise_ms=1.5, tau_decay_ms=6.0, dt_ms=dt_ms)(x)
    t = dt_ms * (torch.arange(80, dtype=torch.float64) - 2)
    peak_ms = 1.5 * 6 / 4.5 * math.log(4)
    height = math.exp(-peak_ms / 6) - math.exp(-peak_ms / 1.5)
    kernel = (torch.exp(-t / 6) - torch.exp(-t / 1.5)) / height
    torch.testing.assert_close(g[:, 0], torch.where(t < 0, 0.0, 3 * kernel))


def test_peak_is_one():
    g, _ = DoubleExponential(tau_rise_ms=1.0, tau_decay_ms=9.0, dt_ms=0.01)(torch.eye(2000, 1, dtype=torch.float64))
    assert g.max().item() == pytest.approx(1.0, abs=1e-5)
    assert 0.01 * g.argmax().item() == pytest.approx(9 / 8 * math.log(9), abs=0.01)


def test_with_almost_equal_time_constants_it_is_the_alpha_function():
    x = torch.eye(60, 1, dtype=torch.float64)
    near, _ = DoubleExponential(tau_rise_ms=4.0, tau_decay_ms=4.004)(x)
    torch.testing.assert_close(near, Alpha(tau_syn_ms=4.002)(x)[0], atol=1e-6, rtol=0)


@pytest.mark.parametrize("wrong", [{"tau_rise_ms": 0.0}, {"tau_decay_ms": -2.0}, {"dt_ms": 0.0}])
def test_bad_numbers_are_refused(wrong):
    with pytest.raises(NeurariumError, match=f"DoubleExponential: `{next(iter(wrong))}` must be a positive number"):
        DoubleExponential(**wrong)


@pytest.mark.parametrize("tau_decay_ms", [2.0, 1.0])
def test_a_decay_that_is_no_longer_than_the_rise_is_refused(tau_decay_ms):
    with pytest.raises(NeurariumError, match=r"`tau_decay_ms` must be longer than 2 ms, got .* are Alpha"):
        DoubleExponential(tau_rise_ms=2.0, tau_decay_ms=tau_decay_ms)
