"""Weight entropy: how evenly the strength of a network is spread over its connections."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from neurarium.alignment._weights import Weights, as_weights, entropy_bits, off_diagonal
from neurarium.core.card import measure


@measure(
    summary="Shannon entropy of the shares of total strength that connections hold, in bits.",
    level="implementation",
    paper="arxiv:2409.17693",
    tags=("network", "entropy"),
)
def weight_entropy(w: Weights, *, use_diagonal: bool = False) -> Float[np.ndarray, "*batch"] | float:
    """Entropy of the weights as a distribution over connections.

    ``H = -Σ_ij p_ij log2 p_ij`` with ``p = |w| / Σ|w|``; at most ``log2(n (n - 1))``, reached by equal weights. It
    does not change when w is scaled, nor when its entries change places: a rewired network has the same H.

    Args:
        w: weights (..., units, units); signs are ignored.
        use_diagonal: whether self-connections count; without them a network that collapses to self-connections
            is not taken for an ordered one.

    Returns:
        bits, one for each matrix.

    Raises:
        NeurariumError: if `w` is not square and finite, or no weight that counts differs from zero.

    Example:
        >>> import numpy as np
        >>> round(weight_entropy(np.ones((5, 5))), 6), round(float(np.log2(20)), 6)
        (4.321928, 4.321928)

    Paper: Sheeran et al. 2024, arXiv:2409.17693.
    """
    w = np.abs(as_weights("weight_entropy", w))
    n_units = w.shape[-1]
    counts = np.ones((n_units, n_units), dtype=bool) if use_diagonal else off_diagonal(n_units)
    return entropy_bits("weight_entropy", w[..., counts])
