"""Local normalisation of images, which takes lighting away."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor


def patch_normalised(
    images: Float[Tensor, "*batch height width"], patch: int = 7
) -> Float[Tensor, "*batch height width"]:
    """Each pixel's z-score among its `patch` x `patch` neighbours, cut at ±1 and moved to [0, 1].

    ``y = (1 + clip((x - mean) / std, ±1)) / 2``, over the neighbours inside the image; 1/2 where they are all alike.
    """
    x = images.reshape(-1, 1, *images.shape[-2:]).double()
    mean, square = (
        F.avg_pool2d(v, patch, stride=1, padding=patch // 2, count_include_pad=False) for v in (x, x.square())
    )
    std = (square - mean.square()).clamp_min(0).sqrt()
    z = torch.where(std > 1e-6, (x - mean) / std.clamp_min(1e-6), 0.0)
    return ((1 + z.clamp(-1, 1)) / 2).to(images).reshape(images.shape)
