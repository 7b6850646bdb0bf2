"""Classifier agreement: how many models say the same, right or wrong."""

from __future__ import annotations

import torch
from jaxtyping import Float, Integer

from neurarium.alignment._arrays import Array, like
from neurarium.core.card import measure
from neurarium.core.errors import bad


@measure(
    summary="Share of models that give the commonest answer to each example, be it right or wrong.",
    level="behaviour",
    paper="arxiv:1905.10854",
    tags=("behaviour", "learning-order"),
)
def classifier_agreement(answers: Integer[Array, "models samples"]) -> Float[Array, " samples"]:
    """``CLA(x) = max_k Σ_m [model m says k] / models``: agreement on labels, without looking at the truth.

    Where models agree on the right label it equals the true-positive agreement of :func:`accessibility`; where it is
    above, they err alike.

    Args:
        answers: the label each model gives to each example.

    Returns:
        a share for each example, from ``1 / models`` to 1.

    Raises:
        NeurariumError: for labels that are no whole numbers, or no array (models, samples).

    Example:
        >>> classifier_agreement(torch.tensor([[0, 1], [0, 2], [0, 2], [0, 3]]))
        tensor([1.0000, 0.5000], dtype=torch.float64)

    Paper: Hacohen, Choshen & Weinshall 2020, arXiv:1905.10854.
    """
    said = torch.as_tensor(answers)
    if said.is_floating_point() or said.is_complex() or said.dtype == torch.bool or said.ndim != 2 or 0 in said.shape:
        must = "hold whole numbers (models, samples)"
        raise bad("classifier_agreement", "answers", must, (str(said.dtype), tuple(said.shape)))
    votes = (said == said.mode(0).values).double().mean(0)
    return like(votes, answers)
