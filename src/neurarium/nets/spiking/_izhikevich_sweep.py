"""Networks of Izhikevich neurons on the CPU: one compiled sweep over time, a spike at a time through the synapses."""

from __future__ import annotations

from typing import no_type_check

import numpy as np
import torch
from scipy.sparse import csc_array
from torch import Tensor

from neurarium.core.kernels import compiled, is_watched
from neurarium.neurons.izhikevich import PEAK_MV


@compiled()
@no_type_check
def _sweep(starts, targets, weights, a, b, c_mv, d, drive, v, u, i_syn, z, kept, dt_ms, peak):
    """All instants of one trial; `v`, `u` and `i_syn` are advanced in place, `z` takes the spikes.

    The operations and their order are those of the stepped path, but for the order in which spikes are summed.
    """
    arriving = np.empty(v.shape[0], v.dtype)
    for instant in range(drive.shape[0]):
        arriving[:] = 0
        x, fired = drive[instant], z[instant]
        for n in range(v.shape[0]):
            current = x[n] + i_syn[n]
            v_n = v[n]
            v_n = v_n + 0.5 * dt_ms * (0.04 * (v_n * v_n) + 5 * v_n + 140 - u[n] + current)
            v_n = v_n + 0.5 * dt_ms * (0.04 * (v_n * v_n) + 5 * v_n + 140 - u[n] + current)
            u[n] = u[n] + dt_ms * a[n] * (b[n] * v_n - u[n])
            v[n] = v_n
            fired[n] = 0
            if v_n >= peak:
                v[n] = c_mv[n]
                u[n] = u[n] + d[n]
                fired[n] = 1
                for at in range(starts[n], starts[n + 1]):
                    arriving[targets[at]] += weights[at]
        for n in range(v.shape[0]):
            i_syn[n] = kept * i_syn[n] + arriving[n]


def can_sweep(*tensors: Tensor) -> bool:
    """Whether nobody needs a gradient or watches operators, and all is in one float type on the CPU."""
    wants_gradient = torch.is_grad_enabled() and any(t.requires_grad for t in tensors)
    kinds = {(t.device.type, t.dtype) for t in tensors}
    return not wants_gradient and not is_watched() and kinds in ({("cpu", torch.float32)}, {("cpu", torch.float64)})


def sweep(
    weight_rec: Tensor, cells: tuple[Tensor, ...], drive: Tensor, state: tuple[Tensor, ...], kept: float, dt_ms: float
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """Spikes of all trials and the last state; `drive` is (time, *batch, units), each field of `state` (*batch, units).

    Args:
        weight_rec: (to, from) units.
        cells: a, b, c_mv and d of each unit.
        drive: current from outside.
        state: v, u and synaptic current.
        kept: share of the synaptic current that a step leaves.
        dt_ms: length of one step.
    """
    n_units, joined = drive.shape[-1], csc_array(weight_rec.numpy())
    currents = drive.reshape(len(drive), -1, n_units).transpose(0, 1).contiguous().numpy()
    fields = [field.reshape(-1, n_units).numpy().copy() for field in state]
    z = np.empty_like(currents)
    starts, targets = joined.indptr.astype(np.uint32), joined.indices.astype(np.uint32)
    fixed = (starts, targets, joined.data, *(cell.numpy() for cell in cells))
    for i_trial, (current, fired) in enumerate(zip(currents, z, strict=True)):
        _sweep(*fixed, current, *(field[i_trial] for field in fields), fired, kept, dt_ms, PEAK_MV)
    spikes = torch.from_numpy(z).transpose(0, 1).reshape(drive.shape)
    return spikes, tuple(torch.from_numpy(field).reshape(drive.shape[1:]) for field in fields)
