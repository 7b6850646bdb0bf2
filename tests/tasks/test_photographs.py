"""The photographs that scikit-learn ships with."""

import torch
from sklearn.datasets import load_sample_images

from neurarium.tasks._photographs import photographs


def test_they_are_scikit_learns_in_grey():
    images = photographs()
    assert images.shape == (2, 427, 640)
    assert images.dtype == torch.float32
    weights = torch.tensor([0.299, 0.587, 0.114])
    for ours, theirs in zip(images, load_sample_images().images, strict=True):
        grey = torch.from_numpy(theirs / 255).float() @ weights
        assert (ours - grey).abs().max() < 1.01 / 255


def test_a_caller_may_change_his_copy():
    photographs().zero_()
    assert photographs().mean() > 0.2
