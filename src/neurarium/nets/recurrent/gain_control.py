"""Recurrent network whose gains adapt to what it is shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from neurarium.core import AbstractDynamics, part
from neurarium.core.errors import bad, check_not_negative, check_positive


class GainControlState(NamedTuple):
    """`r`: rate of each unit, which is also the output; `g`: gain of each unit on its drive."""

    r: Tensor
    g: Tensor


@part(
    summary="Linear recurrent network in which one gain a unit trades fidelity against activity.",
    paper="arxiv:2305.19869",
    tags=("recurrent", "rate", "adaptive", "efficient-coding", "differentiable"),
    example=dict(w=((0.2, 0.1, 0.0, 0.1), (0.1, 0.2, 0.1, 0.0), (0.0, 0.1, 0.2, 0.1), (0.1, 0.0, 0.1, 0.2)), lr=0.1),
)
class GainControl(AbstractDynamics[GainControlState]):
    """Fixed weights W, adaptive gains g on the drive f of a stimulus; with ``A = (I - W)⁻¹`` the rates settle at r*.

    ``r' = r + dt/tau (-r + g∘f + W r);  r* = A (g∘f);  D = I - W``, which reads f out of r* at gains of one
    ``loss(g) = E_f[|f - D r*|² + activity_cost |r*|²] + pull |g - 1|²``
    ``g' = g - lr (f∘(D r - f + activity_cost Aᵀ r) + pull (g - 1))``, half the gradient at the rates of the moment.

    The loss is quadratic in g, so :meth:`optimal_gains` solves ``(E[f fᵀ]∘(I + activity_cost AᵀA) + pull I) g = E[f²] +
    pull``. Without recurrence each gain is its own and tuning curves only scale.

    Args:
        w: W, (units, units), rows receive; whatever ``torch.as_tensor`` takes.
        activity_cost: price of a squared rate, relative to a squared error.
        pull: how strongly gains are held to one.
        lr: step size of the gains; 0 keeps them.
        tau_ms, dt_ms: time constant of the rates, length of a step.

    Raises:
        NeurariumError: for `w` not square or without a stable steady state, or a negative constant.

    Example:
        >>> net = GainControl(w=[[0.5]], activity_cost=1.0, pull=0.0)
        >>> net.optimal_gains(torch.ones(1, 1)).item()                 # 1 / (1 + A²) with A = 2
        0.20000000298023224

    Paper: Duong, Bredenberg, Heeger and Simoncelli 2023, arXiv:2305.19869.
    """

    def __init__(
        self,
        *,
        w: Sequence[Sequence[float]] | Tensor,
        activity_cost: float = 1.0,
        pull: float = 0.1,
        lr: float = 0.0,
        tau_ms: float = 10.0,
        dt_ms: float = 1.0,
    ) -> None:
        super().__init__()
        check_not_negative("GainControl", activity_cost=activity_cost, pull=pull, lr=lr)
        check_positive("GainControl", tau_ms=tau_ms, dt_ms=dt_ms)
        weight = torch.as_tensor(w, dtype=None if isinstance(w, Tensor) else torch.get_default_dtype())
        if weight.ndim != 2 or weight.shape[0] != weight.shape[1]:
            raise bad("GainControl", "w", "be a square matrix (units, units)", tuple(weight.shape))
        growth = torch.linalg.eigvals(weight.double()).real.max().item()
        if not growth < 1:
            raise bad(
                "GainControl", "w", "have eigenvalues with real parts below 1", growth, "Else rates grow forever."
            )
        self.activity_cost, self.pull, self.lr, self.share = activity_cost, pull, lr, dt_ms / tau_ms
        self.register_buffer("weight_rec", weight)
        eye = torch.eye(len(weight), dtype=torch.float64, device=weight.device)
        self.register_buffer("settle", torch.linalg.inv(eye - weight).to(weight))

    def init_state(self, like: Float[Tensor, "*batch units"]) -> GainControlState:
        """No activity, gains of one."""
        return GainControlState(torch.zeros_like(like), torch.ones_like(like))

    def step(
        self, x: Float[Tensor, "*batch units"], state: GainControlState
    ) -> tuple[Float[Tensor, "*batch units"], GainControlState]:
        """Rates move towards their steady state, gains down the gradient of the loss on the drive `x`."""
        r = state.r + self.share * (-state.r + state.g * x + state.r @ self.weight_rec.mT)
        error = r - r @ self.weight_rec.mT - x
        slope = x * (error + self.activity_cost * r @ self.settle) + self.pull * (state.g - 1)
        return r, GainControlState(r, state.g - self.lr * slope)

    def steady_state(
        self, f: Float[Tensor, "stimuli units"], g: Float[Tensor, " units"]
    ) -> Float[Tensor, "stimuli units"]:
        """r*, the rates that each stimulus leads to."""
        return (g * f) @ self.settle.mT

    def loss(
        self, f: Float[Tensor, "stimuli units"], g: Float[Tensor, " units"], p: Float[Tensor, " stimuli"] | None = None
    ) -> Float[Tensor, ""]:
        """What the gains minimise, over stimuli with chances `p` (default: all alike)."""
        r = self.steady_state(f, g)
        each = (f - r + r @ self.weight_rec.mT).square().sum(1) + self.activity_cost * r.square().sum(1)
        return (each.mean() if p is None else p @ each) + self.pull * (g - 1).square().sum()

    def optimal_gains(
        self, f: Float[Tensor, "stimuli units"], p: Float[Tensor, " stimuli"] | None = None
    ) -> Float[Tensor, " units"]:
        """The gains of least loss, in closed form."""
        chances = f.new_full((len(f),), 1 / len(f)) if p is None else p
        second = f.mT @ (chances.unsqueeze(1) * f)
        eye = torch.eye(len(second), dtype=f.dtype, device=f.device)
        costs = eye + self.activity_cost * self.settle.mT @ self.settle
        return torch.linalg.solve(second * costs + self.pull * eye, second.diagonal() + self.pull)
