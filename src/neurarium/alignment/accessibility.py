"""Accessibility: how early, and by how many models, each example is learned."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Bool, Float

from neurarium.alignment._arrays import Array, like
from neurarium.core.card import measure
from neurarium.core.errors import bad


@measure(
    summary="How early each example is learned: the share of models and epochs that classify it rightly.",
    level="behaviour",
    paper="arxiv:1905.10854",
    tags=("behaviour", "learning-order"),
)
def accessibility(correct: Bool[Array, "models epochs samples"]) -> Float[Array, " samples"]:
    """``A(x) = Σ_m Σ_e [model m is right about x at epoch e] / (models epochs)``.

    Within one epoch this is the true-positive agreement of the models, ``TPA(x) = Σ_m [m is right] / models``:
    ``accessibility(correct[:, e : e + 1])``. Models of one order give the same ranks to examples whatever the models;
    set the rank correlation of two groups of models beside that of data that hold no order. Of models that are right
    independently of each other TPA is binomial: see :func:`bimodality`.

    Args:
        correct: whether each model is right about each example after each epoch (or stage of learning).

    Returns:
        one number in [0, 1] for each example: 1 if all models know it from the first epoch on.

    Raises:
        NeurariumError: for an array that is not boolean, not of three axes, or empty.

    Example:
        >>> early, late = [True, True], [False, True]
        >>> accessibility(torch.tensor([[early, late], [early, early]]).mT)
        tensor([1.0000, 0.7500], dtype=torch.float64)

    Paper: Hacohen, Choshen & Weinshall 2020, arXiv:1905.10854.
    """
    right = torch.as_tensor(correct) if isinstance(correct, np.ndarray) else correct
    if not isinstance(right, torch.Tensor) or right.dtype != torch.bool or right.ndim != 3 or 0 in right.shape:
        got = (getattr(right, "dtype", type(right).__name__), tuple(getattr(right, "shape", ())))
        raise bad("accessibility", "correct", "say who was right, as booleans (models, epochs, samples)", got)
    return like(right.double().mean((0, 1)), correct)
