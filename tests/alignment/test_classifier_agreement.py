"""How many models say the same."""

import numpy as np
import pytest

from neurarium.alignment import accessibility, classifier_agreement
from neurarium.core import NeurariumError, Rng


def test_by_counting():
    said = Rng(0).numpy("said").integers(0, 5, (9, 40))
    expected = [np.bincount(column).max() / 9 for column in said.T]
    assert classifier_agreement(said).tolist() == pytest.approx(expected)


def test_it_is_never_below_the_share_that_is_right():
    said, truth = Rng(0).numpy("said").integers(0, 3, (9, 40)), Rng(1).numpy("true").integers(0, 3, 40)
    right = accessibility((said == truth)[:, None])
    agreed = classifier_agreement(said)
    assert (agreed >= right - 1e-12).all()
    assert (agreed > right).any()


def test_bad_predictions_are_refused():
    for bad in (np.ones((2, 3)), np.ones(3, int), np.ones((2, 3), bool), np.ones((0, 3), int)):
        with pytest.raises(NeurariumError, match="classifier_agreement: `answers` must hold whole numbers"):
            classifier_agreement(bad)
