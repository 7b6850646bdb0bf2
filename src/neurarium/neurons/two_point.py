"""Two-point unit: a receptive field that drives, a context that modulates."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from neurarium.core import Rng, part
from neurarium.core.errors import bad, check_count
from neurarium.neurons._transfer_functions import Asynchronous, TransferFunction


@part(
    summary="Pyramidal units with two sites: a receptive field that drives, a context that modulates.",
    paper="arxiv:2305.10449",
    tags=("rate", "context", "dendrites", "trained"),
    example=dict(n_inputs=4, n_context=3, n_units=5),
)
class TwoPoint(nn.Module):
    """A layer of context-sensitive units; without state.

    ``R = W_r x + b;  C = W_c c;  y = T(R, C)``

    The basal site takes the input, the apical site whatever should decide what is relevant: the neighbours of a unit
    (proximal), another stream (distal), a summary of all (universal). T is an argument, and with it the kind of unit
    at one number of parameters: :class:`Asynchronous` (default), :class:`KayPhillips`, :class:`ContextGate` (a gated
    linear unit), :class:`PointSum` (a point neuron, to which context is input).

    Args:
        n_inputs: features of the receptive field.
        n_context: features of the context.
        n_units: units.
        transfer: T, a function of R and C.
        rng: stream ``weights``; both matrices are uniform within ``± 1 / sqrt(features)``.

    Example:
        >>> layer = TwoPoint(n_inputs=2, n_context=3, n_units=4, rng=Rng(0))
        >>> x = torch.ones(5, 2)
        >>> layer(x, torch.ones(5, 3)).shape, bool((layer(x) == layer(x, torch.zeros(5, 3))).all())
        (torch.Size([5, 4]), True)

    Paper: Adeel et al. 2023, arXiv:2305.10449.
    """

    def __init__(
        self, *, n_inputs: int, n_context: int, n_units: int, transfer: TransferFunction | None = None, rng: Rng
    ) -> None:
        super().__init__()
        check_count("TwoPoint", n_inputs=n_inputs, n_context=n_context, n_units=n_units)
        if transfer is not None and not callable(transfer):
            raise bad("TwoPoint", "transfer", "be a function of a receptive field and a context", transfer)
        self.transfer = Asynchronous() if transfer is None else transfer
        self.weight_basal = nn.Parameter(_uniform(n_units, n_inputs, rng))
        self.weight_apical = nn.Parameter(_uniform(n_units, n_context, rng))
        self.bias = nn.Parameter(torch.zeros(n_units))

    def forward(
        self, x: Float[Tensor, "*batch inputs"], context: Float[Tensor, "*batch context"] | None = None
    ) -> Float[Tensor, "*batch units"]:
        """What the units send on; no `context` is a context of zeros."""
        r = F.linear(x, self.weight_basal, self.bias)
        c = torch.zeros_like(r) if context is None else F.linear(context, self.weight_apical)
        return self.transfer(r, c)


def _uniform(n_out: int, n_in: int, rng: Rng) -> Float[Tensor, "out in"]:
    return torch.empty(n_out, n_in).uniform_(-(n_in**-0.5), n_in**-0.5, generator=rng("weights"))
