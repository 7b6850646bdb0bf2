"""How early each example is learned, and whether models agree."""

import numpy as np
import pytest
import torch

from neurarium.alignment import accessibility
from neurarium.core import NeurariumError, Rng


def test_accessibility_by_hand():
    correct = np.zeros((2, 3, 4), bool)
    correct[:, :, 0] = True
    correct[0, 2, 1] = True
    correct[1, 1:, 2] = True
    assert accessibility(correct).tolist() == pytest.approx([1, 1 / 6, 2 / 6, 0])
    assert torch.is_tensor(accessibility(torch.as_tensor(correct)))


def test_accessibility_of_one_epoch_is_the_share_of_models_that_is_right():
    correct = Rng(0).numpy("right").random((24, 5, 30)) < 0.7
    assert np.allclose(accessibility(correct[:, 2:3]), correct[:, 2].mean(0))
    assert np.allclose(accessibility(correct), np.mean([accessibility(correct[:, [e]]) for e in range(5)], 0))


def test_bad_answers_are_refused():
    for bad in (np.ones((2, 3, 4)), np.ones((2, 3), bool), np.ones((0, 3, 4), bool), [[True]]):
        with pytest.raises(NeurariumError, match="accessibility: `correct` must say who was right"):
            accessibility(bad)
