"""Two versus two: can two stimuli be told apart by what was predicted for them?"""

from __future__ import annotations

import torch
from jaxtyping import Float, Real
from torch import Tensor

from neurarium.alignment._arrays import Array, as_double
from neurarium.core.card import measure
from neurarium.core.errors import bad


@measure(
    summary="Share of pairs of stimuli whose predictions fit better the right way round than crossed.",
    level="representation",
    paper="doi:10.1126/science.1152876",
    tags=("encoding", "decoding"),
)
def two_versus_two_accuracy(predictions: Real[Array, "samples units"], Y: Real[Array, "samples_y units_y"]) -> float:
    """Of all pairs i < j the share with ``cos(y_i, p_i) + cos(y_j, p_j) > cos(y_i, p_j) + cos(y_j, p_i)``.

    Chance is 1/2; a tie counts one half. Means over samples are not removed: centre each unit first if they differ
    much, else all cosines are near one.

    Args:
        predictions: held-out predictions, e.g. of :func:`encoding_model`.
        Y: recorded responses to the same stimuli.

    Raises:
        NeurariumError: for unequal shapes, fewer than two samples, or a row of zeros, which has no direction.

    Example:
        >>> two_versus_two_accuracy(torch.eye(3), torch.eye(3) + 0.1)
        1.0

    Paper: Mitchell et al. 2008, doi:10.1126/science.1152876.
    """
    owner = "two_versus_two_accuracy"
    p, y = (as_double(owner, name, v, ("samples", "units")) for name, v in (("predictions", predictions), ("Y", Y)))
    if p.shape != y.shape or len(p) < 2:
        raise bad(owner, "Y", f"have the shape of `predictions`, {tuple(p.shape)}, two rows or more", tuple(y.shape))
    cosine = _directions(owner, "Y", y) @ _directions(owner, "predictions", p).mT
    right = cosine.diagonal()[:, None] + cosine.diagonal()
    margin = right - cosine - cosine.mT
    i, j = torch.triu_indices(len(p), len(p), 1, device=p.device)
    margin = margin[i, j]
    decided = margin.abs() > 1e-12
    return float(torch.where(decided, (margin > 0).double(), 0.5).mean())


def _directions(owner: str, param: str, values: Tensor) -> Float[Tensor, "samples units"]:
    size = torch.linalg.vector_norm(values, dim=1, keepdim=True)
    if not bool((size > 0).all()):
        raise bad(owner, param, "have no row of zeros", "a row of zeros", "It has no direction.")
    return values / size
