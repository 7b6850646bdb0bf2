"""Dynamical similarity analysis of two systems."""

from __future__ import annotations

from jaxtyping import Real

from neurarium.alignment._arrays import Array
from neurarium.alignment._dsa_distances import dsa_distances
from neurarium.alignment._dsa_effort import DEFAULT, Effort
from neurarium.alignment._dsa_operators import dsa_operators
from neurarium.core.card import measure


@measure(
    summary="Angle between the linear delay-space dynamics of two systems after the best rotation.",
    level="representation",
    paper="arxiv:2306.10168",
    tags=("distance", "unpaired", "trials", "dynamics", "rotation-invariant"),
    is_metric=True,
)
def dsa(
    X: Real[Array, "trials_x time_x units_x"],
    Y: Real[Array, "trials_y time_y units_y"],
    *,
    n_delays: int,
    interval: int = 1,
    rank: int,
    ridge: float = 1e-8,
    effort: Effort | str = DEFAULT,
) -> float:
    """Whether two systems move alike, whatever their coordinates; trials need not be paired.

    ``θ = 2 asin(½ min_C ‖A/‖A‖ - C B/‖B‖ Cᵀ‖)`` over C in O(rank); A, B from :func:`dsa_operators`. For several
    systems :func:`dsa_distances` is better: each pair then helps the others, and bounds say what may be missed.
    The number means little alone (independent random operators are about 0.44 apart): compare it with two halves
    of one system and with a null.

    Args:
        X: one system, at least ``(n_delays - 1) * interval + 2`` steps long.
        Y: the other, any number of trials, steps and units.
        n_delays: states in a window, the present one included.
        interval: steps between the states of a window.
        rank: modes kept.
        ridge: penalty of the fit.
        effort: ``"fast"``, ``"default"``, ``"thorough"`` or an :class:`Effort`.

    Example:
        >>> import torch
        >>> t = torch.arange(60.0)
        >>> slow, fast = (torch.stack([torch.cos(w * t), torch.sin(w * t)], -1)[None] for w in (0.1, 0.3))
        >>> round(dsa(slow, fast, n_delays=1, rank=2), 2)  # they turn by 0.1 and 0.3 a step
        0.2

    Paper: Ostrow et al. 2023, arXiv:2306.10168.
    """
    operators = dsa_operators([X, Y], n_delays=n_delays, interval=interval, rank=rank, ridge=ridge)
    return float(dsa_distances(operators, effort=effort).values[0, 1])
