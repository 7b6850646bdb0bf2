"""Weight histogram entropy: how many different values the weights of a network take."""

from __future__ import annotations

from neurarium.alignment._weights import Edges, Matrix, as_matrix, histogram_bits, off_diagonal
from neurarium.core.card import measure


@measure(
    summary="Shannon entropy of the histogram of weights over given bins, in bits.",
    level="implementation",
    paper="arxiv:2409.17693",
    tags=("network", "entropy"),
)
def weight_histogram_entropy(w: Matrix, *, edges: Edges, use_diagonal: bool = False) -> float:
    """Entropy of the values of the weights.

    ``H = -Σ_b f_b log2 f_b`` with f_b the share of weights in bin b, signs kept; at most log2 of the number of bins.
    The edges are given, not fitted, because networks binned each by its own range cannot be compared: use the same
    ones for every condition.

    Args:
        w: weights (units, units).
        edges: rising bin edges that cover every weight; the outer ones may be infinite.
        use_diagonal: whether self-connections count.

    Raises:
        NeurariumError: if `w` is not a finite square matrix, or a weight lies outside the edges.

    Example:
        >>> import numpy as np
        >>> weight_histogram_entropy(np.array([[0.0, 1.0], [-1.0, 0.0]]), edges=[-np.inf, 0, np.inf])
        1.0

    Paper: Sheeran et al. 2024, arXiv:2409.17693.
    """
    w = as_matrix("weight_histogram_entropy", w)
    values = w.ravel() if use_diagonal else w[off_diagonal(len(w))]
    return histogram_bits("weight_histogram_entropy", values, edges)
