"""Synapses that are never stored: drawn again, the same ones, whenever a unit is active."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from neurarium.core import NeurariumError, Rng, part
from neurarium.core.errors import bad, check_count, check_finite, check_fraction, check_positive
from neurarium.core.kernels import is_watched
from neurarium.synapses import _just_in_time_kernels as kernels
from neurarium.synapses._event_kernels import Events
from neurarium.synapses._sparse_kernels import active
from neurarium.synapses.sparse import Sparse


class _Carry(torch.autograd.Function):
    """``y = x W`` forward; ``dx = g Wᵀ`` and the gradients of mean and spread backward, all with W drawn anew."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, mean: Tensor, spread: Tensor, of: Events, law: kernels.Law) -> Tensor:
        ctx.save_for_backward(mean, spread, *of)
        ctx.law = law
        return kernels.push(of, law, mean, spread).view(*x.shape[:-1], law.n_post)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        if torch.is_grad_enabled():
            raise NeurariumError("JustInTime: there is no second derivative (`create_graph=True`). Take Dense.")
        mean, spread, *of = ctx.saved_tensors
        g = grads[0].reshape(-1, grads[0].shape[-1])
        dx, dw = None, (None, None)
        if ctx.needs_input_grad[0]:
            dx = kernels.pull(g, ctx.law, mean, spread).view(*grads[0].shape[:-1], -1)
        if any(ctx.needs_input_grad[1:3]):
            dw = kernels.moments(Events(*of), g, ctx.law)
        return dx, *dw, None, None


@part(
    summary="Random synapses drawn anew from a seed at every spike, so that none of them takes memory.",
    paper="arxiv:2311.05106",
    tags=("event-driven", "sparse", "differentiable"),
    example=dict(n_pre=4, n_post=3, p_connect=0.5),
)
class JustInTime(nn.Module):
    """Sparse random synapses without a weight in memory; their mean and spread are what is learned.

    ``y_post = Σ x_pre (mean + spread u_k)`` over the synapses k from pre to post, of the units with ``x_pre ≠ 0``.
    From one synapse of a unit to its next the postsynaptic index rises by ``1 + ⌊log v_k / log(1 - p_connect)⌋``.
    ``v_k`` in (0, 1) and ``u_k`` in (-1, 1) are hashes of the seed, the unit and k: each call draws the same ones.

    Args:
        n_pre: presynaptic units.
        n_post: postsynaptic units.
        p_connect: chance that a unit reaches another.
        mean: mean weight.
        spread: half the width of the uniform distribution of weights; 0: all weights are the mean.
        rng: streams ``connections`` and ``weights`` draw one seed each.

    Example:
        >>> synapses = JustInTime(n_pre=1_000_000, n_post=1_000_000, p_connect=1e-4, mean=1.0, rng=Rng(0))
        >>> spikes = torch.zeros(1_000_000).index_fill(0, torch.tensor([3, 77]), 1.0)
        >>> synapses(spikes).sum().item()      # 2 of a million units reach about 100 each; 1e8 weights are not stored
        203.0

    Paper: just-in-time connectivity of Wang et al. 2023, arXiv:2311.05106.
    """

    def __init__(
        self, *, n_pre: int, n_post: int, p_connect: float = 0.1, mean: float = 0.0, spread: float = 0.0, rng: Rng
    ) -> None:
        super().__init__()
        check_positive("JustInTime", p_connect=p_connect)
        check_fraction("JustInTime", p_connect=p_connect)
        check_finite("JustInTime", mean=mean, spread=spread)
        check_count("JustInTime", n_pre=n_pre, n_post=n_post)
        keys = (int(rng.numpy(stream).integers(2**63)) for stream in ("connections", "weights"))
        log_miss = math.log1p(-p_connect) if p_connect < 1 else -math.inf
        self.law = kernels.Law(*map(np.uint64, keys), n_pre=n_pre, n_post=n_post, log_miss=log_miss)
        self.mean, self.spread = (nn.Parameter(torch.tensor(float(value))) for value in (mean, spread))

    def to_sparse(self) -> Sparse:
        """The same synapses, stored; their weights are learned one by one from there on."""
        pre, post, u = kernels.edges(self.law)
        weight = self.mean.detach() + self.spread.detach() * u.to(self.mean)
        return Sparse.from_edges(pre, post, weight, n_pre=self.law.n_pre, n_post=self.law.n_post)

    def forward(self, x: Float[Tensor, "*batch pre"]) -> Float[Tensor, "*batch post"]:
        """What arrives at the postsynaptic units."""
        n_pre, n_post = self.law.n_pre, self.law.n_post
        if x.shape[-1] != n_pre:
            raise bad("JustInTime", "x", f"end in {n_pre} units", tuple(x.shape))
        if self._is_fusable(x):
            of = active(x.reshape(-1, n_pre))
            return _Carry.apply(x, self.mean, self.spread, of, self.law)  # type: ignore[return-value]
        pre, post, u = (t.to(x.device) for t in kernels.edges(self.law))
        carried = x.index_select(-1, pre) * (self.mean + self.spread * u.to(x.dtype))
        return carried.new_zeros(*x.shape[:-1], n_post).index_add(-1, post, carried)

    def _is_fusable(self, x: Tensor) -> bool:
        """On the CPU, in one precision, and watched by nobody; elsewhere the synapses are listed for one product."""
        is_here = x.device.type == self.mean.device.type == "cpu" and x.layout == torch.strided
        is_one = x.dtype == self.mean.dtype and x.dtype in (torch.float32, torch.float64)
        return is_here and is_one and not is_watched()
