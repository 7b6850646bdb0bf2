"""Wiring length: how far apart the units are that a network connects strongly."""

from __future__ import annotations

from neurarium.alignment._weights import Matrix, as_matrix, off_diagonal, strongest
from neurarium.core.card import measure
from neurarium.core.errors import bad


@measure(
    summary="Mean distance spanned by the strongest connections of a weight matrix.",
    level="implementation",
    paper="doi:10.1038/s42256-023-00748-9",
    tags=("network", "space"),
)
def wiring_length(w: Matrix, distances: Matrix, *, density: float = 0.1) -> float:
    """Mean length of the strongest connections, in the unit of `distances`.

    ``L = mean of d_ij over the strongest share of the n (n - 1) directed connections |w_ij|, i ≠ j``.

    Args:
        w: weights (units, units); signs and self-connections are ignored.
        distances: distance between units (units, units), none negative.
        density: share of the connections that is kept, above 0 to 1.

    Raises:
        NeurariumError: if shapes differ, a distance is negative, or no connection is left.

    Example:
        >>> import numpy as np
        >>> line = np.abs(np.arange(4)[:, None] - np.arange(4))
        >>> wiring_length(np.eye(4, k=1), line, density=0.25)
        1.0

    Paper: Achterberg et al. 2023, doi:10.1038/s42256-023-00748-9.
    """
    w, distances = as_matrix("wiring_length", w), as_matrix("wiring_length", distances, "distances")
    if w.shape != distances.shape:
        raise bad("wiring_length", "distances", f"have the shape of `w`, {w.shape}", distances.shape)
    if (distances < 0).any():
        raise bad("wiring_length", "distances", "be zero or more", distances.min())
    return float(distances[strongest("wiring_length", abs(w), off_diagonal(len(w)), density)].mean())
