import pytest
import torch

from neurarium.core import Rng
from neurarium.studies.neurons import _adaptation_effects as adaptation

ONE = dict(n_units=18, jitter=0.0, cost=1.0, pull=0.2)


@pytest.fixture
def environments():
    even = torch.full((180,), 1 / 180, dtype=torch.float64)
    biased = 0.6 * even
    biased[90] += 0.4
    return even, biased


def test_peaks_of_bells_are_found_between_stimuli():
    centres = torch.tensor([0.3, 44.8, 179.6], dtype=torch.float64)
    bells = torch.exp(-(adaptation.around(adaptation.STIMULI.unsqueeze(1) - centres) ** 2) / 400)
    assert adaptation.around(adaptation.peak(bells) - centres).abs().max() < 1e-3


def test_population_vector_reads_an_even_population_exactly():
    labels = torch.arange(0, 180, 10, dtype=torch.float64)
    r = 1 + torch.cos(2 * torch.deg2rad(adaptation.STIMULI.unsqueeze(1) - labels))
    assert adaptation.around(adaptation.decoded(r, labels) - adaptation.STIMULI).abs().max() < 1e-9


def test_correlations_are_those_of_the_repeated_stimuli():
    r = torch.randn(4, 3, generator=Rng(0)("r"), dtype=torch.float64)
    p = torch.tensor([0.1, 0.2, 0.3, 0.4], dtype=torch.float64)
    repeated = r.repeat_interleave((10 * p).round().long(), dim=0)
    want = torch.corrcoef(repeated.mT)[~torch.eye(3, dtype=torch.bool)]
    torch.testing.assert_close(adaptation.correlation(r, p), want)


def test_synapses_are_the_best_matrix(environments):
    net, drive = adaptation.network(Rng(0), excitation=0.7, inhibition=0.4, **ONE)
    p = environments[1]

    best = adaptation.best_synapses(net, drive, p).requires_grad_()
    adaptation.objective(net, drive, best, p).backward()
    assert best.grad.abs().max() < 1e-9
    gains = net.optimal_gains(drive, p)
    as_matrix = adaptation.objective(net, drive, torch.diag(gains), p)
    torch.testing.assert_close(as_matrix, net.loss(drive, gains, p))
    assert as_matrix > adaptation.objective(net, drive, best, p), "gains are one of the matrices"


def test_without_recurrence_tuning_scales_and_correlations_stay():
    net, drive = adaptation.network(Rng(0), excitation=0.0, inhibition=0.0, **ONE)
    row, _ = adaptation.effects(net, drive, adaptation.by_gains, 0.4, Rng(1))
    assert abs(row["repulsion_deg"]) < 1e-9
    assert abs(row["decorrelation"]) < 1e-9
    assert row["adapter_response"] < 1
    assert not adaptation.all_right(row)


@pytest.mark.parametrize(("excitation", "sign"), [(0.7, 1), (-0.7, -1)])
def test_recurrence_decides_where_tuning_moves(excitation, sign):
    weights = dict(excitation=max(excitation, 0.0), inhibition=max(-excitation, 0.0))
    net, drive = adaptation.network(Rng(0), **weights, **ONE)
    row, _ = adaptation.effects(net, drive, adaptation.by_gains, 0.4, Rng(1))
    assert sign * row["repulsion_deg"] > 0.01


def test_no_adapter_no_effect():
    net, drive = adaptation.network(Rng(0), excitation=0.7, inhibition=0.4, **ONE)
    for adapt in (adaptation.by_gains, adaptation.by_synapses):
        row, curve = adaptation.effects(net, drive, adapt, 1e-12, Rng(1))
        assert abs(row["repulsion_deg"]) < 1e-8
        assert max(map(abs, curve)) < 1e-8
