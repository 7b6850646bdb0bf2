"""Comparison of two RDMs that are there already."""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Real

from neurarium.alignment._arrays import Array
from neurarium.alignment._comparators import Compare, comparator_of
from neurarium.alignment._masks import as_pairs
from neurarium.core.card import measure
from neurarium.core.errors import bad


class RDMComparison(NamedTuple):
    """How alike two RDMs are, and over how many pairs of stimuli that both of them have."""

    value: float
    n_pairs: int


@measure(
    summary="How alike two representational dissimilarity matrices are.",
    level="representation",
    paper="doi:10.3389/neuro.06.004.2008",
    tags=("similarity", "paired", "rdms"),
)
@torch.no_grad()
def compare_rdms(
    rdm_x: Real[Array, "*axes"], rdm_y: Real[Array, "*axes_y"], *, compare: str | Compare = "spearman"
) -> RDMComparison:
    """Compare two RDMs over the pairs of samples that both have: those of a file, or of :func:`rdm`.

    Args:
        rdm_x: (samples, samples), symmetric, or its upper triangle row by row (pairs); NaN where a pair is missing.
        rdm_y: of the same samples in the same order.
        compare: ``spearman``, ``pearson``, ``cosine``, ``tau_a`` and ``rho_a`` (for models with ties),
            ``whitened_cosine``, ``whitened_pearson`` (all pairs needed), or any function of two vectors of pairs.

    Returns:
        `value`, and `n_pairs` that it rests on.

    Raises:
        NeurariumError: for matrices of different samples or not symmetric, fewer than 3 shared pairs, or no structure.

    Example:
        >>> compare_rdms(torch.tensor([1.0, 2.0, 3.0]), torch.tensor([10.0, 99.0, 20.0]), compare="tau_a").n_pairs
        3

    Paper: Kriegeskorte et al. 2008, doi:10.3389/neuro.06.004.2008.
    """
    d, has_d = as_pairs("compare_rdms", "rdm_x", rdm_x)
    e, has_e = as_pairs("compare_rdms", "rdm_y", rdm_y)
    if d.shape != e.shape:
        raise bad("compare_rdms", "rdm_y", f"have as many pairs as rdm_x ({len(d)})", len(e))
    comparator, shared = comparator_of(compare), has_d & has_e.to(d.device)
    n_pairs = int(shared.sum())
    if comparator.needs_all_pairs and n_pairs < len(d):
        hint = "Whitening mixes all pairs: drop these samples, or compare by pearson."
        raise bad("compare_rdms", "rdm_x", "be complete", f"{len(d) - n_pairs} missing pairs", hint)
    if n_pairs < 3:
        raise bad("compare_rdms", "rdm_x", "share at least 3 pairs with rdm_y", n_pairs)
    return RDMComparison(comparator(d[shared], e.to(d.device)[shared]), n_pairs)
