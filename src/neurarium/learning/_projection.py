"""What a protected subspace of presynaptic activity is, however it was found."""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch
from jaxtyping import Float
from torch import Tensor, nn

from neurarium.core import Rng
from neurarium.core.errors import check_positive


class AbstractProjection(nn.Module, ABC):
    """Protects what earlier tasks used: ``p(pre) = pre - Hᵀ H pre`` with H the rows found before the present task.

    The order of use, for every task: :meth:`begin`, then for every batch forward (through ``Dense.project``) and
    :meth:`observe`, then :meth:`end`.

    Args:
        n_pre: presynaptic units.

    Attributes:
        rows: buffer ``(rows, n_pre)``; the first `n_protected` are in force.
        n_protected: rows of earlier tasks.
    """

    rows: Tensor

    def __init__(self, *, n_pre: int) -> None:
        super().__init__()
        check_positive(type(self).__name__, n_pre=n_pre)
        self.register_buffer("rows", torch.zeros(0, n_pre))
        self.n_protected = 0

    @abstractmethod
    def begin(self, *, n_new: int, rng: Rng) -> None:
        """A task begins: all rows so far are in force, `n_new` may be added to them."""

    @abstractmethod
    def observe(self, pre: Float[Tensor, "*batch pre"]) -> None:
        """Learn from presynaptic activity of the present task."""

    def end(self) -> None:
        """The task is over; what `observe` gathered is turned into rows (nothing to do by default)."""

    @property
    def protected(self) -> Float[Tensor, "rows pre"]:
        """The rows in force."""
        return self.rows[: self.n_protected]

    def forward(self, pre: Float[Tensor, "*batch pre"]) -> Float[Tensor, "*batch pre"]:
        """``pre - Hᵀ H pre``: what the earlier tasks did not use."""
        return pre - self.answer(pre) @ self.protected

    def answer(self, pre: Float[Tensor, "*batch pre"]) -> Float[Tensor, "*batch rows"]:
        """``H pre``: the activity of the subspace units."""
        return pre @ self.protected.mT
