"""A labelled set of images, already split into train and test."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch.nn.functional as F
from jaxtyping import Float, Int64
from torch import Tensor

from neurarium.core.errors import bad, check_count


@dataclass(frozen=True, eq=False)
class Images:
    """Grey images with class labels.

    Attributes:
        train_x: pixels in [0, 1], float32, ``(train, height, width)``.
        train_y: class of each image, int64.
        test_x: the images held out, ``(test, height, width)``.
        test_y: their classes.
        n_classes: number of classes; labels are ``0 .. n_classes - 1``.
        note: what a report must say about this set, e.g. that it is only a part of the published one.
    """

    train_x: Float[Tensor, "train height width"]
    train_y: Int64[Tensor, " train"]
    test_x: Float[Tensor, "test height width"]
    test_y: Int64[Tensor, " test"]
    n_classes: int
    note: str = ""

    def __post_init__(self) -> None:
        for part, x, y in (("train", self.train_x, self.train_y), ("test", self.test_x, self.test_y)):
            if x.ndim != 3 or len(x) == 0 or len(x) != len(y):
                raise bad("Images", f"{part}_x", f"be (images, height, width) for {len(y)} labels", tuple(x.shape))

    def resized(self, size: int) -> Images:
        """The same set with square images of `size` pixels a side.

        Bilinear; when shrinking, each new pixel averages over all the old ones it covers.
        """
        check_count("Images.resized", size=size)
        return replace(self, train_x=_resize(self.train_x, size), test_x=_resize(self.test_x, size))


def _resize(x: Float[Tensor, "n height width"], size: int) -> Float[Tensor, "n size size"]:
    if x.shape[1:] == (size, size):
        return x
    return F.interpolate(x.unsqueeze(1), size=(size, size), mode="bilinear", antialias=True).squeeze(1)
