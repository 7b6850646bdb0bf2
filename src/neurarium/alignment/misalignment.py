"""How unlike two sets of responses are, as a loss: gradients reach whoever is to be aligned."""

from __future__ import annotations

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from neurarium.core.card import measure
from neurarium.core.errors import bad, unknown

Similarity = Callable[[Tensor, Tensor], Tensor]


@measure(
    summary="One minus the similarity of two paired sets of responses, differentiable: a loss that aligns.",
    level="representation",
    paper="arxiv:2310.13018",
    tags=("paired", "differentiable", "rotation-invariant"),
)
def misalignment(
    X: Float[Tensor, "samples units_x"], Y: Float[Tensor, "samples_y units_y"], *, similarity: str = "cka"
) -> Float[Tensor, ""]:
    """``1 - s(X, Y)`` of centred responses, in their own precision; 0 if a rotation and a scale make them equal.

    ``cka``: ``⟨K, L⟩ / (‖K‖ ‖L‖)`` with ``K = X Xᵀ``, ``L = Y Yᵀ``; ``rsa``: the correlation of squared distances
    between samples; ``procrustes``: ``‖XᵀY‖_* / (‖X‖ ‖Y‖)``. None of them is corrected for few samples: the bias is
    the same whatever is learned, the gradient is not biased towards a target that no sample shows.

    Args:
        X: responses that learn.
        Y: responses to the same samples, e.g. of a teacher, detached.
        similarity: ``"cka"``, ``"rsa"`` or ``"procrustes"``.

    Raises:
        NeurariumError: for unequal samples, fewer than three, or a similarity that is not known.

    Example:
        >>> x = torch.tensor([[0.0, 1.0], [1.0, 0.0], [2.0, 2.0], [3.0, 0.0]], requires_grad=True)
        >>> loss = misalignment(x, torch.eye(4)[:, :3], similarity="procrustes")
        >>> loss.backward(); bool(x.grad.abs().sum() > 0)
        True

    Paper: Sucholutsky et al. 2023, arXiv:2310.13018 (increasing alignment).
    """
    if similarity not in SIMILARITIES:
        raise unknown("similarity", similarity, SIMILARITIES)
    if X.ndim != 2 or Y.ndim != 2 or len(X) != len(Y) or len(X) < 3:
        must = "be (samples, units), for the same three samples or more"
        raise bad("misalignment", "X, Y", must, (tuple(X.shape), tuple(Y.shape)))
    return 1 - SIMILARITIES[similarity](X - X.mean(0), Y - Y.mean(0))


def _cka(x: Tensor, y: Tensor) -> Tensor:
    return (x.mT @ y).square().sum() / ((x.mT @ x).norm() * (y.mT @ y).norm()).clamp_min(_tiny(x))


def _rsa(x: Tensor, y: Tensor) -> Tensor:
    a, b = (_centred_pairs(z) for z in (x, y))
    return (a * b).sum() / (a.norm() * b.norm()).clamp_min(_tiny(x))


def _centred_pairs(x: Tensor) -> Tensor:
    """Squared distances between all pairs less their mean, zero on the diagonal; each pair stands there twice."""
    power = x.square().sum(1)
    d = power[:, None] + power - 2 * x @ x.mT
    d = d - d.diagonal().diag()
    mean = d.sum() / (len(x) * (len(x) - 1))
    return (d - mean) * (1 - torch.eye(len(x), dtype=x.dtype, device=x.device))


def _procrustes(x: Tensor, y: Tensor) -> Tensor:
    return torch.linalg.matrix_norm(x.mT @ y, "nuc") / (x.norm() * y.norm()).clamp_min(_tiny(x))


def _tiny(x: Tensor) -> float:
    return torch.finfo(x.dtype).tiny


SIMILARITIES: dict[str, Similarity] = {"cka": _cka, "rsa": _rsa, "procrustes": _procrustes}
