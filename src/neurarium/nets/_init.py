"""Initial weights: functions ``(shape, generator) -> tensor``, batched over leading axes."""

from __future__ import annotations

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

Init = Callable[[tuple[int, ...], torch.Generator], Tensor]


def gaussian(
    shape: tuple[int, ...], generator: torch.Generator, gain: float = 1.0
) -> Float[Tensor, "*stacked n_out n_in"]:
    """Independent entries of variance ``gain² / n_in``: a square matrix has spectral radius near `gain`.

    >>> gaussian((2, 3), torch.Generator().manual_seed(0)).shape
    torch.Size([2, 3])
    """
    return torch.randn(shape, generator=generator) * (gain / shape[-1] ** 0.5)


def orthogonal(
    shape: tuple[int, ...], generator: torch.Generator, gain: float = 1.0
) -> Float[Tensor, "*stacked n_out n_in"]:
    """`gain` times a random matrix whose rows (wide) or columns (tall) are orthonormal, uniform over all.

    >>> w = orthogonal((2, 5), torch.Generator().manual_seed(0))
    >>> bool(torch.allclose(w @ w.mT, torch.eye(2), atol=1e-6))
    True
    """
    is_wide = shape[-2] < shape[-1]
    tall = (*shape[:-2], max(shape[-2:]), min(shape[-2:]))
    q, r = torch.linalg.qr(torch.randn(tall, generator=generator))
    # QR fixes the signs of its own accord; undoing that makes the draw uniform (Mezzadri 2007).
    q = q * torch.where(r.diagonal(dim1=-2, dim2=-1) < 0, -1.0, 1.0).unsqueeze(-2)
    return gain * (q.mT if is_wide else q).contiguous()
