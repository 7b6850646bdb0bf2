"""Variance partitioning: which part of a response only one family of features explains, and which several do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain, combinations

import torch
from jaxtyping import Real, Shaped

from neurarium.alignment._arrays import Array, as_double
from neurarium.alignment._regressors import Regressor
from neurarium.alignment.encoding_model import encoding_model
from neurarium.core.card import measure
from neurarium.core.errors import bad

Names = tuple[str, ...]


@dataclass(frozen=True)
class VariancePartition:
    """Shares of variance, one value for each target; keys are tuples of families in the order they were given.

    Attributes:
        explained: held-out R² of each union of families.
        parts: what all families of a key explain in common and no other does; the parts of all keys add up to the R²
            of all families. Held-out parts are differences of estimates and may be negative.
    """

    explained: Mapping[Names, Array]
    parts: Mapping[Names, Array]


@measure(
    summary="Unique and shared parts of the variance that families of features explain together.",
    level="representation",
    paper="doi:10.3389/fnhum.2015.00135",
    tags=("encoding", "cross-validated", "families"),
)
def variance_partition(
    families: Mapping[str, Real[Array, "samples units"]],
    Y: Real[Array, "samples_y *repeats targets"],
    *,
    regressor: Regressor | None = None,
    n_folds: int = 5,
    blocks: Shaped[Array, " samples"] | None = None,
) -> VariancePartition:
    """Inclusion and exclusion over the held-out R² of every union of two to four families.

    The part common to exactly the families S, of all families F, is
    ``part(S) = Σ_{T ⊆ S} (-1)^(|T|+1) R²(T ∪ (F - S))``; for one family ``R²(F) - R²(F - S)``.
    Each family enters with total variance one, so that none is favoured for its number or its size of units.

    Args:
        families: name -> features; row i of all of them and of Y answers the same stimulus.
        Y: responses, with repeats or without.
        regressor: as in :func:`encoding_model`, as are `n_folds` and `blocks`.
        n_folds: number of folds.
        blocks: label of each sample; samples of one label are never separated.

    Raises:
        NeurariumError: for fewer than two families or more than four, or data that :func:`encoding_model` refuses.

    Example:
        >>> X = torch.randn(90, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
        >>> both = variance_partition({"a": X[:, :1], "b": X[:, 1:]}, X[:, :1] + X[:, 1:])
        >>> abs(float(both.parts["a", "b"])) < 0.1 < float(both.parts["a",])
        True

    Paper: Lescroart, Stansbury and Gallant 2015, doi:10.3389/fnhum.2015.00135.
    """
    if not 2 <= len(families) <= 4:
        raise bad("variance_partition", "families", "name two to four families", sorted(families))
    scaled = {name: _unit_variance(name, values) for name, values in families.items()}
    explained: dict[Names, Array] = {}
    for names in _subsets(tuple(families)):
        x = torch.cat([scaled[name] for name in names], 1)
        features = x.numpy(force=True) if not isinstance(Y, torch.Tensor) else x
        explained[names] = encoding_model(features, Y, regressor=regressor, n_folds=n_folds, blocks=blocks).r2
    zero = 0 * explained[tuple(families)]
    parts = {}
    for names in explained:
        others = tuple(n for n in families if n not in names)
        terms = {tuple(n for n in families if n in {*t, *others}): len(t) for t in [(), *_subsets(names)]}
        parts[names] = sum(((-1) ** (k + 1) * explained.get(union, zero) for union, k in terms.items()), zero)
    return VariancePartition(explained, parts)


def _subsets(names: Names) -> list[Names]:
    """All subsets but the empty one, in the order of the families."""
    return list(chain.from_iterable(combinations(names, k) for k in range(1, len(names) + 1)))


def _unit_variance(name: str, values: Array) -> torch.Tensor:
    x = as_double("variance_partition", f"families[{name!r}]", values, ("samples", "units"))
    x = x - x.mean(0)
    size = x.square().sum(1).mean().sqrt()
    if not bool(size > 0):
        raise bad("variance_partition", f"families[{name!r}]", "vary over samples", "constant data")
    return x / size
