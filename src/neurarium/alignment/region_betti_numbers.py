"""Betti numbers of a region of the plane, such as where a classifier says yes."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool
from scipy import ndimage
from torch import Tensor

from neurarium.alignment.betti_numbers import BettiNumbers
from neurarium.core.card import measure
from neurarium.core.errors import bad


@measure(
    summary="Number of pieces and of holes of a region given on a grid, such as a decision region.",
    level="behaviour",
    paper="arxiv:1802.04443",
    tags=("topology", "grid"),
)
def region_betti_numbers(mask: Bool[np.ndarray | Tensor, "rows columns"], *, min_pixels: int = 1) -> BettiNumbers:
    """Homology of the cubical complex of closed pixels: ``b0`` by labelling, ``b1 = b0 - (V - E + F)``.

    V, E and F are the corners, sides and pixels of the region; pixels that share a corner hang together. A gap that
    reaches the border of the grid is no hole.

    Args:
        mask: where the region is.
        min_pixels: pieces, and holes, of fewer pixels are ignored.

    Raises:
        NeurariumError: for a mask that is not a matrix of truth values.

    Example:
        >>> ring = np.ones((5, 5), bool)
        >>> ring[2, 2] = False
        >>> region_betti_numbers(ring)
        BettiNumbers(b0=1, b1=1)

    Paper: Guss and Salakhutdinov 2018, arXiv:1802.04443.
    """
    region = mask.numpy(force=True) if isinstance(mask, Tensor) else np.asarray(mask)
    if region.dtype != np.bool_ or region.ndim != 2 or region.size == 0:
        raise bad("region_betti_numbers", "mask", "be a matrix of truth values", (region.dtype.name, region.shape))
    if min_pixels > 1:
        region = _without_specks(region, min_pixels)
    b0 = ndimage.label(region, np.ones((3, 3)))[1]
    p = np.pad(region, 1)
    wide, high = p[:, 1:] | p[:, :-1], p[1:] | p[:-1]
    euler = int((wide[1:] | wide[:-1]).sum()) - int(wide.sum()) - int(high.sum()) + int(region.sum())
    return BettiNumbers(b0, b0 - euler)


def _without_specks(region: np.ndarray, min_pixels: int) -> np.ndarray:
    """Small holes filled, then small pieces removed; what touches the border is kept as background."""
    holes, _ = ndimage.label(~np.pad(region, 1))  # four neighbours, the dual of eight
    size = np.bincount(holes.ravel())
    filled = region | ((size < min_pixels)[holes] & (holes > 0))[1:-1, 1:-1]
    pieces, _ = ndimage.label(filled, np.ones((3, 3)))
    return filled & (np.bincount(pieces.ravel()) >= min_pixels)[pieces]
