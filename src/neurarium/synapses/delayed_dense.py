"""Dense synapses, each with a transmission delay of its own that can be learned."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int64
from torch import Tensor, nn

from neurarium.core import AbstractDynamics, Rng, part
from neurarium.core.errors import bad, check_count, check_positive
from neurarium.synapses._init import uniform


class DelayedDenseState(NamedTuple):
    """`past`: the last ``max_delay_steps`` instants of input, the oldest first."""

    past: Tensor


@part(
    summary="All-to-all synapses with a weight and a delay each, both learned by gradient, or delays fixed, or none.",
    paper="arxiv:2306.17670",
    tags=("delays", "differentiable"),
    example=dict(n_pre=4, n_post=3, max_delay_steps=3),
)
class DelayedDense(AbstractDynamics[DelayedDenseState]):
    """All-to-all synapses without bias; what synapse (i, j) carries arrives ``d_ij`` steps later.

    ``y_i[t] = Σ_j Σ_n w_ij k_ij[n] x_j[t - n]``, n = 0 .. max_delay_steps. While delays are learned k is a bump of sum
    one, ``k_ij[n] ∝ exp(-(n - d_ij)² / (2 sigma²))``; in ``eval()``, or fixed, it is one tap, at n = round(d_ij).

    Narrow ``sigma_steps`` as training goes on: one step sees all delays at first, a single one at the end (0.5).
    A sequence is one convolution; `step` reads a delay line of ``max_delay_steps`` instants, with one tap a synapse.

    Args:
        n_pre, n_post: presynaptic and postsynaptic units.
        max_delay_steps: the longest delay; with 0 it is :class:`Dense`.
        sigma_steps: width of the bump; default half the longest delay, at least 0.5.
        is_fixed: delays stay as they are drawn (``delay_steps.requires_grad`` is False).
        gain: weights are drawn uniformly within ``± gain / √n_pre``.
        rng: streams ``weights`` and ``delays``, the latter uniform from 0 to the longest.

    Example:
        >>> from torch.nn.init import constant_
        >>> synapse = DelayedDense(n_pre=1, n_post=1, max_delay_steps=4, rng=Rng(0)).eval()
        >>> _ = constant_(synapse.delay_steps, 2.3), constant_(synapse.weight, 1.0)
        >>> synapse(torch.tensor([[1.0], [0.0], [0.0], [0.0]]))[0].flatten().tolist()
        [0.0, 0.0, 1.0, 0.0]

    Paper: Hammouamri, Khalfaoui-Hassani and Masquelier 2024, arXiv:2306.17670.
    """

    def __init__(
        self,
        *,
        n_pre: int,
        n_post: int,
        max_delay_steps: int = 25,
        sigma_steps: float | None = None,
        is_fixed: bool = False,
        gain: float = 1.0,
        rng: Rng,
    ) -> None:
        super().__init__()
        check_count("DelayedDense", n_pre=n_pre, n_post=n_post)
        check_count("DelayedDense", least=0, max_delay_steps=max_delay_steps)
        check_positive("DelayedDense", gain=gain)
        self.n_pre, self.n_post, self.max_delay_steps = n_pre, n_post, max_delay_steps
        self.sigma_steps = max(0.5, max_delay_steps / 2) if sigma_steps is None else sigma_steps
        check_positive("DelayedDense", sigma_steps=self.sigma_steps)
        self.weight = nn.Parameter(uniform(n_post, n_pre, bound=gain / math.sqrt(n_pre), rng=rng))
        delays = torch.rand(n_post, n_pre, generator=rng("delays"), dtype=torch.float64) * max_delay_steps
        self.delay_steps = nn.Parameter(delays.to(self.weight.dtype), requires_grad=not is_fixed)

    def init_state(self, like: Float[Tensor, "*batch pre"]) -> DelayedDenseState:
        """Nothing is under way."""
        return DelayedDenseState(like.new_zeros(self.max_delay_steps, *like.shape))

    def step(
        self, x: Float[Tensor, "*batch pre"], state: DelayedDenseState
    ) -> tuple[Float[Tensor, "*batch post"], DelayedDenseState]:
        """Put one instant into the delay line and read what arrives now."""
        line = self._line(state, x.unsqueeze(0))  # lag n lies at max_delay_steps - n
        if self._has_one_tap():
            taps = self.max_delay_steps - self.rounded()
            arrives = line[taps, ..., torch.arange(self.n_pre, device=x.device)]  # post pre *batch
            out = torch.einsum("oi,oi...->...o", self.weight, arrives)
        else:
            out = torch.einsum("oin,n...i->...o", self.kernel().flip(-1), line)
        return out, DelayedDenseState(line[1:])

    def unroll(
        self, x: Float[Tensor, "time *batch pre"], state: DelayedDenseState
    ) -> tuple[Float[Tensor, "time *batch post"], DelayedDenseState]:
        """All instants in one convolution over time: the same numbers."""
        line = self._line(state, x)
        rows = line.reshape(len(line), -1, self.n_pre).permute(1, 2, 0)  # batch pre time
        out = F.conv1d(rows, self.kernel().flip(-1)).permute(2, 0, 1)
        # a state must not keep the whole sequence alive
        return out.reshape(*x.shape[:-1], self.n_post), DelayedDenseState(line[len(x) :].clone())

    def kernel(self) -> Float[Tensor, "post pre lags"]:
        """Weight of every lag, 0 first, as it is used now: bumps in training, single taps else."""
        if self._has_one_tap():
            share = F.one_hot(self.rounded(), self.max_delay_steps + 1).to(self.weight)
        else:
            check_positive("DelayedDense", sigma_steps=self.sigma_steps)
            lags = torch.arange(self.max_delay_steps + 1).to(self.delay_steps)
            share = (-0.5 * ((lags - self.delay_steps.unsqueeze(-1)) / self.sigma_steps) ** 2).softmax(-1)
        return self.weight.unsqueeze(-1) * share

    def rounded(self) -> Int64[Tensor, "post pre"]:
        """The delays in whole steps."""
        return self.delay_steps.detach().round().clamp(0, self.max_delay_steps).long()

    @torch.no_grad()
    def clamp_delays(self) -> None:
        """Bring delays that left their range back to its edge; call it after each step of the optimiser."""
        self.delay_steps.clamp_(0, self.max_delay_steps)

    def _line(self, state: DelayedDenseState, x: Tensor) -> Tensor:
        if x.shape[-1] != self.n_pre:
            raise bad("DelayedDense", "x", f"end in {self.n_pre} units", tuple(x.shape))
        return torch.cat([state.past, x])

    def _has_one_tap(self) -> bool:
        return not (self.training and self.delay_steps.requires_grad)
