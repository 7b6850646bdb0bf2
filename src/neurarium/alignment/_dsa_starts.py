"""Where the search for the best rotation starts, and a bound below which it can never get.

A start must follow a change of basis: if A' = Q A Qᵀ, the start for (A', B) must be Q times the start for (A, B).
Eigenvectors of symmetric matrices made of A alone (A + Aᵀ, A Aᵀ, ...) do so up to their signs, and those are all
that is left to choose for a pair. The fit of a delay embedding fixes its modes only up to sign as well.
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

Operators = Float[Tensor, "systems n n"]
N_ANGLES = 4  # directions in which the bound looks at the numerical range


def covariant_bases(A: Operators, n_bases: int) -> Float[Tensor, "systems bases n n"]:
    """Orthogonal bases with ``U(C A Cᵀ) = C U(A)`` up to column signs; the first diagonalises ``A + Aᵀ``."""
    S, K, left, right = 0.5 * (A + A.mT), 0.5 * (A - A.mT), _unit(A @ A.mT), _unit(A.mT @ A)
    s = _unit(S)
    family = (
        S,
        left,
        right,
        s + left,
        s - right,
        _unit(K @ K.mT) + 0.7 * s,
        s + _unit(A @ S @ A.mT),
        left - right,
    )
    return torch.stack([torch.linalg.eigh(M)[1] for M in family[:n_bases]], 1)


def sign_starts(
    A: Float[Tensor, "pairs n n"],
    B: Float[Tensor, "pairs n n"],
    UA: Float[Tensor, "pairs bases n n"],
    UB: Float[Tensor, "pairs bases n n"],
) -> Float[Tensor, "pairs bases n n"]:
    """For each basis ``C = UA diag(s) UBᵀ`` with the signs s that maximise ``⟨A, C B Cᵀ⟩ = sᵀ M s``.

    ``M = (UAᵀ A UA) ∘ (UBᵀ B UB)``. Exact where the pair is conjugate and the spectrum of the basis is simple,
    for both determinants of C.
    """
    M = (UA.mT @ A[:, None] @ UA) * (UB.mT @ B[:, None] @ UB)
    return UA * _best_signs(0.5 * (M + M.mT))[..., None, :] @ UB.mT


def _best_signs(M: Float[Tensor, "*batch n n"]) -> Float[Tensor, "*batch n"]:
    """Nearly ``argmax sᵀ M s`` over signs: those of the leading eigenvector, then flips while one helps."""
    s = torch.where(torch.linalg.eigh(M)[1][..., -1] >= 0, 1.0, -1.0).to(M.dtype)
    off_diagonal = M - torch.diag_embed(M.diagonal(dim1=-2, dim2=-1))
    for _ in range(M.shape[-1]):
        gain, worst = (s * (off_diagonal @ s[..., None])[..., 0]).min(-1, keepdim=True)
        if not (gain < 0).any():
            break
        s.scatter_(-1, worst, torch.where(gain < 0, -1.0, 1.0) * s.gather(-1, worst))
    return s


def lower_bounds(A: Operators) -> Float[Tensor, "systems systems"]:
    """Certified: ``min_C ‖A_i - C A_j Cᵀ‖`` is at least this, whatever C in O(n).

    ``‖A - C B Cᵀ‖² = ‖H - C H' C*‖² + ‖K - C K' C*‖²`` for the Hermitian and skew parts of ``e^{iθ} A`` and
    ``e^{iθ} B`` at every θ, and each term is at least the distance of the sorted eigenvalues (Hoffman-Wielandt);
    singular values bound it likewise (Mirsky). The largest of these bounds is returned.
    """
    values = torch.linalg.svdvals(A)
    bound = torch.cdist(values, values, compute_mode="donot_use_mm_for_euclid_dist")
    H, K = 0.5 * (A + A.mT), 0.5 * (A - A.mT)
    for k in range(N_ANGLES):
        angle = torch.tensor(torch.pi * k / (2 * N_ANGLES), dtype=A.dtype)
        cos, sin = angle.cos(), angle.sin()
        parts = torch.linalg.eigvalsh(torch.cat([torch.complex(cos * H, sin * K), torch.complex(sin * H, -cos * K)]))
        values = torch.cat(parts.chunk(2), -1)
        bound = bound.maximum(torch.cdist(values, values, compute_mode="donot_use_mm_for_euclid_dist"))
    return bound


def _unit(M: Operators) -> Operators:
    return M / M.norm(dim=(-1, -2), keepdim=True).clamp_min(torch.finfo(M.dtype).tiny)
