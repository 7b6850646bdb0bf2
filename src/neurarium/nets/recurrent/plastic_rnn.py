"""Rate network whose connections learn from reward while it lives."""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

from neurarium.core import AbstractDynamics, Rng, part, unroll
from neurarium.core.errors import bad, check_count, check_finite, check_fraction, check_positive
from neurarium.core.units import decay
from neurarium.nets._init import gaussian
from neurarium.nets.recurrent._plastic_kernel import can_sweep, sweep

INNATE_GAIN = 1.5  # of the paper: the network is lively before it has learned


class PlasticRNNState(NamedTuple):
    """`v`: activation, ``(rows, units)``; `trace`, `change`: e and p of each row, ``(rows, units, inputs + units)``."""

    v: Tensor
    trace: Tensor
    change: Tensor


@part(
    summary="Rate network with innate and plastic weights, taught by node perturbation and reward; a row, a life.",
    paper="arxiv:2112.08588",
    tags=("recurrent", "rate", "plastic", "reward", "stackable", "differentiable"),
    example=dict(n_inputs=3, n_units=5),
)
class PlasticRNN(AbstractDynamics[PlasticRNNState]):
    """Every row of the batch is an individual with plastic weights of its own; inputs reach units as rates do.

    ``v_t = a v_{t-1} + (1 - a) (w + α ∘ p) z_t + ξ_t``,  ``z_t = [x_t, tanh v_{t-1}]``,  output ``tanh v_t``
    ``e_t = ρ e_{t-1} + ξ_t z_tᵀ``;  when reward comes :meth:`learn`:  ``p = p + clip(lr · m · e, ± clip)``

    a = exp(-dt / tau), ρ = exp(-dt / tau_trace); ξ are kicks from :meth:`draw_kicks`, none by default. With α = 0 it is
    the plain leaky network; p is 0 in a new state. :class:`neurarium.plasticity.Eligibility` keeps the same trace, but
    one matrix for all rows, where here each row changes its own.

    Args:
        n_inputs, n_units: sizes.
        tau_ms, tau_trace_ms, dt_ms: time constants of activation and trace, length of one step.
        plasticity: α of every connection to begin with.
        n_stacked: this many pairs (w, α), each for an equal share of the rows, in order; None is one pair for all.
        rng: stream ``"weights"``.

    Raises:
        NeurariumError: for numbers out of range, or rows that cannot be shared out.

    Example:
        >>> y, state = PlasticRNN(n_inputs=2, n_units=8, rng=Rng(0))(torch.zeros(10, 4, 2))
        >>> y.shape
        torch.Size([10, 4, 8])

    Paper: Miconi 2023, arXiv:2112.08588.
    """

    def __init__(
        self,
        *,
        n_inputs: int,
        n_units: int,
        tau_ms: float = 100.0,
        tau_trace_ms: float = 1000.0,
        dt_ms: float = 20.0,
        plasticity: float = 0.5,
        n_stacked: int | None = None,
        rng: Rng,
    ) -> None:
        super().__init__()
        check_count("PlasticRNN", n_inputs=n_inputs, n_units=n_units, n_stacked=1 if n_stacked is None else n_stacked)
        check_positive("PlasticRNN", tau_ms=tau_ms, tau_trace_ms=tau_trace_ms, dt_ms=dt_ms)
        check_finite("PlasticRNN", plasticity=plasticity)
        self.n_inputs, self.n_units, self.n_stacked = n_inputs, n_units, n_stacked
        self.a, self.rho = decay(dt_ms, tau_ms), decay(dt_ms, tau_trace_ms)
        shape = (*(() if n_stacked is None else (n_stacked,)), n_units, n_inputs + n_units)
        self.weight = nn.Parameter(gaussian(shape, rng("weights"), gain=INNATE_GAIN))
        self.alpha = nn.Parameter(torch.full(shape, float(plasticity)))

    def init_state(self, like: Float[Tensor, "rows inputs"]) -> PlasticRNNState:
        """Silent, and nothing learned."""
        if like.ndim != 2 or len(like) % (self.n_stacked or 1):
            must = f"be (time, rows, inputs), with an equal share of rows for each of {self.n_stacked or 1}"
            raise bad("PlasticRNN", "x", must, ("time", *like.shape))
        blank = like.new_zeros(len(like), self.n_units, self.n_inputs + self.n_units)
        return PlasticRNNState(like.new_zeros(len(like), self.n_units), blank, blank)

    def step(
        self, x: Float[Tensor, "rows inputs"], state: PlasticRNNState, kick: Float[Tensor, "shares units"] | None = None
    ) -> tuple[Float[Tensor, "rows units"], PlasticRNNState]:
        """Advance by one step; each row of `kick` hits an equal share of the rows, in order."""
        z = torch.cat([x, state.v.tanh()], -1)
        own = state.change.unflatten(0, (self.n_stacked or 1, -1))
        effective = (self.weight.unsqueeze(-3) + self.alpha.unsqueeze(-3) * own).reshape(state.change.shape)
        v = torch.lerp((effective @ z.unsqueeze(-1)).squeeze(-1), state.v, self.a)
        trace = self.rho * state.trace
        if kick is not None:
            kick = kick.repeat_interleave(len(x) // len(kick), 0)
            v, trace = v + kick, trace + kick.unsqueeze(-1) * z.unsqueeze(-2)
        return v.tanh(), PlasticRNNState(v, trace, state.change)

    def unroll(
        self,
        x: Float[Tensor, "time rows inputs"],
        state: PlasticRNNState,
        kicks: Float[Tensor, "time shares units"] | None = None,
    ) -> tuple[Float[Tensor, "time rows units"], PlasticRNNState]:
        """Repeated `step` with a kick at each, compiled where no gradient is asked for."""
        if kicks is None:
            kicks = x.new_zeros(len(x), 1, self.n_units)
        if x.shape[1] % kicks.shape[1] or len(kicks) != len(x):
            raise bad("PlasticRNN", "kicks", f"share {x.shape[1]} rows out evenly over {len(x)} steps", kicks.shape)
        if can_sweep(x, kicks, self.weight, self.alpha, *state):
            return self._swept(x, state, kicks)
        shares = kicks.shape[1] * self.n_units
        both = torch.cat([x.flatten(1), kicks.flatten(1)], 1)

        def kicked(now: Tensor, state: PlasticRNNState) -> tuple[Tensor, PlasticRNNState]:
            return self.step(now[:-shares].view(x.shape[1:]), state, now[-shares:].view(kicks.shape[1:]))

        return unroll(kicked, both, state)

    def learn(
        self, state: PlasticRNNState, modulator: Float[Tensor, " rows"], *, lr: float = 0.03, clip: float = 0.01
    ) -> PlasticRNNState:
        """The state after reward: `modulator` says, for each row, how much better than expected it was."""
        check_positive("PlasticRNN.learn", lr=lr, clip=clip)
        gain = (lr * modulator[:, None, None] * state.trace).clamp(-clip, clip)
        return state._replace(change=state.change + gain)

    def draw_kicks(
        self, n_steps: int, n_shares: int, *, chance: float = 0.1, size: float = 0.5, rng: Rng
    ) -> Float[Tensor, "time shares units"]:
        """Kicks of stream ``kicks``: with `chance` uniform in ± `size`, else 0."""
        check_fraction("PlasticRNN.draw_kicks", chance=chance)
        shape, generator = (n_steps, n_shares, self.n_units), rng("kicks")
        is_kicked = torch.rand(shape, generator=generator) < chance
        return is_kicked * (size * (2 * torch.rand(shape, generator=generator) - 1))

    def _swept(self, x: Tensor, state: PlasticRNNState, kicks: Tensor) -> tuple[Tensor, PlasticRNNState]:
        v, trace, out = state.v.clone(), state.trace.clone(), x.new_empty(*x.shape[:2], self.n_units)
        genes = (t.detach().reshape(-1, *t.shape[-2:]) for t in (self.weight, self.alpha))
        given = [t.detach().contiguous().numpy() for t in (x, kicks, *genes, state.change)]
        sweep(*given, self.a, self.rho, v.numpy(), trace.numpy(), out.numpy())
        return out, PlasticRNNState(v, trace, state.change)
