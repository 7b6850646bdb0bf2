"""Do two systems err on the same samples?"""

from __future__ import annotations

import torch
from jaxtyping import Bool

from neurarium.alignment._arrays import Array
from neurarium.core.card import measure
from neurarium.core.errors import bad


@measure(
    summary="Agreement of two systems on which samples they get right, beyond what their accuracies imply (Cohen's κ).",
    level="behaviour",
    paper="arxiv:2006.16736",
    tags=("behaviour", "paired"),
)
def error_consistency(X: Bool[Array, " samples"], Y: Bool[Array, " samples"]) -> float:
    """``κ = (c - e) / (1 - e)``: how far two systems are right and wrong on the same samples.

    c is the share of samples on which both are right or both wrong; e is what two systems of these accuracies p and q
    would share if their errors were independent: ``e = p q + (1 - p)(1 - q)``. 1: the very same errors; 0:
    independent ones; below 0: each errs where the other does not.

    Args:
        X: whether the first system is right, a sample each.
        Y: whether the second is, of the same samples.

    Returns:
        κ; NaN where both are always right, or both always wrong: then there is nothing to agree on.

    Raises:
        NeurariumError: for unequal or no samples.

    Example:
        >>> error_consistency(torch.tensor([True, True, False, False]), torch.tensor([True, True, True, False]))
        0.5

    Paper: Geirhos, Meding & Wichmann 2020, arXiv:2006.16736.
    """
    x, y = (torch.as_tensor(z) for z in (X, Y))
    for name, z in (("X", x), ("Y", y)):
        if z.dtype != torch.bool or z.ndim != 1 or len(z) == 0:
            raise bad("error_consistency", name, "say of each sample whether it was right", (z.dtype, tuple(z.shape)))
    if len(x) != len(y):
        raise bad("error_consistency", "Y", f"have as many samples as X ({len(x)})", len(y))
    p, q = (float(z.double().mean()) for z in (x, y))
    shared, expected = float((x == y).double().mean()), p * q + (1 - p) * (1 - q)
    return (shared - expected) / (1 - expected) if expected < 1 else float("nan")
