"""Are pixels grouped by object?"""

import numpy as np
import pytest
import torch

from neurarium.alignment import foreground_ari
from neurarium.core import NeurariumError, Rng


def test_by_hand():
    groups, objects = np.array([1, 1, 1, 2, 2, 2]), np.array([1, 1, 2, 2, 2, 2])
    # table [[2, 1], [0, 3]]: 4 pairs shared; 3 + 3 in groups, 1 + 6 in objects, 15 in all
    expected = 6 * 7 / 15
    assert foreground_ari(groups, objects) == pytest.approx((4 - expected) / (6.5 - expected))


def test_names_of_groups_and_the_background_do_not_matter():
    objects = np.array([[0, 1, 1], [2, 2, 0]])
    groups = np.array([[5, -3, -3], [9, 9, 9]])
    assert foreground_ari(groups, objects) == 1.0
    assert foreground_ari(torch.as_tensor(groups), torch.as_tensor(objects)) == 1.0
    groups[0, 0], groups[1, 2] = 9, -3
    assert foreground_ari(groups, objects) == 1.0


def test_one_group_of_two_objects_and_random_groups_are_at_chance():
    random = Rng(0).numpy("labels")
    objects = random.integers(1, 4, 3000)
    assert foreground_ari(np.ones_like(objects), objects) == 0.0
    assert abs(foreground_ari(random.integers(0, 4, 3000), objects)) < 0.01


def test_where_nothing_can_be_told_apart_it_is_one():
    assert foreground_ari(np.array([4, 4, 4]), np.array([1, 1, 1])) == 1.0
    assert foreground_ari(np.array([1, 2, 3]), np.array([3, 1, 2])) == 1.0
    assert foreground_ari(np.array([1]), np.array([1])) == 1.0
    assert foreground_ari(np.array([1, 2, 2]), np.array([1, 1, 1])) == 0.0


def test_like_scikit_learn():
    from sklearn.metrics import adjusted_rand_score

    random = Rng(1).numpy("labels")
    for n_groups in (1, 2, 4, 40):
        objects, groups = random.integers(0, 4, (8, 8)), random.integers(0, n_groups, (8, 8))
        groups = np.where(random.random((8, 8)) < 0.6, objects, groups)
        seen = objects > 0
        assert foreground_ari(groups, objects) == pytest.approx(adjusted_rand_score(objects[seen], groups[seen]))


def test_bad_labels_are_refused():
    with pytest.raises(NeurariumError, match="foreground_ari: `segments` must hold a whole number"):
        foreground_ari(np.array([0.5, 1.0]), np.array([1, 1]))
    with pytest.raises(NeurariumError, match="`objects` must have the shape"):
        foreground_ari(np.array([1, 1]), np.array([1, 1, 1]))
    with pytest.raises(NeurariumError, match="hold an object"):
        foreground_ari(np.array([1, 1]), np.array([0, 0]))
