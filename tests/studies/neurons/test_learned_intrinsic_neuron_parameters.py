from functools import partial

import pytest
import torch

from neurarium.core import Rng
from neurarium.neurons import LearnedLIF
from neurarium.studies.neurons import _intrinsic_training as training
from neurarium.synapses import Dense, DoubleExponential
from neurarium.tasks import markov_classes, poisson_classes


@pytest.fixture
def rngs():
    return [Rng(0), Rng(1)]


@pytest.fixture
def data(rngs):
    return [poisson_classes(n_trials=60, rates_hz=(60.0, 60.0), depth=0.9, rng=rng.child("data")) for rng in rngs]


def layer(data, rngs, is_fixed=False):
    what = dict(n_hidden=5, synapses=partial(Dense, gain=3.0), neuron=LearnedLIF, tau_ms=6.0)
    return training.CountingLayer(data, is_fixed=is_fixed, rngs=rngs, **what)


def test_fixed_constants_stay_and_learned_ones_move(data, rngs):
    for is_fixed in (True, False):
        net = layer(data, rngs, is_fixed)
        training.fit(net, data, rngs, lr=0.02, lr_constants=0.01, n_epochs=2, batch=20)
        assert [bool((p != 0).any()) for p in net.constants()] == [not is_fixed] * 5


def test_seeds_do_not_see_each_other(data, rngs):
    together = layer(data, rngs)
    training.fit(together, data, rngs, lr=0.02, lr_constants=0.01, n_epochs=1, batch=20)
    alone = layer(data[1:], [Rng(1)])
    training.fit(alone, data[1:], [Rng(1)], lr=0.02, lr_constants=0.01, n_epochs=1, batch=20)
    torch.testing.assert_close(together.read[1], alone.read[0], rtol=1e-3, atol=1e-4)
    for p, q in zip(together.constants(), alone.constants(), strict=True):
        torch.testing.assert_close(p[5:], q, rtol=1e-3, atol=1e-4)


def test_shuffling_keeps_each_neurons_constants_together_and_in_their_network(data, rngs):
    net = layer(data, rngs)
    with torch.no_grad():
        for i, p in enumerate(net.constants()):
            p.copy_(torch.arange(10) + 100.0 * i)
    training.shuffle(net, rngs)
    first, *others = (p.detach() for p in net.constants())
    assert sorted(first[:5].tolist()) == [0, 1, 2, 3, 4]
    assert first.tolist() != list(range(10))
    for i, other in enumerate(others):
        assert torch.equal(other, first + 100 * (i + 1))


def test_tempotron_potential_is_a_double_exponential_of_peak_one(data, rngs):
    net = training.Tempotrons(data, synapses=Dense, is_fixed=False, rngs=rngs, tau_ms=12.0)
    x = torch.zeros(80, 1, 2, 20)
    x[0, :, :, 3] = 1.0
    v = net.potential(x).detach()
    kernel = DoubleExponential(tau_rise_ms=3.0, tau_decay_ms=12.0)(torch.eye(80)[:, :1])[0].flatten()
    kernel = kernel / kernel.max()
    for seed, synapses in enumerate(net.synapses):
        for unit, w in enumerate(synapses.weight[:, 3].tolist()):
            torch.testing.assert_close(v[:, 0, seed, unit] / w, kernel / kernel.max(), rtol=1e-3, atol=2e-3)
    with torch.no_grad():
        net.log_threshold.fill_(0.5)
    torch.testing.assert_close(net.potential(x).detach(), v * torch.tensor(-0.5).exp())


def test_heads_see_what_they_should(rngs):
    data = markov_classes(n_trials=200, correlations=(0.0, 0.7), rng=rngs[0])
    complexity, rate = training.by_complexity_and_rate(data.train_x, data.test_x, data)
    assert complexity > 0.9
    assert rate < 0.75
    data = poisson_classes(n_trials=200, rates_hz=(100.0, 140.0), depth=0.0, rng=rngs[0])
    assert training.by_complexity_and_rate(data.train_x, data.test_x, data)[1] > 0.9
