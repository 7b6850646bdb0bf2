"""Representational similarity analysis of two systems."""

from __future__ import annotations

import torch
from jaxtyping import Float, Real
from torch import Tensor

from neurarium.alignment._arrays import Array
from neurarium.alignment._comparators import Compare, Sums, comparator_of
from neurarium.alignment._distances import AbstractEmbedded, Distance, distance_of
from neurarium.alignment._pairs import centred_points, largest_of, paired, pairs
from neurarium.alignment.cka import _cross
from neurarium.core.card import measure


@measure(
    summary="How alike the distances between stimuli are in two paired sets of responses.",
    level="representation",
    paper="doi:10.3389/neuro.06.004.2008",
    tags=("similarity", "paired", "rdm"),
)
@torch.no_grad()
def rsa(
    X: Real[Array, "samples units_x"],
    Y: Real[Array, "samples_y units_y"],
    *,
    distance: str | Distance = "squared_euclidean",
    compare: str | Compare = "pearson",
) -> float:
    """Compare the distances between all pairs of samples in X, ``d_ij``, with those in Y, ``e_ij``; 1 if they agree.

    Where d and e are squared lengths between points (``d_ij = ‖φ_i - φ_j‖²``, centred: squared Euclidean, correlation,
    cosine, Mahalanobis) all but ranks follow from sums that need no RDM, with ``a_i = ‖φ_i‖²``, ``b_i = ‖χ_i‖²``:
    ``Σ_{i<j} d_ij e_ij = n a·b + Σa Σb + 2 ‖φᵀχ‖²``. Else vectors of all pairs are formed, in blocks.

    Args:
        X: responses; row i of both answers the same stimulus.
        Y: responses, any number of units.
        distance: as in :func:`rdm`; the default does not change when units are rotated.
        compare: ``pearson`` (averages 0 for unrelated systems), ``spearman``, ``tau_a`` and ``rho_a`` (order alone),
            ``cosine`` (near 1 even for unrelated ones), ``whitened_cosine`` (squared Euclidean: linear CKA, biased),
            ``whitened_pearson``, or any function of two vectors of pairs.

    Raises:
        NeurariumError: for unequal samples, fewer than 3, or distances that are all the same.

    Example:
        >>> X = torch.tensor([[0.0, 1.0], [1.0, 0.0], [2.0, 2.0], [3.0, 0.0]])
        >>> round(rsa(X, 3 * X.flip(1) + 1), 12)
        1.0

    Paper: Kriegeskorte et al. 2008, doi:10.3389/neuro.06.004.2008.
    """
    x, y = paired("rsa", X, Y)
    measure_with, comparator = distance_of(distance), comparator_of(compare)
    if isinstance(measure_with, AbstractEmbedded) and comparator.from_sums:
        return comparator.from_sums(_sums(_points(measure_with, x), _points(measure_with, y)))
    return comparator(pairs(measure_with, x), pairs(measure_with, y))


def _points(distance: AbstractEmbedded, x: Float[Tensor, "samples units"]) -> Float[Tensor, "samples dims"]:
    """Centred, of a size whose powers are in range (no comparator sees it), with no more coordinates than samples."""
    phi = centred_points(distance, x)
    largest = float(largest_of(phi))
    if not 1e-30 < largest < 1e30:
        phi /= largest
    return phi if phi.shape[1] <= phi.shape[0] else torch.linalg.qr(phi.mT, mode="r")[1].mT


def _sums(phi: Float[Tensor, "samples dims_x"], chi: Float[Tensor, "samples dims_y"]) -> Sums:
    n, a, b = len(phi), torch.linalg.vecdot(phi, phi), torch.linalg.vecdot(chi, chi)

    def products(p: Tensor, a: Tensor, q: Tensor, b: Tensor) -> tuple[float, float]:
        """``Σ d e`` over pairs, and ``r·s`` of the row sums ``r = n a + Σa``, ``s = n b + Σb``."""
        ab, total = a @ b, a.sum() * b.sum()
        return float(n * ab + total + 2 * _cross(p, q).square().sum()), float(n * n * ab + 3 * n * total)

    de, rs = products(phi, a, chi, b)
    dd, rr = products(phi, a, phi, a)
    ee, ss = products(chi, b, chi, b)
    return Sums(float(n * a.sum()), float(n * b.sum()), de, dd, ee, rs, rr, ss, n)
