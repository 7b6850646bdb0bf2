"""Noise ceiling: how well the best model could do on these RDMs."""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int, Real
from torch import Tensor

from neurarium.alignment._arrays import Array
from neurarium.alignment._comparators import Comparator, Compare, comparator_of
from neurarium.alignment._masks import as_pairs
from neurarium.core.card import measure
from neurarium.core.errors import bad


class NoiseCeiling(NamedTuple):
    """The best reachable mean agreement lies between `lower` and `upper`; None where one system alone cannot tell."""

    lower: float | None
    upper: float | None


@measure(
    summary="Bounds on how well any RDM can agree with the RDMs of several systems.",
    level="representation",
    paper="doi:10.1371/journal.pcbi.1003553",
    tags=("rdm",),
)
@torch.no_grad()
def noise_ceiling(rdms: Real[Array, "systems ..."], *, compare: str | Compare = "spearman") -> NoiseCeiling:
    """Mean agreement of each system with the mean RDM of all (`upper`, overfitted) and of the others (`lower`).

    RDMs are brought to one scale before they are averaged, as the comparator sees them: z-scored, of unit norm, or as
    ranks. If every two of K systems correlate by ρ, ``upper = √((1 + (K-1) ρ) / K)`` and
    ``lower = ρ √((K-1) / (1 + (K-2) ρ))``; the true RDM reaches ``√ρ``.

    Args:
        rdms: (systems, samples, samples), symmetric, or (systems, pairs); NaN where a pair is missing.
        compare: as in :func:`compare_rdms`.

    Returns:
        `lower` and `upper`, both None for a single system: it always agrees with itself.

    Raises:
        NeurariumError: for an RDM without structure, or whose known pairs no other system has.

    Example:
        >>> lower, upper = noise_ceiling(torch.tensor([[1.0, 2.0, 3.0], [1.0, 3.0, 2.0], [1.0, 2.0, 4.0]]))
        >>> round(lower, 3), round(upper, 3)
        (0.744, 0.833)

    Paper: Nili et al. 2014, doi:10.1371/journal.pcbi.1003553.
    """
    d, known = as_pairs("noise_ceiling", "rdms", rdms, is_stack=True)
    comparator = comparator_of(compare)
    if comparator.needs_all_pairs and not bool(known.all()):
        missing = f"{int((~known).sum())} missing pairs"
        raise bad("noise_ceiling", "rdms", "be complete", missing, "Whitening mixes all pairs: compare by pearson.")
    if len(d) < 2:
        return NoiseCeiling(None, None)
    scaled = torch.zeros_like(d)
    for row, values, there in zip(scaled, d, known, strict=True):
        row[there] = comparator.pool(values[there])
    total, counts = scaled.sum(0), known.sum(0)
    lower = [
        _agreement(comparator, total - mine, counts - there.long(), values, there)
        for mine, values, there in zip(scaled, d, known, strict=True)
    ]
    upper = [_agreement(comparator, total, counts, values, there) for values, there in zip(d, known, strict=True)]
    return NoiseCeiling(sum(lower) / len(lower), sum(upper) / len(upper))


def _agreement(
    comparator: Comparator,
    total: Float[Tensor, " pairs"],
    counts: Int[Tensor, " pairs"],
    values: Float[Tensor, " pairs"],
    there: Bool[Tensor, " pairs"],
) -> float:
    shared = there & (counts > 0)
    if int(shared.sum()) < 3:
        raise bad("noise_ceiling", "rdms", "share at least 3 pairs with another system each", int(shared.sum()))
    return comparator((total / counts)[shared], values[shared])
