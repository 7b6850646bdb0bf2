"""Spectral entropy: how many different modes the linear dynamics of a network has."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from neurarium.alignment._weights import Edges, Matrix, as_matrix, entropy_bits, histogram_bits
from neurarium.core.card import measure

# Bins are centred on multiples of 0.1 and of π/16: 1, 0, π/2 and π must not lie on an edge, where rounding decides.
MODULUS_EDGES = (0.0, *((i + 0.5) / 10 for i in range(20)), float("inf"))
PHASE_EDGES = (0.0, *((i + 0.5) * np.pi / 16 for i in range(16)), np.pi)


@dataclass(frozen=True)
class SpectralEntropy:
    """Summary of the eigenvalues of a weight matrix.

    Attributes:
        entropy_bits: entropy of the shares |λ| / Σ|λ|; at most log2 n.
        radius: largest modulus.
        modulus_std: standard deviation of the moduli (of time constants, for linear dynamics).
        modulus_entropy_bits: entropy of the histogram of moduli.
        phase_entropy_bits: entropy of the histogram of |phase| (of frequencies, for linear dynamics).
    """

    entropy_bits: float
    radius: float
    modulus_std: float
    modulus_entropy_bits: float
    phase_entropy_bits: float


@measure(
    summary="Entropy and spread of eigenvalue moduli and phases of a weight matrix.",
    level="implementation",
    paper="arxiv:2409.17693",
    tags=("network", "entropy", "spectrum"),
)
def spectral_entropy(
    w: Matrix,
    *,
    modulus_edges: Edges = MODULUS_EDGES,
    phase_edges: Edges = PHASE_EDGES,
) -> SpectralEntropy:
    """Entropies of the spectrum, in bits.

    ``H = -Σ_i p_i log2 p_i`` with ``p_i = |λ_i| / Σ|λ|``; the others are entropies of histograms over fixed bins, the
    same for every network. Phases are folded to [0, π], since eigenvalues of a real matrix come in conjugate pairs;
    an eigenvalue of zero (below 1e-12 of the radius) has none and is left out of them.

    Args:
        w: weights (units, units).
        modulus_edges: rising bin edges that cover every modulus; default 0.1 wide, the last one from 1.95 on.
        phase_edges: rising bin edges in radians that cover [0, π]; default π/16 wide.

    Raises:
        NeurariumError: if `w` is not a finite square matrix, all eigenvalues are zero, or edges miss a value.

    Example:
        >>> spectral_entropy(np.eye(4)).entropy_bits
        2.0

    Paper: Sheeran et al. 2024, arXiv:2409.17693.
    """
    eigenvalues = np.linalg.eigvals(as_matrix("spectral_entropy", w))
    modulus = np.abs(eigenvalues)
    phase = np.abs(np.angle(eigenvalues[modulus > 1e-12 * modulus.max()]))
    return SpectralEntropy(
        entropy_bits=float(entropy_bits("spectral_entropy", modulus)),
        radius=float(modulus.max()),
        modulus_std=float(modulus.std()),
        modulus_entropy_bits=histogram_bits("spectral_entropy", modulus, modulus_edges, "modulus_edges"),
        phase_entropy_bits=histogram_bits("spectral_entropy", phase, phase_edges, "phase_edges"),
    )
