"""Sparse synapses that work only where a unit is active."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from neurarium.core import NeurariumError, Rng, part
from neurarium.core.errors import bad, check_count, check_fraction, check_positive
from neurarium.core.kernels import is_watched
from neurarium.synapses._event_kernels import Events, events
from neurarium.synapses._init import uniform
from neurarium.synapses._sparse_kernels import active, outer, pull, push


class _Carry(torch.autograd.Function):
    """``y = x W`` forward; ``dx = g Wᵀ`` and ``dw = Σ x_pre g_post`` on stored synapses backward."""

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, weight: Tensor, of: Events, starts: Tensor, targets: Tensor, n_post: int
    ) -> Tensor:
        ctx.save_for_backward(weight, starts, targets, *of)
        return push(of, starts, targets, weight, n_post).view(*x.shape[:-1], n_post)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        if torch.is_grad_enabled():
            raise NeurariumError("Sparse: there is no second derivative (`create_graph=True`). Take Dense.")
        weight, starts, targets, *of = ctx.saved_tensors
        g = grads[0].reshape(-1, grads[0].shape[-1])
        dx = pull(g, starts, targets, weight).view(*grads[0].shape[:-1], -1) if ctx.needs_input_grad[0] else None
        dw = outer(Events(*of), g, starts, targets) if ctx.needs_input_grad[1] else None
        return dx, dw, None, None, None, None


@part(
    summary="Sparse synapses stored by presynaptic unit, of which only those of active units are read.",
    paper="arxiv:2311.05106",
    tags=("event-driven", "sparse", "differentiable"),
    example=dict(n_pre=4, n_post=3, p_connect=0.5),
)
class Sparse(nn.Module):
    """Each unit reaches each other with the same chance; the synapses that exist are stored, and learned, one by one.

    ``y_post = Σ x_pre w_k`` over the synapses k from pre to post, of the units with ``x_pre ≠ 0`` alone: a step costs
    active units times synapses a unit. The gradient of the weights is read at the same synapses, and is a vector.

    Args:
        n_pre: presynaptic units.
        n_post: postsynaptic units.
        p_connect: chance that a unit reaches another.
        gain: weights are drawn uniformly within ``± gain / √(p_connect n_pre)``.
        rng: stream ``connections`` draws which synapses exist, ``weights`` their weights.

    Attributes:
        weight: one number a synapse, sorted by presynaptic unit.
        starts: synapses of unit j are ``starts[j]`` to ``starts[j + 1]``.
        targets: postsynaptic unit of each synapse.

    Example:
        >>> synapses = Sparse.from_edges([0, 0, 2], [1, 3, 0], [0.5, 2.0, -1.0], n_pre=3, n_post=4)
        >>> synapses(torch.tensor([1.0, 0.0, 1.0])).tolist()
        [-1.0, 0.5, 0.0, 2.0]

    Paper: the event-driven operators of Wang et al. 2023, arXiv:2311.05106.
    """

    def __init__(self, *, n_pre: int, n_post: int, p_connect: float = 0.1, gain: float = 1.0, rng: Rng) -> None:
        super().__init__()
        check_positive("Sparse", gain=gain, p_connect=p_connect)
        check_fraction("Sparse", p_connect=p_connect)
        check_count("Sparse", n_pre=n_pre, n_post=n_post)
        pre, post = _bernoulli(n_pre, n_post, p_connect, rng.numpy("connections"))
        bound = gain / math.sqrt(p_connect * n_pre)
        self._store(pre, post, uniform(len(pre), bound=bound, rng=rng), n_pre, n_post)

    @classmethod
    def from_edges(cls, pre: Any, post: Any, weight: Any, *, n_pre: int, n_post: int) -> Sparse:
        """Synapses from unit ``pre[k]`` to ``post[k]`` with ``weight[k]``; several of one pair add up."""
        self = cls.__new__(cls)
        nn.Module.__init__(self)
        pre, post = (torch.as_tensor(ends, dtype=torch.int64) for ends in (pre, post))
        for name, ends, n in (("pre", pre, n_pre), ("post", post, n_post)):
            if ends.numel() and not (ends.min() >= 0 and ends.max() < n):
                raise bad("Sparse", name, f"lie between 0 and {n - 1}", [int(ends.min()), int(ends.max())])
        weight = torch.as_tensor(weight, dtype=None if isinstance(weight, Tensor) else torch.get_default_dtype())
        if not pre.shape == post.shape == weight.shape:
            raise bad("Sparse", "weight", "be as many as the synapses", [len(pre), len(post), tuple(weight.shape)])
        order = torch.argsort(pre * n_post + post, stable=True)
        self._store(pre[order], post[order], weight.detach()[order], n_pre, n_post)
        return self

    def _store(self, pre: Tensor, post: Tensor, weight: Tensor, n_pre: int, n_post: int) -> None:
        self.n_pre, self.n_post = n_pre, n_post
        counts = torch.bincount(pre, minlength=n_pre)
        self.register_buffer("starts", torch.nn.functional.pad(counts.cumsum(0), (1, 0)))
        self.register_buffer("targets", post.to(torch.int32))
        self.weight = nn.Parameter(weight)

    @property
    def pre(self) -> Int[Tensor, " synapses"]:
        """Presynaptic unit of each synapse."""
        return torch.repeat_interleave(torch.arange(self.n_pre, device=self.starts.device), self.starts.diff())

    def to_dense(self) -> Float[Tensor, "post pre"]:
        """The same weights as a matrix, as :class:`Dense` holds them."""
        dense = self.weight.new_zeros(self.n_post, self.n_pre)
        return dense.index_put((self.targets.long(), self.pre), self.weight, accumulate=True)

    def forward(self, x: Float[Tensor, "*batch pre"]) -> Float[Tensor, "*batch post"]:
        """What arrives at the postsynaptic units; a sparse `x` (COO, or CSR of two axes) wants no gradient."""
        if x.shape[-1] != self.n_pre:
            raise bad("Sparse", "x", f"end in {self.n_pre} units", tuple(x.shape))
        is_dense = x.layout == torch.strided
        if not is_dense and x.requires_grad:
            raise bad("Sparse", "x", "want no gradient if it is sparse", x.layout, "Give it dense, or detach it.")
        if not self._is_fusable(x):
            carried = (x if is_dense else x.to_dense()).index_select(-1, self.pre) * self.weight
            return carried.new_zeros(*x.shape[:-1], self.n_post).index_add(-1, self.targets, carried)
        of = active(x.reshape(-1, self.n_pre)) if is_dense else events(x)
        return _Carry.apply(x, self.weight, of, self.starts, self.targets, self.n_post)  # type: ignore[return-value]

    def _is_fusable(self, x: Tensor) -> bool:
        """On the CPU, in one precision, and watched by nobody."""
        is_here = x.device.type == self.weight.device.type == "cpu"
        is_one = x.dtype == self.weight.dtype and x.dtype in (torch.float32, torch.float64)
        return is_here and is_one and not is_watched()


def _bernoulli(n_pre: int, n_post: int, p: float, draws: np.random.Generator) -> tuple[Tensor, Tensor]:
    """The pairs that exist, each with chance `p`, in order: gaps between them are geometric."""
    n_pairs, pairs, last = n_pre * n_post, [], -1
    while last < n_pairs:
        found = last + draws.geometric(p, size=int(1.1 * n_pairs * p) + 16).cumsum()
        pairs.append(found)
        last = int(found[-1])
    where = np.concatenate(pairs)
    where = torch.from_numpy(where[where < n_pairs])
    return where // n_post, where % n_post
