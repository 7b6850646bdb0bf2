"""Gated recurrent unit."""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

from neurarium.core import AbstractDynamics, Rng, part
from neurarium.core.errors import check_positive


class GRUState(NamedTuple):
    """`h`: value of each unit, which is also the output."""

    h: Tensor


@part(
    summary="Gated recurrent unit: each unit learns when to keep and when to replace what it holds.",
    paper="arxiv:1406.1078",
    tags=("recurrent", "gated", "differentiable"),
    example=dict(n_inputs=3, n_units=5),
)
class GRU(AbstractDynamics[GRUState]):
    """One layer of gated recurrent units, with the weights of ``torch.nn.GRU``; the state is the output.

    ``r = σ(W_r x + b_r + U_r h + c_r);  u = σ(W_u x + b_u + U_u h + c_u)``
    ``n = tanh(W_n x + b_n + r (U_n h + c_n));  h = (1 - u) n + u h``

    Args:
        n_inputs: size of the input.
        n_units: number of units.
        rng: stream ``"weights"``; all weights uniform within ``±1 / sqrt(n_units)``.

    Raises:
        NeurariumError: for a size that is not positive.

    Example:
        >>> h, state = GRU(n_inputs=2, n_units=8, rng=Rng(0))(torch.zeros(10, 4, 2))
        >>> h.shape
        torch.Size([10, 4, 8])

    Paper: Cho et al. 2014; r multiplies after the product, as in cuDNN.
    """

    def __init__(self, *, n_inputs: int, n_units: int, rng: Rng) -> None:
        super().__init__()
        check_positive("GRU", n_inputs=n_inputs, n_units=n_units)
        self.n_units = n_units
        # On the meta device first, because the module's own initial draw would use the global random state.
        self.gru = nn.GRU(n_inputs, n_units, device="meta").to_empty(device="cpu")
        for weight in self.gru.parameters():
            nn.init.uniform_(weight, -(n_units**-0.5), n_units**-0.5, generator=rng("weights"))

    def init_state(self, like: Float[Tensor, "*batch inputs"]) -> GRUState:
        """All units zero."""
        return GRUState(like.new_zeros(*like.shape[:-1], self.n_units))

    def step(
        self, x: Float[Tensor, "*batch inputs"], state: GRUState
    ) -> tuple[Float[Tensor, "*batch units"], GRUState]:
        """Advance every unit by one step."""
        own = self.gru
        x_r, x_u, x_n = nn.functional.linear(x, own.weight_ih_l0, own.bias_ih_l0).chunk(3, dim=-1)
        h_r, h_u, h_n = nn.functional.linear(state.h, own.weight_hh_l0, own.bias_hh_l0).chunk(3, dim=-1)
        r, u = torch.sigmoid(x_r + h_r), torch.sigmoid(x_u + h_u)
        n = torch.tanh(x_n + r * h_n)
        h = (1 - u) * n + u * state.h
        return h, GRUState(h)

    def unroll(
        self, x: Float[Tensor, "time *batch inputs"], state: GRUState
    ) -> tuple[Float[Tensor, "time *batch units"], GRUState]:
        """Repeated `step`, by torch's fused kernel; any batch axes."""
        batch = x.shape[1:-1]
        out, last = self.gru(x.reshape(len(x), -1, x.shape[-1]), state.h.reshape(1, -1, self.n_units))
        return out.reshape(len(x), *batch, self.n_units), GRUState(last.reshape(*batch, self.n_units))
