"""What the measures of weight matrices share: checks, the strongest connections, entropies in bits."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Bool, Float, Real
from torch import Tensor

from neurarium.core.errors import bad

Weights = Real[np.ndarray, "*batch units units"] | Real[Tensor, "*batch units units"]
Edges = Sequence[float | int] | Real[np.ndarray, " edges"]
Matrix = Real[np.ndarray, "units units"] | Real[Tensor, "units units"]


def as_weights(owner: str, w: Weights, param: str = "w") -> Float[np.ndarray, "*batch units units"]:
    """`w` as float64 on the CPU; square, finite and of two units at least, or an error in the name of `owner`."""
    w = np.asarray(w.detach().cpu().numpy() if isinstance(w, torch.Tensor) else w, dtype=np.float64)
    if w.ndim < 2 or w.shape[-1] != w.shape[-2] or w.shape[-1] < 2:
        raise bad(owner, param, "be (..., units, units) with at least 2 units", w.shape)
    if not np.isfinite(w).all():
        raise bad(owner, param, "be finite", f"{int((~np.isfinite(w)).sum())} NaN or infinite entries")
    return w


def as_matrix(owner: str, w: Matrix, param: str = "w") -> Float[np.ndarray, "units units"]:
    """Like :func:`as_weights`, for one matrix."""
    w = as_weights(owner, w, param)
    if w.ndim != 2:
        raise bad(owner, param, "be one (units, units) matrix", w.shape, "Call it for each matrix of the batch.")
    return w


def off_diagonal(n_units: int) -> Bool[np.ndarray, "units units"]:
    """True everywhere but on the diagonal."""
    return ~np.eye(n_units, dtype=bool)


def strongest(
    owner: str, strength: Float[np.ndarray, "units units"], among: Bool[np.ndarray, "units units"], density: float
) -> Bool[np.ndarray, "units units"]:
    """The strongest share `density` of the entries `among`; an entry of zero is no connection and never kept.

    ``round(density * |among|)`` entries are kept, of equal ones the first in row order.
    """
    if not 0 < density <= 1:
        raise bad(owner, "density", "lie above 0 and not above 1", density)
    where = np.flatnonzero(among)
    ranked = where[np.argsort(-strength.flat[where], kind="stable")]
    kept = np.zeros(strength.shape, dtype=bool)
    kept.flat[ranked[: round(density * len(ranked))]] = True
    kept &= strength > 0
    if not kept.any():
        raise bad(owner, "density", "keep at least one connection that is not zero", density, "Raise it, or check `w`.")
    return kept


def strongest_undirected(owner: str, w: Float[np.ndarray, "units units"], density: float) -> np.ndarray:
    """``(|w| + |w|ᵀ) / 2`` with only its strongest share `density` of pairs left, diagonal zero."""
    strength = (np.abs(w) + np.abs(w).T) / 2
    kept = strongest(owner, strength, np.triu(off_diagonal(len(w))), density)
    return np.where(kept | kept.T, strength, 0.0)


def entropy_bits(owner: str, mass: Float[np.ndarray, "*batch outcomes"]) -> Float[np.ndarray, "*batch"] | float:
    """``-Σ p log2 p`` over the last axis, with ``p = mass / Σ mass`` and ``0 log 0 = 0``."""
    total = mass.sum(axis=-1, keepdims=True)
    if not (total > 0).all():
        raise bad(
            owner, "w", "have at least one entry that is not zero and counts", "all zero", "Its entropy is undefined."
        )
    p = mass / total
    bits = 0.0 - np.sum(p * np.log2(p, out=np.zeros_like(p), where=p > 0), axis=-1)
    return float(bits) if bits.ndim == 0 else bits


def histogram_bits(owner: str, values: Float[np.ndarray, " values"], edges: Edges, param: str = "edges") -> float:
    """Entropy of the shares of `values` in the bins ``[edge_i, edge_i+1)``; the last bin holds its upper edge."""
    edges = np.asarray(edges, dtype=np.float64)
    if edges.ndim != 1 or len(edges) < 2 or not (np.diff(edges) > 0).all():
        raise bad(owner, param, "be at least two rising numbers", edges)
    if (values < edges[0]).any() or (values > edges[-1]).any():
        span = f"values from {values.min():.4g} to {values.max():.4g}"
        raise bad(owner, param, "cover every value", span, "Let the outer edges be -inf and inf.")
    bins = np.minimum(np.searchsorted(edges, values, side="right") - 1, len(edges) - 2)
    return float(entropy_bits(owner, np.bincount(bins).astype(np.float64)))
