"""Arrays with missing entries (NaN), and RDMs as users have them: square, or the upper triangle in a row."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from neurarium.alignment._arrays import Array, as_double
from neurarium.alignment._comparators import n_samples
from neurarium.core.errors import bad


def as_masked(owner: str, param: str, values: Array, axes: tuple[str, ...]) -> tuple[Tensor, Bool[Tensor, "*axes"]]:
    """A float64 tensor with zeros for NaN, and where it is known. Else as :func:`as_double`."""
    if isinstance(values, np.ndarray) and values.dtype.kind == "f":
        gone = torch.from_numpy(np.isnan(values))
        x = as_double(owner, param, np.where(gone.numpy(), 0, values) if gone.any() else values, axes)
    elif isinstance(values, Tensor) and values.is_floating_point():
        gone = torch.isnan(values)
        x = as_double(owner, param, torch.where(gone, 0, values) if gone.any() else values, axes)
    else:
        x = as_double(owner, param, values, axes)
        gone = torch.zeros_like(x, dtype=torch.bool)
    return x, ~gone


def as_pairs(
    owner: str, param: str, values: Array, *, is_stack: bool = False
) -> tuple[Float[Tensor, "*systems pairs"], Bool[Tensor, "*systems pairs"]]:
    """The pairs of an RDM, or of a stack of them, and which are known; diagonals are not looked at.

    Raises:
        NeurariumError: unless it is square and symmetric, or holds as many numbers as some number of samples has pairs.
    """
    first = ("systems",) if is_stack else ()
    is_square = getattr(values, "ndim", 0) == len(first) + 2
    axes = (*first, "samples", "samples") if is_square else (*first, "pairs")
    x, known = as_masked(owner, param, values, axes)
    if is_square:
        n, m = x.shape[-2:]
        scale = 1e-5 * float(x.abs().max())  # files often hold float32
        if n != m or not torch.allclose(x, x.mT, rtol=0, atol=scale) or not torch.equal(known, known.mT):
            raise bad(owner, param, "be symmetric, (samples, samples)", f"another matrix {tuple(x.shape)}")
        i, j = torch.triu_indices(n, n, 1, device=x.device)
        x, known = x[..., i, j], known[..., i, j]
    elif n_samples(x.shape[-1]) * (n_samples(x.shape[-1]) - 1) != 2 * x.shape[-1]:
        raise bad(owner, param, "hold all pairs of some number of samples", f"{x.shape[-1]} numbers")
    if x.shape[-1] < 3:
        raise bad(owner, param, "have at least 3 samples", n_samples(x.shape[-1]))
    return x, known
