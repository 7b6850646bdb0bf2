from types import SimpleNamespace

import pytest
import torch

from neurarium.core import Rng
from neurarium.studies.plasticity import _experts
from neurarium.studies.plasticity import hyperactive_neuron_regularisation as study
from neurarium.studies.plasticity._places import Answers

SCALE = SimpleNamespace(n_places=2, n_queries=2, n_experts=(1, 2), n_calibration=2, units_per_place=1, n_epochs=1)


@pytest.fixture
def shouting(monkeypatch):
    """Experts of two units, one for each place; the second unit of every other expert also fires at every place."""

    def layer(scale, seed, first, n_places, shown):
        own = torch.zeros(8, 2)
        own[first, 0], own[first + 1, 1] = 3.0, 3.0
        shown = own + torch.tensor([0.0, 5.0 * (first % 4 == 2)])
        return Answers(torch.eye(2) * 3, own, torch.arange(2), shown.repeat(2, 1), shown, 10.0)

    monkeypatch.setattr(_experts, "layer", layer)
    return _experts.Ensemble(SCALE, 0, 0, 2)


def test_every_unit_knows_the_places_of_its_expert(shouting):
    assert shouting.is_own.int().tolist() == [[1, 1, 0, 0]] * 2 + [[0, 0, 1, 1]] * 2 + [[0, 0, 0, 0]] * 4
    assert shouting.foreign_spikes().tolist() == [0.0, 0.0, 0.0, 5.0]
    assert shouting.queries.shape == (8, 4)  # two traverses of the four places


def test_the_filter_finds_the_shouter_and_gives_the_others_their_places_back(shouting):
    assert shouting.recall() == 0.25  # the shouter takes all but its own place
    keep = study.calm(shouting, SCALE, Rng(0))
    assert keep.tolist() == [True, True, True, False]
    assert shouting.recall(keep) == 0.75
    assert study.everything(shouting, SCALE, Rng(0)).all()


def test_the_random_mask_is_of_equal_size(shouting):
    masks = [study.as_many_at_random(shouting, SCALE, Rng(seed)) for seed in range(20)]
    assert {int(mask.sum()) for mask in masks} == {3}
    assert len({tuple(mask.tolist()) for mask in masks}) > 1


def test_principal_components_of_all_dimensions_are_euclidean_neighbours():
    queries, references = torch.rand(6, 2, 2, dtype=torch.float64), torch.rand(2, 6, 2, 2, dtype=torch.float64)
    expected = -torch.cdist(queries.flatten(1), references.flatten(2)).amin(0)
    torch.testing.assert_close(study.pca(queries, references), expected)  # four components for four pixels
