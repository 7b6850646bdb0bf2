"""The two photographs that scikit-learn ships with."""

from __future__ import annotations

import io
from functools import cache
from importlib import resources

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

FILES = ("china.jpg", "flower.jpg")


def photographs() -> Float[Tensor, "2 427 640"]:
    """Luminance in [0, 1] of a temple (by danielbuechele) and of a flower (by vultilion), CC BY 2.0, float32."""
    return torch.from_numpy(_pixels()).clone()


@cache
def _pixels() -> np.ndarray:
    from PIL import Image  # here, because few tasks need it

    folder = resources.files("sklearn.datasets.images")
    opened = (Image.open(io.BytesIO((folder / name).read_bytes())) for name in FILES)
    return np.stack([np.asarray(image.convert("L")) for image in opened]).astype(np.float32) / 255
