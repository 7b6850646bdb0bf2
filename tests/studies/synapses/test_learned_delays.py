import importlib

import pytest
import torch

from neurarium.core import NeurariumError, Rng
from neurarium.engine import Scale
from neurarium.engine.loader import load_study
from neurarium.nets.spiking import DelayedSNN
from neurarium.neurons import LIF
from neurarium.studies.synapses._delay_training import delays, fit, n_learned, score, seen, shuffle, width
from neurarium.synapses import DelayedDense
from neurarium.tasks import SpikeTrains, _files, lagged_volleys

study = load_study("learned-delays").study


def make(n_hidden=8, max_delay_steps=20, **options):
    return DelayedSNN(
        sizes=(20, n_hidden, 6),
        synapses=lambda **sizes: DelayedDense(max_delay_steps=max_delay_steps, gain=3.0, **options, **sizes),
        neuron=lambda: LIF(tau_mem_ms=2.0),
        rng=Rng(0),
    )


@pytest.mark.parametrize(("n_ends", "n_hidden"), [(26, 8), (26, 16), (26, 24), (38, 8), (42, 32), (74, 128)])
def test_every_kind_of_network_learns_as_many_numbers(n_ends, n_hidden):
    budget = 2 * n_ends * n_hidden
    assert width(budget, n_ends, per_synapse=2, is_recurrent=False) == n_hidden
    assert width(budget, n_ends, per_synapse=1, is_recurrent=False) == 2 * n_hidden
    h = width(budget, n_ends, per_synapse=1, is_recurrent=True)
    assert abs(n_ends * h + h * h - budget) <= 0.05 * budget
    assert n_learned(make(8), 2 * 26 * 8) == n_learned(make(16, is_fixed=True), 2 * 26 * 8) == 416


def test_another_number_of_parameters_is_refused():
    with pytest.raises(NeurariumError, match="416 parameters are not within 5% of 450"):
        n_learned(make(8), 450)


@pytest.mark.parametrize("is_fixed", [False, True])
def test_training_narrows_the_bumps_and_moves_the_delays_that_may_move(is_fixed):
    net, data = make(is_fixed=is_fixed), lagged_volleys(n_trials=200, rng=Rng(1))
    drawn = delays(net)
    losses = fit(net, data, Scale("micro", dict(lr=0.02, batch=50)), 8, Rng(2))
    assert losses[-1] < losses[0]
    assert all(s.sigma_steps == pytest.approx(0.5) for s in net.synapses)
    assert torch.equal(delays(net), drawn) == is_fixed
    assert 0 <= delays(net).min()
    assert delays(net).max() <= 20


def test_shuffling_keeps_every_layers_delays_and_nothing_else_changes():
    net, twin = make(), make()
    shuffle(net, Rng(0))
    for ours, before in zip(net.synapses, twin.synapses, strict=True):
        assert torch.equal(ours.weight, before.weight)
        assert not torch.equal(ours.delay_steps, before.delay_steps)
        assert torch.equal(ours.delay_steps.flatten().sort().values, before.delay_steps.flatten().sort().values)


def test_what_is_read_off_is_known_where_the_network_is():
    x = torch.zeros(10, 60, 20)
    y = torch.arange(60) % 6
    x[2, torch.arange(60), y] = 1.0  # channel k fires once in class k
    x[5, ::2, 6] = 1.0  # as often in three classes as not
    net = make(n_hidden=8, max_delay_steps=0)
    with torch.no_grad():
        net.synapses[0].weight.copy_(2 * torch.eye(8, 20))  # unit k repeats channel k
        net.synapses[1].weight.copy_(torch.eye(6, 8))
    data = SpikeTrains(x, y, x, y, n_classes=6, dt_ms=1.0)
    assert score(net, data) == 1.0
    found = seen(net, data)
    # units 0 to 5 are explained by the class, unit 6 (even classes) too, unit 7 never fires
    assert found["class_variance"] == pytest.approx(7 / 8)
    # one and a half spikes a trial come in to 1 synapse that is not zero each, and are repeated; 6 of 7 units go on
    assert found["effective_acs"] == pytest.approx(1.5 + 1.0)


def test_without_the_recordings_the_trial_says_which_file_is_missing(tmp_path, monkeypatch):
    monkeypatch.setenv("NEURARIUM_DATA", str(tmp_path))
    monkeypatch.setenv("NEURARIUM_CACHE", str(tmp_path / "assets"))
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setattr(_files, "_cache", lambda: tmp_path / "cache")
    module = importlib.import_module("neurarium.tasks.spoken_digits")
    monkeypatch.setattr(module, "HOME", "http://127.0.0.1:9/digits.zip")
    with pytest.raises(NeurariumError, match=r"fsdd/free-spoken-digit-dataset.zip is neither .*curl -fL"):
        study.trial(Rng(0), study.scale("quick"), **study.conditions["none_digits"])
