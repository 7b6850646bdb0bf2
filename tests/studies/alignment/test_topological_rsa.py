from types import SimpleNamespace

import pytest
import torch

from neurarium.alignment import cka, rsa, topological_rsa
from neurarium.core import Rng
from neurarium.studies.alignment._layer_identification import (
    by_measure,
    by_rdm,
    identification,
    identified,
    population,
    recordings,
)

N_NETS, N_LAYERS, N_STIMULI = 3, 4, 30
SCALE = SimpleNamespace(n_units=20, n_repeats=2, snrs=(1e6, 1e-6))


@pytest.fixture
def layers():
    """Layers that nets share up to a rotation of their own, with nothing in common between layers."""
    g = torch.Generator().manual_seed(0)
    found = []
    for _ in range(N_LAYERS):
        shared = torch.randn(N_STIMULI, 20, generator=g)
        turns = [torch.linalg.qr(torch.randn(20, 20, generator=g))[0] for _ in range(N_NETS)]
        found.append(torch.stack([shared @ turn for turn in turns]))
    return found


@pytest.mark.parametrize("scores", [by_rdm(), by_rdm(0.2, 0.8), by_rdm(0.0, 0.5, is_geodesic=True), by_measure(cka)])
def test_layers_are_found_without_noise_and_by_chance_in_noise_or_with_stimuli_shuffled(layers, scores):
    clear, drowned = identified(scores, layers, SCALE, Rng(0))
    assert clear == 1
    assert drowned < 0.6
    assert identified(scores, layers, SCALE, Rng(0), is_shuffled=True)[0] < 0.6


def test_identification_counts_other_nets_alone():
    right = torch.eye(N_LAYERS).repeat(2 * N_NETS, N_NETS)  # (recordings of 2 repeats, candidates)
    assert identification(right, N_NETS, N_LAYERS) == 1
    own = torch.zeros(2 * N_NETS * N_LAYERS, N_NETS * N_LAYERS)
    for i in range(len(own)):
        own[i, i % (N_NETS * N_LAYERS)] = 1  # a net knows itself, and nothing of the others: argmax says layer 0
    assert identification(own, N_NETS, N_LAYERS) == 1 / N_LAYERS


def test_scores_by_rdm_are_topological_rsa(layers):
    x, y = layers[0][0].double(), layers[1][1].double()[:, :7]
    assert by_rdm()([x], [y]).item() == pytest.approx(rsa(x, y), abs=1e-12)
    for thresholds in (dict(lower=0.2, upper=0.7), dict(lower=0.0, upper=0.3, is_geodesic=True)):
        assert by_rdm(**thresholds)([x], [y]).item() == pytest.approx(topological_rsa(x, y, **thresholds), abs=1e-12)


def test_noise_has_the_variance_that_is_asked_for(layers):
    how = dict(n_units=20, n_repeats=1)
    noisy, clear = (recordings(layers, snr, **how, rng=Rng(0)) for snr in (0.5, 1e12))
    assert len(noisy) == N_NETS * N_LAYERS
    total, signal = (torch.stack(some).var(1).mean() for some in (noisy, clear))
    assert float((total - signal) / signal) == pytest.approx(2, rel=0.1)


def test_the_nets_of_a_population_differ_and_learn(tmp_path, monkeypatch):
    monkeypatch.setenv("NEURARIUM_CACHE", str(tmp_path))
    found = population(seed=0, n_nets=2, channels=(4, 4, 8, 8, 8), n_updates=60, batch=32, lr=0.02, n_stimuli=20)
    assert found["accuracy"].min() > 0.4  # chance: 0.1
    assert found["accuracy"][0] != found["accuracy"][1]
    assert [found[f"layer {k}"].shape for k in range(5)] == [(2, 20, n) for n in (256, 256, 128, 128, 128)]
    assert abs(found["layer 0"][0] - found["layer 0"][1]).max() > 0.1
