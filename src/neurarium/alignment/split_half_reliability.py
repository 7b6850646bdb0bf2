"""Split-half reliability: how well recorded responses repeat themselves."""

from __future__ import annotations

from itertools import combinations
from math import comb

import torch
from jaxtyping import Float, Real
from torch import Tensor

from neurarium.alignment._arrays import Array, as_double, like
from neurarium.core.card import measure
from neurarium.core.errors import bad, check_count
from neurarium.core.rng import Rng


@measure(
    summary="Reliability of mean responses, from the correlation of halves of the repeats.",
    level="representation",
    paper="doi:10.1111/j.2044-8295.1910.tb00206.x",
    tags=("reliability", "ceiling"),
)
def split_half_reliability(
    Y: Real[Array, "samples repeats units"], *, n_splits: int = 100
) -> Float[Array, " units"] | None:
    """Spearman and Brown's ``ρ = k r / (1 + (k - 1) r)``, with r the correlation of two halves' means over samples.

    r is averaged over halvings; k is the number of repeats over those of a half: 2 if even, ``ρ = 2r / (1 + r)``. If
    odd, each halving leaves one repeat out. ρ is the squared correlation of the mean response with the true one, so
    that no model is expected to predict it better than ``sqrt(ρ)``. It is an estimate: below zero for noise.

    Args:
        Y: responses to the same stimuli, repeated.
        n_splits: halvings to average: all there are, or else this many, drawn the same way every time.

    Returns:
        None for one repeat, which says nothing about noise.

    Raises:
        NeurariumError: for values that are not finite or a unit that does not vary.

    Example:
        >>> signal = torch.arange(8.0)[:, None, None]
        >>> split_half_reliability(signal.expand(8, 4, 1)).round(decimals=9).tolist()
        [1.0]

    Paper: Spearman 1910, doi:10.1111/j.2044-8295.1910.tb00206.x; Brown 1910.
    """
    check_count("split_half_reliability", n_splits=n_splits)
    y = as_double("split_half_reliability", "Y", Y, ("samples", "repeats", "units"))
    n_repeats = y.shape[1]
    if n_repeats == 1:
        return None
    k = n_repeats / (n_repeats // 2)
    r = torch.stack([_correlation(y[:, a].mean(1), y[:, b].mean(1)) for a, b in _halvings(n_repeats, n_splits)]).mean(0)
    return like(k * r / (1 + (k - 1) * r), Y)


def _halvings(n_repeats: int, n_splits: int) -> list[tuple[list[int], list[int]]]:
    """Two disjoint halves of the repeats: every pair, or `n_splits` drawn from a fixed stream."""
    half, everyone = n_repeats // 2, range(n_repeats)
    if comb(n_repeats, half) * comb(n_repeats - half, half) // 2 > n_splits:
        generator = Rng(0).numpy("halves")
        order = [generator.permutation(n_repeats).tolist() for _ in range(n_splits)]
        return [(o[:half], o[half : 2 * half]) for o in order]
    firsts = [list(a) for a in combinations(everyone, half)]
    pairs = [(a, list(b)) for a in firsts for b in combinations([i for i in everyone if i not in a], half)]
    return [(a, b) for a, b in pairs if a < b]


def _correlation(a: Tensor, b: Tensor) -> Float[Tensor, " units"]:
    a, b = a - a.mean(0), b - b.mean(0)
    size = torch.linalg.vector_norm(a, dim=0) * torch.linalg.vector_norm(b, dim=0)
    if not bool((size > 0).all()):
        which = torch.nonzero(size == 0).flatten()[:5].tolist()
        raise bad("split_half_reliability", "Y", "vary over samples", f"constant units {which}", "Drop them.")
    return (a * b).sum(0) / size
