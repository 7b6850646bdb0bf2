"""Orthogonal projection with the subspace computed exactly."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from neurarium.core import Rng, part
from neurarium.core.errors import bad
from neurarium.learning._projection import AbstractProjection


@part(
    summary="Weight changes kept off the leading singular directions of earlier tasks' activity.",
    paper="arxiv:2103.09762",
    tags=("continual",),
    example=dict(n_pre=6),
)
class SVDProjection(AbstractProjection):
    """Gradient projection memory with a fixed number of directions a task: the oracle of :class:`HebbianProjection`.

    ``C = Σ r rᵀ`` over the residual activity ``r = x - Hᵀ H x``; the `n_new` leading eigenvectors of C join H.
    These are the leading right singular vectors of the residual activity matrix.

    Args:
        n_pre: presynaptic units.

    Example:
        >>> p = SVDProjection(n_pre=3)
        >>> p.begin(n_new=1, rng=Rng(0))
        >>> p.observe(torch.tensor([[1.0, 0.0, 0.0]]))
        >>> p.end()
        >>> p.begin(n_new=1, rng=Rng(0))
        >>> p(torch.ones(3)).tolist()
        [0.0, 1.0, 1.0]

    Paper: Saha, Garg and Roy 2021, arXiv:2103.09762.
    """

    def __init__(self, *, n_pre: int) -> None:
        super().__init__(n_pre=n_pre)
        self._moment = torch.zeros(n_pre, n_pre, dtype=torch.float64)
        self._n_new = 0

    def begin(self, *, n_new: int, rng: Rng) -> None:
        """All rows so far are in force; `n_new` directions will be added by :meth:`end`."""
        if n_new < 1 or len(self.rows) + n_new > self.rows.shape[1]:
            limit = self.rows.shape[1] - len(self.rows)
            raise bad("SVDProjection", "n_new", f"lie between 1 and {limit}", n_new, "Rows cannot outnumber inputs.")
        self.n_protected, self._n_new = len(self.rows), n_new
        self._moment = torch.zeros_like(self._moment)

    def observe(self, pre: Float[Tensor, "*batch pre"]) -> None:
        """Add one batch to the second moment."""
        x = pre.detach().reshape(-1, pre.shape[-1]).double()
        self._moment = self._moment.to(x.device) + x.mT @ x

    def end(self) -> None:
        """Add the leading directions of what the protected rows leave over."""
        h = self.rows.double()
        keep = torch.eye(h.shape[1], dtype=h.dtype, device=h.device) - h.mT @ h
        residual = keep @ self._moment.to(h.device) @ keep
        ranked = residual - h.mT @ h  # below zero, hence last, where rows are: activity may have fewer directions
        leading = torch.linalg.eigh(ranked).eigenvectors.flip(-1)[:, : self._n_new].mT
        self.rows, self._n_new = torch.cat([self.rows, leading.to(self.rows)]), 0
