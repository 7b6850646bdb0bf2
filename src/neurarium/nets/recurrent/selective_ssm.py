"""Selective state-space layer."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from neurarium.core import AbstractDynamics, Rng, part
from neurarium.core.errors import bad, check_positive
from neurarium.nets._init import gaussian
from neurarium.nets.recurrent._linear_scan import linear_scan


class SelectiveSSMState(NamedTuple):
    """`h`: the states behind each unit, ``(*batch, units, states)``."""

    h: Tensor


@part(
    summary="Linear recurrence whose step length, writing and reading depend on the input; runs as a parallel scan.",
    paper="arxiv:2312.00752",
    tags=("recurrent", "gated", "differentiable"),
    example=dict(n_units=4, n_states=3),
)
class SelectiveSSM(AbstractDynamics[SelectiveSSMState]):
    """Diagonal selective state-space layer (S6): `n_states` leaky memories behind each unit.

    ``Δ_t = softplus(b_Δ + w_Δ · x_t)``, ``B_t = W_B x_t``, ``C_t = W_C x_t``, ``A = -exp(log_rate) < 0``
    ``h_t = exp(Δ_t A) h_{t-1} + (exp(Δ_t A) - 1) / A · B_t x_t``  (exact while x is held),  ``y_t = h_t · C_t``

    Units meet only in Δ, B and C. A large Δ forgets and writes, a small one keeps: with one state, A = -1 and B = 1
    it is the gate ``h = (1 - g) h + g x``, ``g = σ(b_Δ + w_Δ · x)``.

    Args:
        n_units: width of input and output.
        n_states: memories of each unit, whose rates -A begin at 1, 2, ..., n_states.
        step_min, step_max: between them ``softplus(b_Δ)`` begins, log-uniformly; in units of 1 / rate.
        rng: stream ``"weights"``.

    Raises:
        NeurariumError: for a size or step that is not positive.

    Example:
        >>> y, state = SelectiveSSM(n_units=4, n_states=8, rng=Rng(0))(torch.zeros(10, 2, 4))
        >>> y.shape, state.h.shape
        (torch.Size([10, 2, 4]), torch.Size([2, 4, 8]))

    Paper: Gu and Dao 2023, arXiv:2312.00752, algorithm 2 (without the convolution and gate of a Mamba block).
    """

    def __init__(
        self, *, n_units: int, n_states: int = 16, step_min: float = 1e-3, step_max: float = 0.1, rng: Rng
    ) -> None:
        super().__init__()
        check_positive("SelectiveSSM", n_units=n_units, n_states=n_states, step_min=step_min)
        if not step_max >= step_min:
            raise bad("SelectiveSSM", "step_max", f"be at least step_min = {step_min}", step_max)
        weights = rng("weights")
        steps = torch.rand(n_units, generator=weights) * math.log(step_max / step_min) + math.log(step_min)
        self.log_rate = nn.Parameter(torch.arange(1.0, n_states + 1).log().expand(n_units, -1).clone())
        self.bias_step = nn.Parameter(steps.exp().expm1().log())  # the inverse of softplus
        self.weight_step = nn.Parameter(gaussian((1, n_units), weights))
        self.weight_write = nn.Parameter(gaussian((n_states, n_units), weights))
        self.weight_read = nn.Parameter(gaussian((n_states, n_units), weights))

    def init_state(self, like: Float[Tensor, "*batch units"]) -> SelectiveSSMState:
        """All memories empty."""
        return SelectiveSSMState(like.new_zeros(*like.shape[:-1], *self.log_rate.shape))

    def step(
        self, x: Float[Tensor, "*batch units"], state: SelectiveSSMState
    ) -> tuple[Float[Tensor, "*batch units"], SelectiveSSMState]:
        """Advance every memory by one step."""
        decay, drive = self._recurrence(x)
        h = decay * state.h + drive
        return self._read(h, x), SelectiveSSMState(h)

    def unroll(
        self, x: Float[Tensor, "time *batch units"], state: SelectiveSSMState
    ) -> tuple[Float[Tensor, "time *batch units"], SelectiveSSMState]:
        """Repeated `step`, all times at once."""
        h = self.states(x, state)
        return self._read(h, x), SelectiveSSMState(h[-1])

    def states(
        self, x: Float[Tensor, "time *batch units"], state: SelectiveSSMState | None = None
    ) -> Float[Tensor, "time *batch units states"]:
        """What every memory holds at every time."""
        return linear_scan(*self._recurrence(x), (self.init_state(x[0]) if state is None else state).h)

    def _recurrence(self, x: Tensor) -> tuple[Tensor, Tensor]:
        step = F.softplus(F.linear(x, self.weight_step) + self.bias_step)
        A = -self.log_rate.exp()
        grown = torch.expm1(step.unsqueeze(-1) * A)
        drive = grown / A * F.linear(x, self.weight_write).unsqueeze(-2) * x.unsqueeze(-1)
        return grown + 1, drive

    def _read(self, h: Tensor, x: Tensor) -> Tensor:
        return (h * F.linear(x, self.weight_read).unsqueeze(-2)).sum(-1)
