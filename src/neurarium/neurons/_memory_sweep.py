"""Whole sequences of expressive leaky memory neurons: what does not recur is done for all instants at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from neurarium.core import unroll
from neurarium.neurons import _fused_lif as fused


def sweep(cells: Sequence[Any], x: Tensor, s: Tensor, m: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Outputs ``(time, cells, batch, outputs)``, last traces and last memories of cells of one size, side by side.

    Branches are summed before they are filtered, and their part of the hidden layer's input is one product over all
    instants; a step is left with ``m = κ m + c tanh(B relu(drive + A m) + b)``, the constants absorbed in A, B and c.

    Args:
        cells: neurons with equal sizes and constants, each with its own weights.
        x: input ``(time, cells, batch, inputs)``.
        s: synapse traces ``(cells, batch, inputs)``.
        m: memories ``(cells, batch, memory)``.
    """
    cell = cells[0]
    keep = cell.kappa_syn
    arrives = x * _of(cells, "w_syn").relu().unsqueeze(1)
    branch = arrives.unflatten(-1, (cell.n_branches, -1)).sum(-1)
    r = _leak(branch, s.unflatten(-1, (cell.n_branches, -1)).sum(-1), keep)
    ages = keep ** torch.arange(len(x) - 1, -1, -1, dtype=x.dtype, device=x.device)
    s_end = keep ** len(x) * s + torch.einsum("t,tcbi->cbi", ages, arrives)

    kappa = torch.exp(-cell.dt_ms / torch.stack([c.tau_mem_ms for c in cells])).unsqueeze(1)  # cells 1 memory
    w = _of(cells, "hidden.weight").mT
    drive = r @ w[:, : cell.n_branches] + _of(cells, "hidden.bias").unsqueeze(1)
    inward, outward = kappa.mT * w[:, cell.n_branches :], 2 / 3 * _of(cells, "update.weight").mT
    offset, reach = 2 / 3 * _of(cells, "update.bias").unsqueeze(1), 1.7159 * cell.drive * (1 - kappa)

    def step(drive_t: Tensor, m: Tensor) -> tuple[Tensor, Tensor]:
        hidden = torch.baddbmm(drive_t, m, inward).relu()
        m = kappa * m + reach * torch.baddbmm(offset, hidden, outward).tanh()
        return m, m

    memories, m_end = unroll(step, drive, m)
    return memories @ _of(cells, "read.weight").mT + _of(cells, "read.bias").unsqueeze(1), s_end, m_end


def _of(cells: Sequence[Any], name: str) -> Tensor:
    """One parameter of every cell, stacked."""
    return torch.stack([c.get_parameter(name) for c in cells])


def _leak(x: Tensor, start: Tensor, keep: float) -> Tensor:
    if fused.is_fusable(x, start):
        return fused.leaky_integrator(x, start, keep)

    def step(x_t: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        y = keep * y + x_t
        return y, y

    return unroll(step, x, start)[0]
