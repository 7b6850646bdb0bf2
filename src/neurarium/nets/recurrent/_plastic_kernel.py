"""Whole sequences of plastic rate networks on the CPU: one compiled sweep, one row after the other."""

from __future__ import annotations

import math
from typing import no_type_check

import numpy as np
import torch
from torch import Tensor

from neurarium.core.kernels import compiled, is_watched


@compiled(inline="always")
@no_type_check
def _weighted_sum(effective, z, drive):
    """``drive = effectiveᵀ z``, added up in order, four terms in one pass so that units fill a vector register."""
    n_pre, n_units = effective.shape
    drive[:] = 0
    for j in range(0, n_pre - 3, 4):
        z0, z1, z2, z3 = z[j], z[j + 1], z[j + 2], z[j + 3]
        e0, e1, e2, e3 = effective[j], effective[j + 1], effective[j + 2], effective[j + 3]
        for i in range(n_units):
            drive[i] = (((drive[i] + e0[i] * z0) + e1[i] * z1) + e2[i] * z2) + e3[i] * z3
    for j in range(n_pre // 4 * 4, n_pre):
        for i in range(n_units):
            drive[i] += effective[j, i] * z[j]


@compiled()
@no_type_check
def sweep(x, kicks, weight, alpha, change, a, rho, v, trace, out):
    """Advance `v` and `trace` in place and fill `out`; genes and kicks are shared by blocks of rows."""
    n_steps, n_rows, n_inputs = x.shape
    n_units, n_pre = change.shape[1:]
    kind = v.dtype.type
    old, new, keep = kind(a), kind(1) - kind(a), kind(rho)
    effective, z, drive = np.empty((n_pre, n_units), v.dtype), np.empty(n_pre, v.dtype), np.empty(n_units, v.dtype)
    for row in range(n_rows):
        genome, share = row * weight.shape[0] // n_rows, row * kicks.shape[1] // n_rows
        w, plastic, p = weight[genome], alpha[genome], change[row]
        v_row, e, fading = v[row], trace[row], trace[row].reshape(-1)
        for i in range(n_units):
            z[n_inputs + i] = math.tanh(v_row[i])
            for j in range(n_pre):
                effective[j, i] = w[i, j] + plastic[i, j] * p[i, j]
        for k in range(n_steps):
            for j in range(n_inputs):
                z[j] = x[k, row, j]
            _weighted_sum(effective, z, drive)
            for m in range(fading.shape[0]):
                fading[m] *= keep
            for i in range(n_units):
                kick = kicks[k, share, i]
                v_row[i] = old * v_row[i] + new * drive[i] + kick
                if kick != 0:
                    e_row = e[i]
                    for j in range(n_pre):
                        e_row[j] += kick * z[j]
            for i in range(n_units):
                z[n_inputs + i] = math.tanh(v_row[i])
                out[k, row, i] = z[n_inputs + i]


def can_sweep(*tensors: Tensor) -> bool:
    """Whether the sweep may stand in for the operators."""
    wants_gradient = torch.is_grad_enabled() and any(t.requires_grad for t in tensors)
    kinds = {(t.device.type, t.dtype) for t in tensors}
    return not wants_gradient and not is_watched() and kinds in ({("cpu", torch.float32)}, {("cpu", torch.float64)})
