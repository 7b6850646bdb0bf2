import math

import pytest
import torch

from neurarium.core import NeurariumError
from neurarium.neurons import LIF
from neurarium.tasks import latency_code


def test_the_spike_is_in_the_step_in_which_the_charging_time_ends():
    x = torch.linspace(0.25, 3.0, 50, dtype=torch.float64).reshape(10, 5)
    z = latency_code(x, n_steps=400, tau_mem_ms=15.0, threshold=0.2, dt_ms=0.5)
    assert z.shape == (400, 10, 5)
    assert torch.equal(z.sum(0), torch.ones_like(x))
    at = [15.0 * math.log(v / (v - 0.2)) for v in x.flatten().tolist()]
    assert z.argmax(0).flatten().tolist() == [math.ceil(t / 0.5) - 1 for t in at]


def test_a_membrane_that_is_charged_fires_first_in_that_step():
    x = torch.tensor([0.21, 0.3, 0.5, 0.9, 2.0], dtype=torch.float64)
    lif = LIF(tau_mem_ms=20.0, threshold=0.2, dt_ms=1.0)
    spikes = lif(((1 - lif.alpha) * x).expand(80, -1))[0]
    assert torch.equal(latency_code(x, n_steps=80).argmax(0), spikes.argmax(0))


def test_too_weak_or_too_late_is_silent():
    x = torch.tensor([-1.0, 0.0, 0.2, 0.2001, 0.21])
    assert latency_code(x, n_steps=20).sum(0).tolist() == [0.0] * 5
    assert latency_code(x, n_steps=100).sum(0).tolist() == [0.0, 0.0, 0.0, 0.0, 1.0]


def test_stronger_is_earlier_and_dtype_follows():
    x = torch.tensor([0.3, 0.5, 0.9])
    z = latency_code(x, n_steps=60)
    assert z.dtype == torch.float32
    assert z.argmax(0).diff().max() < 0


@pytest.mark.parametrize("wrong", [{"n_steps": 0}, {"tau_mem_ms": 0.0}, {"threshold": -1.0}, {"dt_ms": 0.0}])
def test_bad_input_is_refused(wrong):
    with pytest.raises(NeurariumError, match=f"latency_code: `{next(iter(wrong))}` must be"):
        latency_code(torch.ones(2), **{"n_steps": 3, **wrong})
