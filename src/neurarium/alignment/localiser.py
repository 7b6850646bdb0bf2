"""Localiser: the units that answer one kind of stimulus more than another."""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Float, Int64, Real
from torch import Tensor

from neurarium.alignment._arrays import Array, as_double, like
from neurarium.core.card import measure
from neurarium.core.errors import bad, check_count


class Localised(NamedTuple):
    """`t`: Welch's t of every unit; `selected`: the units of largest t, best first."""

    t: Float[Array, " units"]
    selected: Int64[Array, " n_units"]


@measure(
    summary="Units that prefer one kind of stimulus: largest Welch's t of a contrast, as for regions of the brain.",
    level="representation",
    paper="doi:10.1152/jn.00032.2010",
    tags=("selectivity", "contrast"),
)
def localiser(
    preferred: Real[Array, "samples units"], other: Real[Array, "samples_other units"], *, n_units: int
) -> Localised:
    """``t = (m₁ - m₂) / sqrt(v₁ / n₁ + v₂ / n₂)`` of each unit over stimuli, and the `n_units` units of largest t.

    Select on one half of the stimuli and measure on the other: selected units prefer, by construction, the stimuli
    they were selected on. Units without variance have t = 0 if their means are equal, else an infinite one.

    Args:
        preferred: responses to the kind of stimulus looked for, e.g. sentences.
        other: responses to the kind that controls for the rest, e.g. lists of non-words.
        n_units: number of units to select; of equal t the first ones.

    Raises:
        NeurariumError: for fewer than two stimuli of a kind, unequal units, or more units asked for than there are.

    Example:
        >>> rest, active = torch.tensor([[0.0, 1.0], [2.0, 3.0]]), torch.tensor([[0.0, 6.0], [2.0, 8.0]])
        >>> localiser(active, rest, n_units=1).selected.tolist()
        [1]

    Paper: Fedorenko et al. 2010, doi:10.1152/jn.00032.2010; in networks: AlKhamissi et al. 2024, arXiv:2406.15109.
    """
    owner = "localiser"
    a, b = (as_double(owner, n, v, ("samples", "units")) for n, v in (("preferred", preferred), ("other", other)))
    check_count(owner, n_units=n_units)
    if a.shape[1] != b.shape[1]:
        raise bad(owner, "other", f"have the units of `preferred` ({a.shape[1]})", b.shape[1])
    for name, values in (("preferred", a), ("other", b)):
        if len(values) < 2:
            raise bad(owner, name, "have two samples or more", len(values))
    if n_units > a.shape[1]:
        raise bad(owner, "n_units", f"be at most {a.shape[1]}, the units there are", n_units)
    difference = a.mean(0) - b.mean(0)
    t = difference / (a.var(0) / len(a) + b.var(0) / len(b)).sqrt()
    t = torch.where(difference == 0, 0.0, t)
    return Localised(like(t, preferred), like(_largest(t, n_units), preferred))


def _largest(t: Tensor, n_units: int) -> Int64[Tensor, " n_units"]:
    return torch.argsort(t, descending=True, stable=True)[:n_units]
