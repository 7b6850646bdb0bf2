"""Evolution strategy: gradients of a return from random candidates, without backpropagation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from neurarium.core import Rng, part
from neurarium.core.errors import bad, check_count, check_positive

BETA_1, BETA_2, EPSILON = 0.9, 0.999, 1e-8  # Adam's own


class EvolutionState(NamedTuple):
    """`mean`: the parameters; `first`, `second`: Adam's moments; `n_updates`: how often it was told."""

    mean: Tensor
    first: Tensor
    second: Tensor
    n_updates: int


@part(
    summary="OpenAI's evolution strategy: antithetic candidates, ranks of their returns, Adam.",
    paper="arxiv:1703.03864",
    tags=("search", "reinforcement", "gradient-free"),
)
@dataclass(frozen=True, kw_only=True)
class EvolutionStrategy:
    """Ascends a return that need not be differentiable.

    ``candidates = mean ± σ ε_i;  g = Σ_i (rank(F_i⁺) - rank(F_i⁻)) ε_i / (2 n σ);  mean += Adam(g)``

    Ranks run from -1/2 to 1/2 over all 2 n candidates, equal returns share theirs: no monotonic change of the return
    alters the course, and where all returns are equal nothing moves.

    Args:
        n_pairs: n, pairs of candidates.
        search_std: σ, standard deviation of the candidates around their mean.
        lr: step size of Adam.

    Example:
        >>> search = EvolutionStrategy(n_pairs=8, lr=0.1)
        >>> state = search.init_state(torch.zeros(3))
        >>> for i in range(100):
        ...     noise = search.draw(state, rng=Rng(i))
        ...     state = search.tell(state, noise, -(search.candidates(state, noise) - 1).square().sum(-1))
        >>> bool(((state.mean - 1).abs() < 0.1).all())
        True

    Paper: Salimans et al. 2017, arXiv:1703.03864.
    """

    n_pairs: int = 32
    search_std: float = 0.1
    lr: float = 0.05

    def __post_init__(self) -> None:
        check_count("EvolutionStrategy", n_pairs=self.n_pairs)
        check_positive("EvolutionStrategy", search_std=self.search_std, lr=self.lr)

    def init_state(self, mean: Float[Tensor, " parameters"]) -> EvolutionState:
        """Before the first generation, at `mean`."""
        return EvolutionState(mean, torch.zeros_like(mean), torch.zeros_like(mean), 0)

    def draw(self, state: EvolutionState, *, rng: Rng) -> Float[Tensor, "pairs parameters"]:
        """ε of a generation: stream ``candidates``."""
        noise = torch.randn(self.n_pairs, len(state.mean), generator=rng("candidates"))
        return noise.to(state.mean)

    def candidates(
        self, state: EvolutionState, noise: Float[Tensor, "pairs parameters"]
    ) -> Float[Tensor, "candidates parameters"]:
        """First all ``mean + σ ε``, then in the same order all ``mean - σ ε``."""
        return state.mean + self.search_std * torch.cat([noise, -noise])

    def tell(
        self,
        state: EvolutionState,
        noise: Float[Tensor, "pairs parameters"],
        returns: Float[Tensor, " candidates"],
    ) -> EvolutionState:
        """The state after the `returns` of :meth:`candidates` are known."""
        if returns.shape != (2 * len(noise),):
            raise bad("EvolutionStrategy.tell", "returns", f"be ({2 * len(noise)},)", tuple(returns.shape))
        up, down = _centred_ranks(returns).to(noise).chunk(2)
        slope = (up - down) @ noise / (2 * len(noise) * self.search_std)
        n = state.n_updates + 1
        first = BETA_1 * state.first + (1 - BETA_1) * slope
        second = BETA_2 * state.second + (1 - BETA_2) * slope.square()
        size = (second / (1 - BETA_2**n)).sqrt() + EPSILON
        return EvolutionState(state.mean + self.lr * first / (1 - BETA_1**n) / size, first, second, n)


def _centred_ranks(x: Float[Tensor, " n"]) -> Float[Tensor, " n"]:
    """Ranks from -1/2 (least) to 1/2 (largest); equal values share the mean of theirs."""
    _, which, counts = x.unique(return_inverse=True, return_counts=True)
    last = counts.cumsum(0)
    mean_rank = last.double() - 0.5 * (counts + 1)
    return mean_rank[which] / max(len(x) - 1, 1) - 0.5
