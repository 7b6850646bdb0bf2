"""Oja's subspace rule, in blocks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from neurarium.core import Rng, part
from neurarium.core.errors import bad, check_fraction, check_positive
from neurarium.plasticity._rule import AbstractRule


class OjaSubspaceState(NamedTuple):
    """`trace`: running mean of the updates, shaped like `w`; `n_frozen`: how many rows from the top stay."""

    trace: Tensor
    n_frozen: int


@part(
    summary="Hebbian and anti-Hebbian learning that finds a principal subspace, block by block.",
    paper="arxiv:2402.11984",
    tags=("local", "unsupervised", "continual", "differentiable"),
)
@dataclass(frozen=True, kw_only=True)
class OjaSubspace(AbstractRule[OjaSubspaceState]):
    """Rows of `w` become an orthonormal basis of the principal subspace of `pre`; frozen rows stay.

    ``y = q(W x);  Δ = clip(mean_b m_b y (x - Wᵀ y)ᵀ, ±clip);  Δ = 0 in frozen rows``
    ``trace = momentum · trace + (1 - momentum) Δ;  W = W + lr · trace``

    Start with :meth:`grow` on an empty matrix. Frozen rows answer too, so new rows find what is left over.

    Args:
        lr: step size; ``lr · E|x|²`` above about 1 does not converge.
        momentum: share of the old running mean of the updates.
        clip: bound on each entry of an update.
        quantise: q, e.g. :class:`SpikeCount`; None leaves the answers graded.

    Raises:
        NeurariumError: for numbers out of range, or more rows than inputs.

    Example:
        >>> rule, x = OjaSubspace(lr=0.1), torch.randn(64, 5, generator=Rng(0)("data"))
        >>> w, state = rule.grow(x.new_zeros(0, 5), n_new=2, rng=Rng(0))
        >>> w, state = rule.step(x, rule.respond(x, w), w, state)
        >>> w.shape
        torch.Size([2, 5])

    Paper: Xiao et al. 2024; the rule is Oja's (1989).
    """

    lr: float = 0.01
    momentum: float = 0.9
    clip: float = 10.0
    quantise: Callable[[Tensor], Tensor] | None = None

    def __post_init__(self) -> None:
        check_positive("OjaSubspace", lr=self.lr, clip=self.clip)
        check_fraction("OjaSubspace", momentum=self.momentum)

    def init_state(self, w: Float[Tensor, "post pre"]) -> OjaSubspaceState:
        """No update yet, no row frozen."""
        return OjaSubspaceState(torch.zeros_like(w), 0)

    def grow(
        self, w: Float[Tensor, "old pre"], *, n_new: int, rng: Rng
    ) -> tuple[Float[Tensor, "post pre"], OjaSubspaceState]:
        """Freeze all rows of `w` and add `n_new` orthonormal ones, from stream ``"weights"``.

        As in the paper's code, new rows are not yet orthogonal to the old ones: learning makes them so.
        """
        n_old, n_pre = w.shape
        if n_new < 1 or n_old + n_new > n_pre:
            must = f"lie between 1 and {n_pre - n_old}"
            raise bad("OjaSubspace", "n_new", must, n_new, "Rows cannot outnumber inputs.")
        random = torch.randn(n_pre, n_new, generator=rng("weights"), dtype=torch.float64)
        rows = torch.linalg.qr(random)[0].mT.to(w)
        grown = torch.cat([w, rows])
        return grown, OjaSubspaceState(torch.zeros_like(grown), n_old)

    def respond(
        self,
        pre: Float[Tensor, "*batch pre"],
        w: Float[Tensor, "post pre"],
    ) -> Float[Tensor, "*batch post"]:
        """The subspace units' answer y, on their grid if there is one."""
        y = pre @ w.mT
        return y if self.quantise is None else self.quantise(y)

    def project(
        self,
        pre: Float[Tensor, "*batch pre"],
        w: Float[Tensor, "post pre"],
    ) -> Float[Tensor, "*batch pre"]:
        """What of `pre` the rows of `w` do not explain: ``x - Wᵀ y``."""
        return pre - self.respond(pre, w) @ w

    def step(
        self,
        pre: Float[Tensor, "batch pre"],
        post: Float[Tensor, "batch post"],
        w: Float[Tensor, "post pre"],
        state: OjaSubspaceState,
        modulator: Float[Tensor, " batch"] | None = None,
    ) -> tuple[Float[Tensor, "post pre"], OjaSubspaceState]:
        """One update of the rows that are not frozen; `post` is what :meth:`respond` gave."""
        gated = post if modulator is None else post * modulator.unsqueeze(-1)
        change = gated.mT @ (pre - post @ w) / pre.shape[0]
        is_free = torch.arange(len(w), device=w.device).unsqueeze(-1) >= state.n_frozen
        change = change.clamp(-self.clip, self.clip) * is_free
        trace = self.momentum * state.trace + (1 - self.momentum) * change
        return w + self.lr * trace, OjaSubspaceState(trace, state.n_frozen)
