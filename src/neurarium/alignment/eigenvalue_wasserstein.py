"""Wasserstein distance between the spectra of linear operators."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float, Real
from scipy.optimize import linear_sum_assignment

from neurarium.alignment._arrays import Array, as_double, like
from neurarium.core.card import measure
from neurarium.core.errors import bad


@measure(
    summary="Distance between the eigenvalues of linear operators, blind to how modes are mixed.",
    level="representation",
    paper="arxiv:2306.10168",
    tags=("distance", "unpaired", "operators", "dynamics"),
    is_metric=True,
)
@torch.no_grad()
def eigenvalue_wasserstein(operators: Real[Array, "systems rank _rank"]) -> Float[Array, "systems systems"]:
    """``W2_ij = sqrt(min_π mean_k |λ_k(A_i) - λ_π(k)(A_j)|²)`` over one-to-one matchings π of the eigenvalues.

    Unchanged by any change of basis ``A -> S A S^-1``, where DSA allows rotations only, so it cannot see
    non-normality. A metric on spectra: the root matters, squares violate the triangle inequality.

    Args:
        operators: one square matrix a system, e.g. of :func:`dsa_operators`; not normalised.

    Returns:
        symmetric distances with zero diagonal.

    Raises:
        NeurariumError: unless the operators are finite and square.

    Example:
        >>> eigenvalue_wasserstein(torch.diag_embed(torch.tensor([[1.0, 0.0], [0.5, 1.0]])))
        tensor([[0.0000, 0.3536],
                [0.3536, 0.0000]], dtype=torch.float64)

    Paper: Ostrow et al. 2023, arXiv:2306.10168.
    """
    A = as_double("eigenvalue_wasserstein", "operators", operators, ("systems", "rank", "rank"))
    if A.shape[1] != A.shape[2]:
        raise bad("eigenvalue_wasserstein", "operators", "be square matrices of one rank", tuple(A.shape))
    spectra = torch.linalg.eigvals(A).numpy(force=True)
    distances = torch.zeros(len(A), len(A), dtype=torch.float64)
    for i, j in torch.combinations(torch.arange(len(A))).tolist():
        cost = np.abs(spectra[i][:, None] - spectra[j]) ** 2
        distances[i, j] = distances[j, i] = cost[linear_sum_assignment(cost)].mean() ** 0.5
    return like(distances, operators)
