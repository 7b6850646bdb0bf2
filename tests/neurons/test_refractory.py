import math

import pytest
import torch

from neurarium.core import NeurariumError
from neurarium.neurons import ALIF, LIF, HardReset, IntegerLIF, IntegrateAndFire, Refractory


def spike_times(neuron, x):
    return neuron(x)[0].flatten().nonzero().flatten()


def held(current, alpha, n_steps):
    return torch.full((n_steps, 1), (1 - alpha) * current, dtype=torch.float64)


@pytest.mark.parametrize("refractory_ms", [0.5, 3.0, 10.0])
def test_period_is_that_of_the_neuron_plus_the_silence_exactly(refractory_ms):
    lif = LIF(tau_mem_ms=20.0, dt_ms=0.5, reset=HardReset())
    period_steps = math.ceil(math.log(1 - 1 / 1.7) / math.log(lif.alpha))
    times = spike_times(Refractory(neuron=lif, refractory_ms=refractory_ms, dt_ms=0.5), held(1.7, lif.alpha, 600))
    assert len(times) > 5
    assert times.diff().unique().tolist() == [period_steps + 2 * refractory_ms]


def test_rate_is_one_over_period_plus_refractory_time():
    dt_ms, current, t_ref_ms = 0.02, 1.7, 4.0
    lif = LIF(tau_mem_ms=20.0, dt_ms=dt_ms, reset=HardReset())
    times = spike_times(Refractory(neuron=lif, refractory_ms=t_ref_ms, dt_ms=dt_ms), held(current, lif.alpha, 5000))
    rate = 1 / (20.0 * math.log(current / (current - 1)) + t_ref_ms)
    assert 1 / (times.diff().double().mean().item() * dt_ms) == pytest.approx(rate, rel=1e-3)


def test_it_is_deaf_and_mute_for_the_steps_of_silence_only():
    x = torch.zeros(8, 1)
    x[0] = 1.0
    neuron = Refractory(neuron=IntegrateAndFire(), refractory_ms=3.0)
    silenced = x.index_fill(0, torch.tensor([1, 2, 3]), 0.5)
    assert torch.equal(neuron(silenced)[0], neuron(x)[0])
    heard = x.index_fill(0, torch.tensor([4]), 1.0)
    assert spike_times(neuron, heard).tolist() == [0, 4]
    # Mute as well: with a soft reset this neuron is still above its threshold.
    assert spike_times(neuron, 4 * x).tolist() == [0]


def test_the_neuron_inside_goes_on_meanwhile():
    x = torch.zeros(4, 1, dtype=torch.float64)
    x[0] = 1.5
    alif = ALIF(tau_mem_ms=10.0, tau_adapt_ms=30.0)
    _, state = Refractory(neuron=alif, refractory_ms=9.0)(x)
    assert state.cell.a.item() == pytest.approx(math.exp(-3 / 30))
    assert state.cell.v.item() == pytest.approx(0.5 * math.exp(-3 / 10))
    assert state.left.item() == 9 - 3


def test_several_spikes_at_once_silence_as_one():
    z, _ = Refractory(neuron=IntegerLIF(max_spikes=3), refractory_ms=2.0)(torch.full((7, 1), 2.0))
    assert z.flatten().tolist() == [2.0, 0.0, 0.0, 2.0, 0.0, 0.0, 2.0]


def test_no_gradient_reaches_what_was_not_heard():
    x = torch.tensor([[1.2], [0.4], [0.4], [0.4]], dtype=torch.float64, requires_grad=True)
    neuron = Refractory(neuron=IntegrateAndFire(), refractory_ms=2.0)
    neuron(x)[0][-1].sum().backward()
    assert x.grad.flatten()[1:3].tolist() == [0.0, 0.0]
    assert x.grad[3].item() > 0


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"refractory_ms": -1.0}, "`refractory_ms` must be zero or a positive number"),
        ({"refractory_ms": 1.5}, "`refractory_ms` must be a whole number of steps of 1.0 ms"),
        ({"dt_ms": 0.0}, "`dt_ms` must be a positive number"),
    ],
)
def test_arguments_are_checked(wrong, message):
    with pytest.raises(NeurariumError, match=message):
        Refractory(**wrong)
