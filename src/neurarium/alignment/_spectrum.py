"""Surrogates in the spectrum: a network with its eigenvectors kept and its eigenvalues made alike."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from neurarium.alignment._weights import Matrix, as_matrix
from neurarium.core.errors import bad

MAX_CONDITION = 1e8


def homogenise_spectrum(w: Matrix) -> Float[np.ndarray, "units units"]:
    """Give all eigenvalues the same modulus and keep their phases and eigenvectors.

    ``w = V diag(λ) V⁻¹`` becomes ``V diag(r λ/|λ|) V⁻¹`` with ``r = sqrt(mean |λ|²)``: for a normal matrix that keeps
    the Frobenius norm exactly. Conjugate pairs stay conjugate, so the result is real. An eigenvalue of zero (below
    1e-12 of the largest) has no phase and becomes r. Rounding errors grow with the condition of V.

    Args:
        w: weights (units, units).

    Raises:
        NeurariumError: if all eigenvalues are zero, or the eigenvectors are nearly dependent (condition over 1e8).

    Example:
        >>> np.diag(homogenise_spectrum(np.diag([1.0, -7.0]))).round(6).tolist()
        [5.0, -5.0]
    """
    eigenvalues, vectors = np.linalg.eig(as_matrix("homogenise_spectrum", w))
    condition = np.linalg.cond(vectors)
    if not condition <= MAX_CONDITION:
        hint = "It cannot be taken apart into eigenvectors."
        raise bad(
            "homogenise_spectrum", "w", "be far from defective", f"eigenvectors of condition {condition:.1e}", hint
        )
    modulus = np.abs(eigenvalues)
    if modulus.max() == 0:
        raise bad("homogenise_spectrum", "w", "have an eigenvalue that is not zero", "all zero")
    has_phase = modulus > 1e-12 * modulus.max()
    phases = np.where(has_phase, eigenvalues / np.where(has_phase, modulus, 1.0), 1.0)
    common = np.sqrt(np.mean(modulus**2))
    return np.linalg.solve(vectors.T, (vectors * (common * phases)).T).T.real
