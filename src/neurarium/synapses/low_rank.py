"""Synapses whose matrix has a low rank."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn

from neurarium.core import Rng, part
from neurarium.core.errors import check_count, check_positive


@part(
    summary="All-to-all synapses that pass through a few directions alone.",
    paper="doi:10.1016/j.neuron.2018.07.003",
    tags=("low-rank", "differentiable"),
    example=dict(n_pre=4, n_post=3),
)
class LowRank(nn.Module):
    """``y = W x`` with ``W = M Nᵀ / n_pre``: activity along the r columns of N comes out along those of M.

    It costs ``(n_pre + n_post) r`` products instead of ``n_pre n_post``. Between the units of one population the
    non-zero eigenvalues of W are those of the r × r overlaps ``Nᵀ M / n_pre``, which alone decide what it can hold.

    Args:
        n_pre: presynaptic units.
        n_post: postsynaptic units.
        rank: r, columns of M and N.
        gain: standard deviation of the entries of both, drawn from normal distributions of mean zero.
        rng: stream ``weights``.

    Example:
        >>> synapses = LowRank(n_pre=100, n_post=50, rank=2, rng=Rng(0))
        >>> synapses(torch.ones(7, 100)).shape, torch.linalg.matrix_rank(synapses.to_dense()).item()
        (torch.Size([7, 50]), 2)

    Paper: Mastrogiuseppe and Ostojic 2018, Neuron 99, 609-623.
    """

    def __init__(self, *, n_pre: int, n_post: int, rank: int = 1, gain: float = 1.0, rng: Rng) -> None:
        super().__init__()
        check_count("LowRank", n_pre=n_pre, n_post=n_post, rank=rank)
        check_positive("LowRank", gain=gain)
        draw = gain * torch.randn(n_pre + n_post, rank, generator=rng("weights"), dtype=torch.float64)
        select, output = draw.to(torch.get_default_dtype()).split([n_pre, n_post])
        self.select, self.output = nn.Parameter(select.clone()), nn.Parameter(output.clone())

    def to_dense(self) -> Float[Tensor, "post pre"]:
        """The same weights as a matrix."""
        return self.output @ self.select.mT / len(self.select)

    def forward(self, x: Float[Tensor, "*batch pre"]) -> Float[Tensor, "*batch post"]:
        """What arrives at the postsynaptic units."""
        return (x @ self.select / len(self.select)) @ self.output.mT
