"""A value as the activity of a population."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from neurarium.core.card import part
from neurarium.core.errors import check_positive


@part(
    summary="A value as the activity of units with Gaussian tuning curves.",
    paper="doi:10.1109/72.991428",
    tags=("encoder",),
)
def population_code(
    x: Float[Tensor, "*shape"], *, centres: Float[Tensor, " units"], width: float
) -> Float[Tensor, "*shape units"]:
    """Activity of each unit: one at its preferred value, less the farther away.

    ``r_k = exp(-(x - c_k)² / (2 width²))``, in (0, 1]: what :func:`rate_code` and :func:`latency_code` take.

    Args:
        x: values.
        centres: preferred value c of each unit, in the unit of `x`.
        width: standard deviation of a tuning curve, in the unit of `x`; about the distance of two centres.

    Example:
        >>> r = population_code(torch.tensor([0.5]), centres=torch.linspace(0.0, 1.0, 3), width=0.5)
        >>> [round(v, 3) for v in r[0].tolist()]
        [0.607, 1.0, 0.607]

    Paper: Bohte, La Poutré and Kok 2002, doi:10.1109/72.991428.
    """
    check_positive("population_code", width=width)
    return torch.exp(-(((x.unsqueeze(-1) - centres.to(x)) / width) ** 2) / 2)
