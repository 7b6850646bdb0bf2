import math

import numpy as np
import pytest
import torch

from neurarium.core import NeurariumError
from neurarium.learning import continual_scores

BY_HAND = [
    [0.9, 0.1, 0.2],
    [0.7, 0.8, 0.3],
    [0.6, 0.9, 0.75],
]


@pytest.mark.parametrize("kind", [list, np.array, torch.tensor])
def test_by_hand(kind):
    scores = continual_scores(kind(BY_HAND))
    assert scores.average_accuracy == pytest.approx((0.6 + 0.9 + 0.75) / 3)
    assert scores.backward_transfer == pytest.approx(((0.6 - 0.9) + (0.9 - 0.8)) / 2)
    assert scores.learning_accuracy == pytest.approx((0.9 + 0.8 + 0.75) / 3)


def test_a_learner_that_keeps_everything_has_no_transfer():
    scores = continual_scores(np.tril(np.full((5, 5), 0.8)))
    assert scores.backward_transfer == 0.0
    assert scores.average_accuracy == pytest.approx(scores.learning_accuracy)


def test_the_three_are_tied():
    """ACC = learning + BWT (T - 1) / T, for any matrix."""
    for r in np.random.default_rng(0).random((20, 6, 6)):
        acc, bwt, learning = continual_scores(r)
        assert acc == pytest.approx(learning + bwt * 5 / 6)


def test_only_the_diagonal_and_the_last_row_are_read():
    r = np.array(BY_HAND)
    r[np.triu_indices(3, 1)] = math.nan
    r[1, 0] = math.nan
    assert continual_scores(r) == continual_scores(BY_HAND)


@pytest.mark.parametrize("wrong", [[[1.0]], [0.5, 0.5], np.ones((2, 3)), np.ones((2, 2, 2)), []])
def test_must_be_square(wrong):
    with pytest.raises(NeurariumError, match="continual_scores: `accuracy` must be square with at least two tasks"):
        continual_scores(wrong)


@pytest.mark.parametrize("where", [(0, 0), (2, 1)])
def test_must_be_finite_where_it_is_read(where):
    r = np.array(BY_HAND)
    r[where] = math.nan
    with pytest.raises(NeurariumError, match="`accuracy` must be finite on the diagonal and in the last row"):
        continual_scores(r)
