import math

import pytest
import torch

from neurarium.core import NeurariumError
from neurarium.synapses import Alpha


def kernel(t, tau):
    return torch.where(t < 0, 0.0, t / tau * torch.exp(1 - t / tau))


@pytest.mark.parametrize("dt_ms", [0.1, 0.5, 3.0])
def test_spikes_leave_alpha_functions_for_any_step(dt_ms):
    x = torch.zeros(50, 1, dtype=torch.float64)
    x[3], x[10] = 2.0, -1.0
    g, _ = Alpha(tau_syn_ms=3.0, dt_ms=dt_ms)(x)
    t = dt_ms * torch.arange(50, dtype=torch.float64)
    torch.testing.assert_close(g[:, 0], 2 * kernel(t - 3 * dt_ms, 3.0) - kernel(t - 10 * dt_ms, 3.0))


def test_peak_is_one_at_the_time_constant():
    g, _ = Alpha(tau_syn_ms=4.0)(torch.eye(12)[:, :1])
    assert g.argmax().item() == 4
    assert g.max().item() == pytest.approx(1.0)


def test_integral_is_e_times_tau():
    g, _ = Alpha(tau_syn_ms=4.0, dt_ms=0.1)(torch.eye(2000, 1, dtype=torch.float64))
    assert 0.1 * g.sum().item() == pytest.approx(math.e * 4.0, rel=1e-3)


@pytest.mark.parametrize("wrong", [{"tau_syn_ms": 0.0}, {"dt_ms": -1.0}])
def test_bad_numbers_are_refused(wrong):
    with pytest.raises(NeurariumError, match=f"Alpha: `{next(iter(wrong))}` must be a positive number"):
        Alpha(**wrong)
