"""Centred kernel alignment."""

from __future__ import annotations

from collections.abc import Callable

import torch
from jaxtyping import Float, Real
from torch import Tensor

from neurarium.alignment._arrays import Array, centred_pair
from neurarium.core.card import measure
from neurarium.core.errors import bad

Kernel = Callable[[Float[Tensor, "samples units"]], Float[Tensor, "samples samples"]]
Products = tuple[tuple[Tensor, Tensor, Tensor], Tensor, Tensor]  # ⟨K,K⟩, ⟨K,L⟩, ⟨L,L⟩; diag K; diag L


@measure(
    summary="Centred kernel alignment of two paired sets of responses, debiased.",
    level="representation",
    paper="arxiv:1905.00414",
    tags=("similarity", "paired", "rotation-invariant", "debiased"),
)
@torch.no_grad()
def cka(
    X: Real[Array, "samples units_x"],
    Y: Real[Array, "samples_y units_y"],
    *,
    is_debiased: bool = True,
    kernel: Kernel | None = None,
) -> float:
    """How alike the similarities between samples are in X and in Y: ``HSIC(X, Y) / sqrt(HSIC(X, X) HSIC(Y, Y))``.

    Debiased (Song et al. 2012), for kernels with centred rows, ``k = diag K``, ``m = diag L``:
    ``HSIC ∝ ⟨K, L⟩ - n/(n-2) k·m + Σk Σm / ((n-1)(n-2))``; biased: ``⟨K, L⟩`` alone. Linear: ``⟨K, L⟩ = ‖XᵀY‖²``,
    so no Gram matrix is formed. Debiased values average 0 for unrelated data and may be negative; biased ones tend
    to 1 as units outnumber samples.

    Args:
        X: responses; row i of both answers the same stimulus.
        Y: responses, any number of units.
        is_debiased: remove the bias of few samples; needs at least 4.
        kernel: a Gram function such as :class:`RBF`; default linear.

    Raises:
        NeurariumError: for unequal samples, constant data, or debiased data whose samples are all equally far apart.

    Example:
        >>> X = torch.tensor([[0.0, 1.0], [1.0, 0.0], [2.0, 2.0], [3.0, 0.0], [0.0, 4.0]])
        >>> round(cka(X, 3 * X.flip(1) + 1), 12)
        1.0

    Paper: Kornblith et al. 2019, arXiv:1905.00414.
    """
    x, y = centred_pair("cka", X, Y, least=4 if is_debiased else 2)
    (xx, xy, yy), k, m = _linear_products(x, y) if kernel is None else _kernel_products(x, y, kernel)
    if is_debiased:
        xx, xy, yy = _debiased(xx, k, k), _debiased(xy, k, m), _debiased(yy, m, m)
    for name, value in (("X", xx), ("Y", yy)):
        if not bool(value > 1e-12):  # both have norm one
            hint = "Its samples are all equally far apart, or one differs alone. Try is_debiased=False."
            raise bad("cka", name, "have more structure than the bias correction removes", float(value), hint)
    return float(xy / (xx * yy).sqrt())


def _linear_products(x: Tensor, y: Tensor) -> Products:
    xx, xy, yy = (_cross(a, b).square().sum() for a, b in ((x, x), (x, y), (y, y)))
    return (xx, xy, yy), torch.linalg.vecdot(x, x), torch.linalg.vecdot(y, y)


def _cross(x: Tensor, y: Tensor) -> Tensor:
    """``xᵀy``; on a CPU by numpy, which sees that ``xᵀx`` is symmetric and does half of the work."""
    return x.mT @ y if x.is_cuda else torch.from_numpy(x.numpy().T @ y.numpy())


def _kernel_products(x: Tensor, y: Tensor, kernel: Kernel) -> Products:
    K, L = _centred(kernel(x)), _centred(kernel(y))
    return ((K * K).sum(), (K * L).sum(), (L * L).sum()), K.diagonal(), L.diagonal()


def _centred(K: Tensor) -> Tensor:
    K = K - K.mean(0) - K.mean(1, keepdim=True) + K.mean()
    return K / K.norm().clamp_min(torch.finfo(K.dtype).tiny)


def _debiased(inner: Tensor, k: Tensor, m: Tensor) -> Tensor:
    n = len(k)
    return inner - n / (n - 2) * (k @ m) + k.sum() * m.sum() / ((n - 1) * (n - 2))
