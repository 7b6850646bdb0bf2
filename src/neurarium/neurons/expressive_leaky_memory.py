"""Expressive leaky memory neuron: one unit that stands for a whole cortical cell."""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

from neurarium.core import AbstractDynamics, Rng, part
from neurarium.core.errors import bad, check_count, check_positive
from neurarium.core.units import decay
from neurarium.neurons._memory_sweep import sweep

DRIVE = 5.0  # λ of the paper: how far one update may move a memory unit from rest


class ExpressiveLeakyMemoryState(NamedTuple):
    """`s`: trace of each synapse; `m`: value of each memory unit."""

    s: Tensor
    m: Tensor


@part(
    summary="Neuron with synapse traces and many leaky memories, updated by a small network.",
    paper="arxiv:2306.16922",
    tags=("dendrite", "trained", "differentiable"),
    example=dict(n_inputs=6, n_outputs=2, n_memory=3, n_branches=2),
)
class ExpressiveLeakyMemory(AbstractDynamics[ExpressiveLeakyMemoryState]):
    """Expressive leaky memory (ELM) neuron; every weight and every memory time constant is learned.

    ``s = κ_s s + [w_s]₊ x;  r = sum of s over each branch``
    ``d = 1.7159 tanh(2/3 MLP([r, κ_m m]));  m = κ_m m + 5 (1 - κ_m) d;  out = W m + b``
    with ``κ = exp(-dt / tau)`` and an MLP of one hidden layer of ``2 n_memory`` rectified units.

    Args:
        n_inputs: synapses; give inhibitory ones a negative input, since weights cannot be negative.
        n_outputs: read-outs, e.g. the logit of a spike and the somatic potential.
        n_memory: memory units.
        n_branches: groups of neighbouring synapses that are summed first; default one synapse each.
        tau_syn_ms: time constant of the synapse traces.
        tau_range_ms: bounds of the memories' time constants, which start spread evenly in their logarithm.
        dt_ms: length of one step.
        rng: stream ``"weights"``; synapses start at 0.5, all else uniform within ``±1 / √fan-in``.

    Raises:
        NeurariumError: for sizes that do not fit, or times that are not positive and in order.

    Example:
        >>> cell = ExpressiveLeakyMemory(n_inputs=40, n_outputs=2, n_memory=10, n_branches=8, rng=Rng(0))
        >>> cell(torch.ones(50, 3, 40))[0].shape, sum(p.numel() for p in cell.parameters())
        (torch.Size([50, 3, 2]), 662)

    Paper: Spieler et al. 2023, arXiv:2306.16922; the constants of the authors' code.
    """

    def __init__(
        self,
        *,
        n_inputs: int,
        n_outputs: int,
        n_memory: int = 20,
        n_branches: int | None = None,
        tau_syn_ms: float = 5.0,
        tau_range_ms: tuple[float, float] = (1.0, 150.0),
        dt_ms: float = 1.0,
        rng: Rng,
    ) -> None:
        super().__init__()
        owner, self.n_branches = "ExpressiveLeakyMemory", n_inputs if n_branches is None else n_branches
        check_count(owner, n_inputs=n_inputs, n_outputs=n_outputs, n_memory=n_memory, n_branches=self.n_branches)
        check_positive(owner, tau_syn_ms=tau_syn_ms, dt_ms=dt_ms)
        if n_inputs % self.n_branches:
            raise bad(owner, "n_branches", f"divide the {n_inputs} inputs", n_branches, "Pad the inputs with silence.")
        low, high = tau_range_ms
        if not 0 < low < high < float("inf"):
            raise bad(owner, "tau_range_ms", "be two positive numbers in rising order", tau_range_ms)
        self.kappa_syn, self.tau_range_ms, self.dt_ms = decay(dt_ms, tau_syn_ms), tau_range_ms, dt_ms
        self.drive = DRIVE
        self.w_syn = nn.Parameter(torch.full((n_inputs,), 0.5))
        tau_ms = low * (high / low) ** ((torch.arange(n_memory) + 0.5) / n_memory)
        self.logit_tau = nn.Parameter(torch.logit((tau_ms - low) / (high - low)))
        for name, n_in, n_out in (
            ("hidden", self.n_branches + n_memory, 2 * n_memory),
            ("update", 2 * n_memory, n_memory),
            ("read", n_memory, n_outputs),
        ):
            layer = nn.utils.skip_init(nn.Linear, n_in, n_out)  # its own initial draw would use the global state
            for weight in layer.parameters():
                nn.init.uniform_(weight, -(n_in**-0.5), n_in**-0.5, generator=rng("weights"))
            self.add_module(name, layer)

    @property
    def tau_mem_ms(self) -> Float[Tensor, " memory"]:
        """The time constants of the memory units, within their bounds."""
        low, high = self.tau_range_ms
        return low + (high - low) * torch.sigmoid(self.logit_tau)

    def init_state(self, like: Float[Tensor, "*batch inputs"]) -> ExpressiveLeakyMemoryState:
        """Nothing heard, nothing remembered."""
        return ExpressiveLeakyMemoryState(
            torch.zeros_like(like), like.new_zeros(*like.shape[:-1], self.logit_tau.numel())
        )

    def step(
        self, x: Float[Tensor, "*batch inputs"], state: ExpressiveLeakyMemoryState
    ) -> tuple[Float[Tensor, "*batch outputs"], ExpressiveLeakyMemoryState]:
        """Let the synapses decay and take the input in, update the memories, read them out."""
        s = self.kappa_syn * state.s + self.w_syn.relu() * x
        r = s.unflatten(-1, (self.n_branches, -1)).sum(-1)
        kappa = torch.exp(-self.dt_ms / self.tau_mem_ms)
        kept = kappa * state.m
        hidden = self.hidden(torch.cat([r, kept], dim=-1)).relu()
        d = 1.7159 * torch.tanh(2 / 3 * self.update(hidden))
        m = kept + self.drive * (1 - kappa) * d
        return self.read(m), ExpressiveLeakyMemoryState(s, m)

    def unroll(
        self, x: Float[Tensor, "time *batch inputs"], state: ExpressiveLeakyMemoryState
    ) -> tuple[Float[Tensor, "time *batch outputs"], ExpressiveLeakyMemoryState]:
        """All instants, with nothing but the memories step by step: the same numbers up to rounding."""
        rows = (1, -1)
        flat = [t.reshape(*rows, t.shape[-1]) for t in state]
        out, s, m = sweep([self], x.reshape(len(x), *rows, x.shape[-1]), *flat)
        batch = x.shape[1:-1]
        return out.view(len(x), *batch, -1), ExpressiveLeakyMemoryState(s.view(*batch, -1), m.view(*batch, -1))
