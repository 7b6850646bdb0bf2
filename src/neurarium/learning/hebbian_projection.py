"""Orthogonal projection of presynaptic traces, its subspace found by Hebbian learning."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from neurarium.core import Rng, part
from neurarium.core.errors import bad
from neurarium.learning._projection import AbstractProjection
from neurarium.plasticity import OjaSubspace


@part(
    summary="Weight changes kept off the subspace that earlier tasks used, found by lateral Hebbian synapses.",
    paper="arxiv:2402.11984",
    tags=("continual", "local"),
    example=dict(n_pre=6),
)
class HebbianProjection(AbstractProjection):
    """Lateral 'subspace' neurons that protect old tasks (HLOP).

    ``y = H x,  x̂ = Hᵀ y``; `H` learns by Oja's subspace rule on the activity of the present task while the weight
    change of the layer uses ``x - Hᵀ_old H_old x`` in place of the presynaptic factor x.
    Old rows are frozen, a new block is added for every task.

    Args:
        n_pre: presynaptic units.
        rule: the plasticity of H; its `quantise` makes the lateral neurons spike.
        n_inner: updates of H for a batch.

    Example:
        >>> import torch
        >>> p = HebbianProjection(n_pre=6)
        >>> p.begin(n_new=2, rng=Rng(0))
        >>> p.observe(torch.rand(32, 6))
        >>> bool((p(torch.ones(6)) == 1).all())           # the first task has no past
        True

    Paper: Xiao et al. 2024, arXiv:2402.11984.
    """

    def __init__(self, *, n_pre: int, rule: OjaSubspace | None = None, n_inner: int = 5) -> None:
        super().__init__(n_pre=n_pre)
        if n_inner < 0:
            raise bad("HebbianProjection", "n_inner", "be 0 or more", n_inner)
        self.rule = OjaSubspace() if rule is None else rule
        self.n_inner = n_inner
        self._state = self.rule.init_state(self.rows)

    def begin(self, *, n_new: int, rng: Rng) -> None:
        """Freeze the rows there are and add `n_new` random orthonormal ones, which :meth:`observe` trains."""
        self.n_protected = len(self.rows)
        self.rows, self._state = self.rule.grow(self.rows, n_new=n_new, rng=rng)

    def observe(self, pre: Float[Tensor, "*batch pre"]) -> None:
        """`n_inner` updates of the new rows on one batch; a constant input, expanded over time, counts once."""
        x = torch.atleast_2d(pre.detach())
        x = (x[:1] if x.stride(0) == 0 else x).flatten(0, -2)
        for _ in range(self.n_inner):
            self.rows, self._state = self.rule.step(x, self.rule.respond(x, self.rows), self.rows, self._state)

    def answer(self, pre: Float[Tensor, "*batch pre"]) -> Float[Tensor, "*batch rows"]:
        """``q(H pre)`` with the rule's quantiser, if its lateral neurons spike."""
        return self.rule.respond(pre, self.protected)
