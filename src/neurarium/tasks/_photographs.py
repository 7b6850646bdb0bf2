"""The two photographs that scikit-learn ships with."""

from __future__ import annotations

from functools import cache
from importlib import resources

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from neurarium.tasks._jpeg import luminance

FILES = ("china.jpg", "flower.jpg")


def photographs() -> Float[Tensor, "2 427 640"]:
    """Luminance in [0, 1] of a temple (by danielbuechele) and of a flower (by vultilion), CC BY 2.0, float32."""
    return torch.from_numpy(_pixels()).clone()


@cache
def _pixels() -> np.ndarray:
    folder = resources.files("sklearn.datasets.images")
    return np.stack([luminance((folder / name).read_bytes()) / 255 for name in FILES]).astype(np.float32)
