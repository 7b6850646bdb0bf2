"""Where a fixed point of a map gains or loses stability, and how."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from jaxtyping import Real
from scipy.optimize import linear_sum_assignment

from neurarium.alignment._arrays import Array, as_double
from neurarium.core.card import measure
from neurarium.core.errors import bad

REAL = 1e-7  # an eigenvalue with a smaller imaginary part is real


@dataclass(frozen=True)
class Crossing:
    """One eigenvalue, or a conjugate pair, that passes the unit circle.

    Attributes:
        kind: ``"fold"`` at +1 (also of a transcritical or pitchfork), ``"flip"`` at -1, or ``"neimark-sacker"``.
        at: value of the parameter.
        index: the crossing lies between points `index` and ``index + 1``.
        n_outside: eigenvalues outside the unit circle before and after.
    """

    kind: Literal["fold", "flip", "neimark-sacker"]
    at: float
    index: int
    n_outside: tuple[int, int]


@measure(
    summary="Eigenvalues of a fixed point that pass the unit circle along a parameter: fold, flip or Neimark-Sacker.",
    level="implementation",
    paper="doi:10.1007/978-1-4757-3978-7",
    tags=("dynamics", "bifurcation"),
)
def bifurcation_crossings(
    jacobians: Real[Array, "points units _units"], values: Real[Array, " points"]
) -> tuple[Crossing, ...]:
    """The crossings of ``|λ| = 1`` along a branch of fixed points of a map, in the order they are met.

    Eigenvalues of neighbouring points are matched with least total distance. Where one goes from inside to outside or
    back, the parameter is interpolated linearly in ``|λ|``. A real λ crosses at +1 (saddle-node or fold, period one
    more point) or -1 (flip, period doubling), a complex pair on the circle (Neimark-Sacker, an invariant curve); a pair
    counts once. Steps must be small: two crossings of one eigenvalue between two points are not seen.

    Args:
        jacobians: derivative of the map at the fixed point, one a point of the branch, in order along it.
        values: the parameter at each point; may turn back, as it does at a fold.

    Raises:
        NeurariumError: unless the Jacobians are square and finite, a value for each, two at least.

    Example:
        >>> r = np.linspace(2.5, 3.5, 11)                       # x' = r x (1 - x) has slope 2 - r at its fixed point
        >>> flip, = bifurcation_crossings((2 - r)[:, None, None], r)
        >>> flip.kind, round(flip.at, 6)
        ('flip', 3.0)

    Paper: Kuznetsov 2004, Elements of Applied Bifurcation Theory, chapter 4.
    """
    J = as_double("bifurcation_crossings", "jacobians", jacobians, ("points", "units", "units")).cpu().numpy()
    at = as_double("bifurcation_crossings", "values", values, ("points",)).cpu().numpy()
    if J.shape[1] != J.shape[2]:
        raise bad("bifurcation_crossings", "jacobians", "be square matrices", J.shape)
    if len(J) != len(at) or len(J) < 2:
        raise bad("bifurcation_crossings", "values", f"be as many as Jacobians ({len(J)}), two at least", len(at))
    spectra = np.linalg.eigvals(J)
    n_outside = (np.abs(spectra) >= 1).sum(1).tolist()
    found = []
    for i, (before, after) in enumerate(pairwise(spectra)):
        after = after[linear_sum_assignment(np.abs(before[:, None] - after))[1]]
        low, high = np.abs(before), np.abs(after)
        for j in np.flatnonzero((low < 1) != (high < 1)):
            share = (1 - low[j]) / (high[j] - low[j])
            kind = _kind(before[j] + share * (after[j] - before[j]))
            if kind:
                where = float(at[i] + share * (at[i + 1] - at[i]))
                found.append((share, Crossing(kind, where, i, (n_outside[i], n_outside[i + 1]))))
    return tuple(c for _, c in sorted(found, key=lambda one: (one[1].index, one[0])))


def _kind(eigenvalue: complex) -> Literal["fold", "flip", "neimark-sacker"] | None:
    """Nothing for the second of a pair."""
    if abs(eigenvalue.imag) < REAL:
        return "fold" if eigenvalue.real > 0 else "flip"
    return "neimark-sacker" if eigenvalue.imag > 0 else None
