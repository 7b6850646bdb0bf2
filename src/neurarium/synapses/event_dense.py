"""Dense synapses that work only where an event arrives."""

from __future__ import annotations

import math
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from neurarium.core import NeurariumError, Rng, part
from neurarium.core.errors import bad, check_positive
from neurarium.core.kernels import is_watched
from neurarium.synapses._event_kernels import Events, events, gather, scatter
from neurarium.synapses._init import uniform


class _Carry(torch.autograd.Function):
    """``y = x Wᵀ`` forward; ``dW = gᵀ x`` event by event and ``dx = g W`` backward."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, of: Events) -> Tensor:
        ctx.save_for_backward(weight, *of)
        return gather(of, weight.mT.contiguous()).view(*x.shape[:-1], weight.shape[0])

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, Tensor | None, None]:
        if torch.is_grad_enabled():
            raise NeurariumError(
                "EventDense: there is no second derivative (`create_graph=True`). Take Dense, with a dense input."
            )
        weight, *of = ctx.saved_tensors
        g = grads[0]
        dx = g @ weight if ctx.needs_input_grad[0] else None
        dw = scatter(Events(*of), g.reshape(-1, g.shape[-1]), weight.shape[1]).mT if ctx.needs_input_grad[1] else None
        return dx, dw, None


@part(
    summary="All-to-all synapses whose cost grows with the events that arrive, not with the units that could send one.",
    paper="doi:10.1109/MSP.2019.2931595",
    tags=("event-driven", "differentiable"),
    example=dict(n_pre=4, n_post=3),
)
class EventDense(nn.Module):
    """All-to-all synapses without bias, driven by events: the product and weight gradient of :class:`Dense`.

    ``y = W x = Σ x_k W_k`` over the units k with ``x_k ≠ 0``, for each instant of each trial. Worth it below about
    one event for two units on the CPU in float32 and float64; elsewhere the dense product is taken.

    Args:
        n_pre: presynaptic units.
        n_post: postsynaptic units.
        gain: weights are drawn uniformly within ``± gain / √n_pre`` from stream ``weights``.
        rng: named streams.

    Raises:
        NeurariumError: for a sparse input that wants a gradient, or an input or an event beyond `n_pre`.

    Example:
        >>> synapses = EventDense(n_pre=700, n_post=2, rng=Rng(0))
        >>> where = torch.tensor([[0, 0, 4], [0, 2, 1], [31, 7, 699]])       # time, trial, unit of three events
        >>> x = torch.sparse_coo_tensor(where, torch.ones(3), (5, 3, 700), check_invariants=True)
        >>> synapses(x).shape                                                # time batch units
        torch.Size([5, 3, 2])

    Paper: Neftci et al. 2019, doi:10.1109/MSP.2019.2931595, for training networks driven by events.
    """

    def __init__(self, *, n_pre: int, n_post: int, gain: float = 1.0, rng: Rng) -> None:
        super().__init__()
        check_positive("EventDense", n_pre=n_pre, n_post=n_post, gain=gain)
        self.weight = nn.Parameter(uniform(n_post, n_pre, bound=gain / math.sqrt(n_pre), rng=rng))

    def forward(self, x: Float[Tensor, "*batch pre"]) -> Float[Tensor, "*batch post"]:
        """What arrives at the postsynaptic units; `x` sparse (COO of any rank, CSR of two axes) or dense."""
        if x.shape[-1] != self.weight.shape[1]:
            raise bad("EventDense", "x", f"end in {self.weight.shape[1]} units", tuple(x.shape))
        if x.layout != torch.strided and x.requires_grad:
            raise bad("EventDense", "x", "want no gradient if it is sparse", x.layout, "Give it dense, or detach it.")
        if not self._is_fusable(x):
            return (x if x.layout == torch.strided else x.to_dense()) @ self.weight.mT
        return _Carry.apply(x, self.weight, events(x))  # type: ignore[return-value]

    def _is_fusable(self, x: Tensor) -> bool:
        """As for neurons: on the CPU, in one precision, and watched by no counter or compiler."""
        if is_watched():
            return False
        is_known = x.layout in (torch.strided, torch.sparse_coo, torch.sparse_csr)
        is_here = x.device.type == self.weight.device.type == "cpu"
        return is_known and is_here and x.dtype == self.weight.dtype and x.dtype in (torch.float32, torch.float64)
