"""Sanger's rule: principal components in order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from jaxtyping import Float
from torch import Tensor

from neurarium.core import part
from neurarium.core.errors import check_positive
from neurarium.plasticity._rule import AbstractRule
from neurarium.plasticity._traces import mean_product


class SangerState(NamedTuple):
    """The rule remembers nothing."""


@part(
    summary="Generalised Hebbian algorithm: row i of the weights becomes the i-th principal component.",
    paper="doi:10.1016/0893-6080(89)90044-0",
    tags=("local", "unsupervised", "differentiable"),
)
@dataclass(frozen=True, kw_only=True)
class Sanger(AbstractRule[SangerState]):
    """Sanger's rule, for linear units ``y = W x`` and inputs of mean zero.

    ``W = W + lr · mean_b m_b (y xᵀ - tril(y yᵀ) W)``

    The lower triangle with its diagonal lets each unit see what it and the units above it explain, so rows become
    eigenvectors of the second moment of x, largest eigenvalue first. With one unit it is Oja's rule.

    Args:
        lr: step size; ``lr · E|x|²`` above about 1 does not converge.

    Raises:
        NeurariumError: for a step size that is not positive.

    Example:
        >>> import torch
        >>> rule, x, w = Sanger(lr=0.1), torch.tensor([[2.0, 0.0], [0.0, 1.0]]), torch.tensor([[0.6, 0.8]])
        >>> for _ in range(200):
        ...     w, state = rule.step(x, x @ w.mT, w, rule.init_state(w))
        >>> w.round(decimals=4).tolist()
        [[1.0, 0.0]]

    Paper: Sanger 1989, Neural Networks 2:459.
    """

    lr: float = 0.01

    def __post_init__(self) -> None:
        check_positive("Sanger", lr=self.lr)

    def init_state(self, w: Float[Tensor, "post pre"]) -> SangerState:
        """Nothing to remember."""
        return SangerState()

    def step(
        self,
        pre: Float[Tensor, "batch pre"],
        post: Float[Tensor, "batch post"],
        w: Float[Tensor, "post pre"],
        state: SangerState,
        modulator: Float[Tensor, " batch"] | None = None,
    ) -> tuple[Float[Tensor, "post pre"], SangerState]:
        """One update."""
        explained = mean_product(post, post, modulator).tril() @ w
        return w + self.lr * (mean_product(post, pre, modulator) - explained), state
