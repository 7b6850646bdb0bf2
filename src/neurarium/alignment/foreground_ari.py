"""Foreground adjusted Rand index: are pixels grouped by object?"""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Integer

from neurarium.alignment._arrays import Array
from neurarium.core.card import measure
from neurarium.core.errors import bad


@measure(
    summary="Agreement of a grouping of pixels with the objects of an image, background left out, beyond chance.",
    level="representation",
    paper="doi:10.1007/BF01908075",
    tags=("binding", "segmentation"),
)
def foreground_ari(segments: Integer[Array, " *pixels"], objects: Integer[Array, " *pixels"]) -> float:
    """Adjusted Rand index of two partitions over the pixels of objects; which number names a group does not matter.

    ``ARI = (Σ C(n_ij, 2) - e) / ((a + b) / 2 - e)``,  ``a = Σ C(n_i, 2)``, ``b = Σ C(n_j, 2)``, ``e = a b / C(n, 2)``

    n_ij counts pixels of group i and object j, ``C(n, 2) = n (n - 1) / 2`` their pairs, e the pairs that groups and
    objects of these sizes share by chance. 1: each object is one group of its own; 0: as good as chance.

    Args:
        segments: a label for each pixel, of any shape.
        objects: the object each pixel belongs to, of the same shape; 0 or less is background and not scored.

    Returns:
        the index; 1 where nothing can be told apart: one object in one group, or every pixel alone in both.

    Raises:
        NeurariumError: for labels that are no integers, shapes that differ, or an image without an object.

    Example:
        >>> foreground_ari(np.array([7, 7, 3, 3, 3]), np.array([1, 1, 2, 2, 0]))
        1.0

    Paper: Hubert & Arabie 1985, doi:10.1007/BF01908075; on the foreground: Greff et al. 2019, arXiv:1903.00450.
    """
    found, true = (_labels(name, z) for name, z in (("segments", segments), ("objects", objects)))
    if found.shape != true.shape:
        raise bad("foreground_ari", "objects", f"have the shape of `segments` {found.shape}", true.shape)
    found, true = found[true > 0], true[true > 0]
    if not len(true):
        raise bad("foreground_ari", "objects", "hold an object, a label above 0", "background alone")
    i, j = (np.unique(z, return_inverse=True)[1] for z in (found, true))
    table = np.zeros((i.max() + 1, j.max() + 1))
    np.add.at(table, (i, j), 1)
    shared, a, b, pairs = (_pairs(n) for n in (table, table.sum(1), table.sum(0), table.sum()))
    expected = a * b / max(pairs, 1)
    return 1.0 if a == b == shared else float((shared - expected) / ((a + b) / 2 - expected))


def _labels(name: str, given: Array) -> np.ndarray:
    labels = given.numpy(force=True) if isinstance(given, torch.Tensor) else np.asarray(given)
    if labels.dtype.kind not in "iu":
        raise bad("foreground_ari", name, "hold a whole number for each pixel", str(labels.dtype))
    return labels


def _pairs(n: np.ndarray | float) -> float:
    return float((n * (n - 1) / 2).sum())
