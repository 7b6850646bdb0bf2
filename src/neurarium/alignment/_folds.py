"""Which samples are predicted together from all the others."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Int64, Shaped
from torch import Tensor

from neurarium.alignment._arrays import Array
from neurarium.core.errors import bad, check_count

LEAST = 3  # samples of a fold: two always correlate perfectly


def folds_of(
    owner: str, n_samples: int, n_folds: int, blocks: Shaped[Array, " samples"] | None
) -> tuple[Int64[Tensor, " samples"], Int64[Tensor, " samples"]]:
    """Fold and block of each sample: blocks, in the order of their labels, are cut into `n_folds` runs of equal number.

    Raises:
        NeurariumError: for fewer than two folds, fewer blocks than folds, or folds of fewer than three samples.
    """
    check_count(owner, least=2, n_folds=n_folds)
    labels = np.arange(n_samples) if blocks is None else np.asarray(torch.as_tensor(blocks).cpu())
    if labels.shape != (n_samples,):
        raise bad(owner, "blocks", f"hold one label for each of {n_samples} samples", labels.shape)
    names, block = np.unique(labels, return_inverse=True)
    fold = block * n_folds // len(names)
    sizes = np.bincount(fold, minlength=n_folds)
    if sizes.min() < LEAST:
        hint = f"The smallest fold has {sizes.min()} samples; it needs {LEAST} for a correlation."
        raise bad(owner, "n_folds", f"leave enough of {n_samples} samples in every fold", n_folds, hint)
    return torch.from_numpy(fold), torch.from_numpy(block)
