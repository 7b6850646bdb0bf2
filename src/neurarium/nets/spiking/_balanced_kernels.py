"""Balanced networks in one compiled loop over time: potentials in flat vector loops, weights only at spikes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, no_type_check

import numpy as np
import torch
from torch import Tensor

from neurarium.core.kernels import compiled

_BLOCK = 64  # potentials that are looked through at once for a spike
_ROOM = 1 << 18  # spikes held before they are handed over
PHI = tuple(1.0 / np.cumprod(np.arange(1.0, 10.0)))  # φ(b) = (exp(b) - 1) / b = Σ bⁿ / (n + 1)!
FAR = 1.0  # from this |b| on φ(b / 4), and with it φ(b), is no longer exact to 1e-11 by as many terms


class Law(NamedTuple):
    """The numbers of a membrane and its synapses, as a kernel takes them; `dt` in units of the time constant."""

    beta_exc: Any
    beta_inh: Any
    alpha: Any
    dt: Any
    kappa_exc: Any
    kappa_inh: Any
    drive: Any
    reversal_exc: Any
    reversal_inh: Any
    threshold: Any
    phi: tuple[Any, ...]
    refractory_steps: int


def law(dtype: Any, refractory_steps: int, **numbers: float) -> Law:
    """A :class:`Law` in precision `dtype`; what is not named is zero."""
    values = {name: dtype(numbers.get(name, 0.0)) for name in Law._fields[:-2]}
    return Law(**values, phi=tuple(map(dtype, PHI)), refractory_steps=refractory_steps)


def run(kernel: Callable[..., Any], start: list[Tensor], rows: tuple[Any, ...], of: Law, n_steps: int) -> list[Tensor]:
    """Advance copies of v, left, g_exc and g_inh by `n_steps`; gives them, and steps and units of all spikes."""
    v, left, g_exc, g_inh = (t.detach().clone().numpy() for t in start)
    until = left.astype(np.int32)  # the first step that is open again
    step, found = 0, [(np.empty(0, np.int64), np.empty(0, np.int64))]
    while step < n_steps:
        steps, units = np.empty(_ROOM + v.size, np.int64), np.empty(_ROOM + v.size, np.int64)
        step, n = kernel(v, until, g_exc, g_inh, *rows, of, step, n_steps, steps, units)
        found.append((steps[:n], units[:n]))
    left = np.maximum(until - n_steps, 0).astype(v.dtype)
    events = (np.concatenate(column) for column in zip(*found, strict=True))
    return [torch.from_numpy(a) for a in (v, left, g_exc, g_inh, *events)]


@compiled()
@no_type_check
def run_cuba(v, until, g_exc, g_inh, exc, inh, of, step, n_steps, steps, units):
    """Current-based; stops early when `steps` is full."""
    fired, n = np.empty(v.size, np.int64), 0
    while step < n_steps and n + v.size <= steps.size:
        _charge_cuba(v, until, g_exc, g_inh, np.int32(step), of)
        n = _spike(v, until, g_exc, g_inh, exc, inh, of, step, fired, steps, units, n)
        step += 1
    return step, n


@compiled()
@no_type_check
def run_coba(v, until, g_exc, g_inh, exc, inh, of, step, n_steps, steps, units):
    """Conductance-based; stops early when `steps` is full."""
    fired, n = np.empty(v.size, np.int64), 0
    while step < n_steps and n + v.size <= steps.size:
        _charge_coba(v, until, g_exc, g_inh, np.int32(step), of)
        n = _spike(v, until, g_exc, g_inh, exc, inh, of, step, fired, steps, units, n)
        step += 1
    return step, n


@compiled()
@no_type_check
def _charge_cuba(v, until, g_exc, g_inh, step, of):
    zero = v.dtype.type(0)
    for i in range(v.size):
        x = of.kappa_exc * g_exc[i] + of.kappa_inh * g_inh[i] + of.drive
        v[i] = of.alpha * v[i] + (x if until[i] <= step else zero)
        g_exc[i] = of.beta_exc * g_exc[i]
        g_inh[i] = of.beta_inh * g_inh[i]


@compiled()
@no_type_check
def _charge_coba(v, until, g_exc, g_inh, step, of):
    """``v + (a + b v) φ(b)``, φ by its series at b / 4 and ``φ(2 x) = φ(x) (1 + x φ(x) / 2)``, far from 0 by itself."""
    one, half, quarter, far, c = v.dtype.type(1), v.dtype.type(0.5), v.dtype.type(0.25), v.dtype.type(FAR), of.phi
    n_far = 0
    for i in range(v.size):
        e, q, now = g_exc[i], g_inh[i], v[i]
        b = -(one + e + q) * of.dt
        a = (of.reversal_exc * e + of.reversal_inh * q) * of.dt
        x = quarter * b
        p = c[4] + x * (c[5] + x * (c[6] + x * (c[7] + x * c[8])))
        p = c[0] + x * (c[1] + x * (c[2] + x * (c[3] + x * p)))
        p = p * (one + half * x * p)
        p = p * (one + x * p)
        is_far = abs(b) >= far
        n_far += is_far
        v[i] = now + (a + b * now) * p if (until[i] <= step) & (not is_far) else now
    if n_far:
        _charge_far(v, until, g_exc, g_inh, step, of)
    for i in range(v.size):
        g_exc[i] = of.beta_exc * g_exc[i]
        g_inh[i] = of.beta_inh * g_inh[i]


@compiled()
@no_type_check
def _charge_far(v, until, g_exc, g_inh, step, of):
    one, far = v.dtype.type(1), v.dtype.type(FAR)
    for i in range(v.size):
        b = -(one + g_exc[i] + g_inh[i]) * of.dt
        if abs(b) >= far and until[i] <= step:
            a = (of.reversal_exc * g_exc[i] + of.reversal_inh * g_inh[i]) * of.dt
            v[i] = v[i] + (a + b * v[i]) * (np.expm1(b) / b)


@compiled()
@no_type_check
def _spike(v, until, g_exc, g_inh, exc, inh, of, step, fired, steps, units, n):
    """Find the spikes of a step, reset their units, note them, and add their weights."""
    n_now = 0
    for lo in range(0, v.size, _BLOCK):
        hi, count = min(v.size, lo + _BLOCK), 0
        for i in range(lo, hi):
            count += v[i] >= of.threshold
        if count:
            for i in range(lo, hi):
                if v[i] >= of.threshold and until[i] <= step:
                    fired[n_now] = i
                    n_now += 1
    n_exc = exc[0].size - 1
    for k in range(n_now):
        j = fired[k]
        v[j] = 0
        until[j] = step + 1 + of.refractory_steps
        steps[n + k], units[n + k] = step, j
        if j < n_exc:
            _add(g_exc, exc[0], exc[1], exc[2], j)
        else:
            _add(g_inh, inh[0], inh[1], inh[2], j - n_exc)
    return n + n_now


@compiled()
@no_type_check
def _add(g, starts, targets, weight, j):
    for k in range(starts[j], starts[j + 1]):
        g[targets[k]] += weight[k]
