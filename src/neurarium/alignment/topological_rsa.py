"""Topological representational similarity analysis of two systems."""

from __future__ import annotations

import torch
from jaxtyping import Real

from neurarium.alignment._arrays import Array
from neurarium.alignment._comparators import Compare, comparator_of
from neurarium.alignment._distances import Distance, distance_of
from neurarium.alignment._pairs import paired, pairs
from neurarium.alignment._topology import geodesic, thresholded
from neurarium.core.card import measure
from neurarium.core.errors import bad


@measure(
    summary="How alike the neighbourhoods of stimuli are in two paired sets of responses.",
    level="representation",
    paper="arxiv:2309.11028",
    tags=("similarity", "paired", "rdm", "topology"),
)
@torch.no_grad()
def topological_rsa(
    X: Real[Array, "samples units_x"],
    Y: Real[Array, "samples_y units_y"],
    *,
    lower: float = 0.0,
    upper: float = 0.5,
    is_geodesic: bool = False,
    distance: str | Distance = "squared_euclidean",
    compare: str | Compare = "pearson",
) -> float:
    """RSA of distances that are squashed at both ends, ``f(d) = clip((d - l) / (u - l), 0, 1)``, in each system.

    l and u are the quantiles `lower` and `upper` of its distances: pairs below are neighbours, pairs above merely far.
    ``lower = 0, upper = 1`` is :func:`rsa`; ``lower = upper`` compares two graphs, whatever the scale of distances.

    Args:
        X: responses; row i of both answers the same stimulus.
        Y: responses, any number of units.
        lower: share of the distances that become 0.
        upper: share of the distances that are below 1.
        is_geodesic: compare shortest paths over pairs nearer than u instead; steps nearer than l have no length.
        distance: as in :func:`rdm`.
        compare: as in :func:`rsa`.

    Raises:
        NeurariumError: for unequal samples, fewer than 3, no structure, or unless ``0 <= lower <= upper <= 1``.

    Example:
        >>> X = torch.tensor([[0.0, 1.0], [1.0, 0.0], [2.0, 2.0], [3.0, 0.0]])
        >>> round(topological_rsa(X, 3 * X.flip(1) + 1), 12)
        1.0

    Paper: Lin and Kriegeskorte 2023, arXiv:2309.11028.
    """
    measure_with = distance_of(distance)
    d, e = (
        thresholded("topological_rsa", pairs(measure_with, x), lower, upper) for x in paired("topological_rsa", X, Y)
    )
    if is_geodesic:
        d, e = geodesic(d), geodesic(e)
        if not bool(d.any() and e.any()):
            hint = "Steps of no length lead from every sample to every other: lower it, to 0 if need be."
            raise bad("topological_rsa", "lower", "leave samples apart", lower, hint)
    return comparator_of(compare)(d, e)
