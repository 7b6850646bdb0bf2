import numpy as np
import pytest
import torch

from neurarium.core import Rng
from neurarium.engine.study import Scale
from neurarium.studies.alignment import _topology_trials
from neurarium.studies.alignment._topology_trials import capacity, drawn, matching_gain, order
from neurarium.studies.alignment.topological_capacity import study
from neurarium.tasks import planted_topology


def test_width_that_suffices_is_read_off_the_majority(monkeypatch):
    """Three sets of 1, 2 and 3 pieces that 2 of 3 restarts learn from the first, the last and no width on."""
    fits = {4: [[1, 1, 0.9], [1, 0.9, 0.9], [0.9] * 3], 8: [[1, 1, 1], [0.995, 1, 0.9], [0.9, 0.9, 1]]}

    def fake(shapes, train, test, sizes, scale, rng):
        fit = np.array(fits[sizes[1]], float)
        return fit, fit, fit == 1

    monkeypatch.setattr(_topology_trials, "trained", fake)
    settings = dict(sets=((1, 0), (2, 0), (3, 0)), widths=((4, 8),), tolerance=0.01, n_train=20, n_test=20)
    row = capacity(Rng(0), Scale("test", settings), depth=1).row
    assert row["capacity_order"] == row["capacity_order__discs"] == pytest.approx(1.0)
    assert row["beyond_share"] == pytest.approx(1 / 3)
    assert row["accuracy__matched"] == 1.0
    assert row["accuracy__missed"] == pytest.approx((0.9 * 9 + 0.995) / 10)


def test_gain_compares_within_a_width_and_a_set():
    accuracy = np.array([[[0.9, 0.8], [0.7, 0.6]]])
    match = np.array([[[True, False], [False, False]]])
    assert matching_gain(accuracy, match) == pytest.approx(0.1)
    assert matching_gain(accuracy, np.zeros_like(match)) == 0.0


def test_order_of_what_never_changes_is_none():
    assert order([1, 2, 3], [4, 4, 4]) == 0.0


def test_networks_learn_a_disc_and_see_its_topology():
    scale = Scale("test", dict(study.scales["quick"], n_restarts=3, n_updates=300))
    shapes = [planted_topology(n_components=1, n_holes=0, rng=Rng(0))]
    data = drawn(shapes, 300, Rng(1))
    fit, accuracy, match = _topology_trials.trained(shapes, data, data, (2, 16, 1), scale, Rng(2))
    assert fit.min() > 0.95
    assert np.array_equal(fit, accuracy)
    assert match.all()
    assert data[0].dtype == torch.float32
