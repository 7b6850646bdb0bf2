"""Dense synapses with a presynaptic factor of their own."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from neurarium.core import Rng, part
from neurarium.core.errors import check_positive
from neurarium.synapses._init import uniform


class _Synapse(torch.autograd.Function):
    """``y = x Wᵀ`` forward; ``dx = g W`` and ``dW = Σ gᵀ pre`` backward."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, pre: Tensor, weight: Tensor) -> Tensor:
        ctx.save_for_backward(pre, weight)
        return x @ weight.mT

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, None, Tensor]:
        pre, weight = ctx.saved_tensors
        g = grads[0]
        dx = g @ weight if ctx.needs_input_grad[0] else None  # the lowest layer, often the widest, is spared it
        return dx, None, _samples(g).mT @ _samples(pre)


def _samples(x: Tensor) -> Tensor:
    return x.reshape(-1, x.shape[-1])


@part(
    summary="All-to-all synapses whose weight change may see another presynaptic factor than the input.",
    paper="arxiv:2402.11984",
    tags=("differentiable",),
    example=dict(n_pre=4, n_post=3),
)
class Dense(nn.Module):
    """All-to-all synapses without bias.

    ``y = W x``, and under any gradient-based rule ``ΔW ∝ Σ δ p(pre)ᵀ``: δ is the postsynaptic error, `pre` the
    presynaptic factor (the input itself, or a trace of it), p a projection, both optional. Only the presynaptic
    factor differs from ``nn.Linear``, so the same layer serves back-propagation, online rules and projections.

    Args:
        n_pre: presynaptic units.
        n_post: postsynaptic units.
        gain: weights are drawn uniformly within ``± gain / √n_pre`` from stream ``weights``.
        rng: named streams.

    Attributes:
        project: p, a function of ``(..., n_pre)``, or None.

    Example:
        >>> synapses = Dense(n_pre=3, n_post=2, rng=Rng(0))
        >>> synapses.project = torch.zeros_like          # nothing may be learned
        >>> synapses(torch.ones(5, 3)).sum().backward()
        >>> float(synapses.weight.grad.abs().max())
        0.0

    Paper: Xiao et al. 2024, arXiv:2402.11984, section 4.
    """

    def __init__(self, *, n_pre: int, n_post: int, gain: float = 1.0, rng: Rng) -> None:
        super().__init__()
        check_positive("Dense", n_pre=n_pre, n_post=n_post, gain=gain)
        self.weight = nn.Parameter(uniform(n_post, n_pre, bound=gain / math.sqrt(n_pre), rng=rng))
        self.project: Callable[[Tensor], Tensor] | None = None

    def forward(
        self, x: Float[Tensor, "*batch pre"], pre: Float[Tensor, "*batch pre"] | None = None
    ) -> Float[Tensor, "*batch post"]:
        """What arrives at the postsynaptic units; `pre` replaces `x` in the weight change."""
        is_learning = torch.is_grad_enabled() and self.weight.requires_grad
        if not is_learning or (pre is None and self.project is None):
            return x @ self.weight.mT
        factor = (x if pre is None else pre).detach()
        return _Synapse.apply(x, factor if self.project is None else self.project(factor), self.weight)
