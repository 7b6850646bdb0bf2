"""Handwritten digits that need no download."""

from __future__ import annotations

from typing import Any

import torch

from neurarium.core.card import task
from neurarium.core.rng import Rng
from neurarium.tasks._images import Images
from neurarium.tasks._split import stratified


@task(
    summary="1,797 handwritten digits of 8 by 8 pixels, shipped with scikit-learn.",
    source="real",
    tags=("images", "classification"),
)
def digits(*, size: int = 8, test_fraction: float = 0.2, rng: Rng) -> Images:
    """The scikit-learn digits, split anew for each seed.

    Pixels are counts 0..16 of ink, divided by 16. The split is stratified: of each class the share `test_fraction`
    (rounded) is held out, drawn from stream ``split``, so the same seed always holds out the same images.

    Args:
        size: pixels a side; above 8 the images are upsampled bilinearly.
        test_fraction: share of the images held out, strictly between 0 and 1.
        rng: stream ``split`` draws the split.

    Raises:
        NeurariumError: if `size` is no positive integer or `test_fraction` leaves a class without images.

    Example:
        >>> images = digits(size=16, rng=Rng(0))
        >>> images.train_x.shape, len(images.test_y)
        (torch.Size([1438, 16, 16]), 359)

    Paper: Alpaydin and Kaynak 1998, Optical Recognition of Handwritten Digits, doi:10.24432/C50P49.
    """
    from sklearn.datasets import load_digits  # here, because importing scikit-learn takes a second

    data: Any = load_digits()
    x = torch.tensor(data.images / 16, dtype=torch.float32)
    y = torch.tensor(data.target, dtype=torch.int64)
    train, test = stratified("digits", "images", y, test_fraction, rng=rng)
    return Images(x[train], y[train], x[test], y[test], n_classes=10).resized(size)
