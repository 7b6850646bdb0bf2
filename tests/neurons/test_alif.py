import math

import pytest
import torch

from neurarium.core import NeurariumError
from neurarium.neurons import ALIF, LIF, ALIFState, HardReset, SoftReset


@pytest.mark.parametrize("reset", [SoftReset(), HardReset(v_reset=-0.2)])
def test_without_adaptation_it_is_a_lif_neuron_forward_and_backward(reset):
    found = []
    for neuron in (LIF(threshold=0.9, reset=reset), ALIF(threshold=0.9, reset=reset, beta=0.0)):
        x = torch.rand(50, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(0)).requires_grad_()
        z, state = neuron(x)
        z.square().sum().backward()
        found.append((z, state.v, x.grad))
    torch.testing.assert_close(found[0], found[1], rtol=0, atol=1e-10)


def test_threshold_rises_by_beta_per_spike_and_fades_with_its_time_constant():
    neuron = ALIF(tau_mem_ms=1e-3, tau_adapt_ms=40.0, beta=0.6, threshold=0.7)  # no memory but the threshold
    for n_spikes, n_steps in ((1, 1), (1, 30), (3, 7)):
        theta = 0.7 + 0.6 * n_spikes * math.exp(-n_steps / 40)
        x = torch.zeros(n_steps, 2, dtype=torch.float64)
        x[-1] = theta + torch.tensor([-1e-9, 1e-9], dtype=torch.float64)
        state = ALIFState(torch.zeros(2, dtype=torch.float64), torch.full((2,), float(n_spikes), dtype=torch.float64))
        assert neuron(x, state)[0].sum(0).tolist() == [0.0, 1.0]


def test_soft_reset_takes_the_threshold_of_the_moment():
    x = torch.rand(300, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    neuron = ALIF(tau_mem_ms=1e20, tau_adapt_ms=25.0, beta=0.3)
    z, state = neuron(x)
    lag = torch.arange(300)[:, None] - torch.arange(300)
    trace = torch.where(lag > 0, torch.tensor(-1 / 25.0, dtype=torch.float64).exp() ** lag, 0) @ z
    torch.testing.assert_close((z * (1 + 0.3 * trace)).sum(0) + state.v, x.sum(0), rtol=0, atol=1e-10)


@pytest.mark.parametrize(("current", "tau_adapt_ms", "beta"), [(0.1, 50.0, 0.2), (0.2, 100.0, 0.5), (0.05, 30.0, 1.0)])
def test_period_in_the_steady_state(current, tau_adapt_ms, beta):
    neuron = ALIF(tau_mem_ms=1e20, tau_adapt_ms=tau_adapt_ms, beta=beta, reset=HardReset())
    times = neuron(torch.full((3000, 1), current, dtype=torch.float64))[0].flatten().nonzero().flatten()
    # Regular spikes leave a trace r / (1 - r) one period after the last: the first period that reaches the threshold.
    fade = [math.exp(-p / tau_adapt_ms) for p in range(1, 300)]
    period = 1 + next(i for i, r in enumerate(fade) if (i + 1) * current >= 1 + beta * r / (1 - r) - 1e-12)
    assert abs(times[-10:].diff().double().mean().item() - period) <= 1
    assert times[1] - times[0] < period  # it had to adapt first


@pytest.mark.parametrize("wrong", [{"tau_mem_ms": 0.0}, {"tau_adapt_ms": -1.0}, {"dt_ms": 0.0}, {"threshold": 0.0}])
def test_numbers_must_be_positive(wrong):
    with pytest.raises(NeurariumError, match=f"ALIF: `{next(iter(wrong))}` must be a positive number"):
        ALIF(**wrong)


def test_beta_and_reset_are_checked():
    with pytest.raises(NeurariumError, match="ALIF: `beta` must be zero or a positive number"):
        ALIF(beta=-0.1)
    with pytest.raises(NeurariumError, match="ALIF: `reset` must lead below the threshold"):
        ALIF(reset=HardReset(v_reset=1.0))
