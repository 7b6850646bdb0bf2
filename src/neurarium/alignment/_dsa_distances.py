"""All distances of a collection of linear operators up to rotation: the second half of DSA."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float, Real

from neurarium.alignment._arrays import Array, as_double, like
from neurarium.alignment._dsa_effort import DEFAULT, Effort, effort_named
from neurarium.alignment._dsa_search import AlignmentTable, to_angle
from neurarium.alignment._dsa_starts import lower_bounds
from neurarium.core.errors import bad
from neurarium.core.rng import Rng


@dataclass(frozen=True, eq=False)
class DSADistances:
    """Result of :func:`dsa_distances`.

    Attributes:
        values: angles in radians, symmetric, zero diagonal, without a violation of the triangle inequality.
        lower_bounds: angles that no rotation can beat; ``values - lower_bounds`` bounds what a search may have missed.
        alignments: orthogonal matrices with ``A_i ≈ C_ij A_j C_ijᵀ`` for the normalised operators.
        n_repaired: pairs improved by going through a third system.
    """

    values: Float[Array, "systems systems"]
    lower_bounds: Float[Array, "systems systems"]
    alignments: Float[Array, "systems systems rank rank"]
    n_repaired: int


@torch.no_grad()
def dsa_distances(
    operators: Real[Array, "systems rank _rank"], *, effort: Effort | str = DEFAULT, seed: int = 0
) -> DSADistances:
    """Angle between each two operators, rotated into each other as well as can be.

    ``θ_ij = 2 asin(d_ij / 2)``, ``d_ij = min_C ‖A_i/‖A_i‖ - C A_j/‖A_j‖ Cᵀ‖`` over C in O(rank). No C changes the
    trace, so only the traceless parts are aligned. Symmetric, deterministic, the same for rotated operators.

    Args:
        operators: one matrix a system, of one rank, e.g. of :func:`dsa_operators`; never modified.
        effort: ``"fast"``, ``"default"``, ``"thorough"`` or an :class:`Effort`; the minimum of unrelated operators
            is rugged, so publish it with the number.
        seed: of the random starts, which only ``"thorough"`` or an effort with `n_random` draws.

    Raises:
        NeurariumError: unless the operators are finite, square and not zero.

    Example:
        >>> A = torch.tensor([[0.9, 0.5], [0.0, 0.3]])
        >>> found = dsa_distances(torch.stack([A, A.flip(0, 1), torch.eye(2)]))  # the second is the first, relabelled
        >>> found.values[0].round(decimals=3)
        tensor([0.0000, 0.0000, 0.6580], dtype=torch.float64)

    Paper: Ostrow et al. 2023, arXiv:2306.10168.
    """
    owner, effort = "dsa_distances", effort_named(effort)
    A = as_double(owner, "operators", operators, ("systems", "rank", "rank"))
    if A.shape[1] != A.shape[2]:
        raise bad(owner, "operators", "be square matrices of one rank", tuple(A.shape))
    norms = A.norm(dim=(-1, -2), keepdim=True)
    if not bool((norms > 0).all()):
        raise bad(owner, "operators", "differ from zero", "a zero matrix", "It has no direction to compare.")
    A = A / norms
    order = (A + A.mT).norm(dim=(-1, -2)).argsort()  # so that d(X, Y) and d(Y, X) are one computation
    table = AlignmentTable(A[order], effort, Rng(seed))
    table.search()
    table.repair()
    table.finish()
    table.close_triangles()
    back = order.argsort()
    values, C = table.angles[back][:, back], table.alignments[back][:, back]
    bounds = to_angle(lower_bounds(A)).minimum(values)  # rounding alone could put a bound above its value
    n_repaired = int(table.is_repaired.sum())
    return DSADistances(like(values, operators), like(bounds, operators), like(C, operators), n_repaired)
