"""A dense network of Izhikevich neurons in one compiled loop, and the noise that drives it."""

from __future__ import annotations

import math
from typing import Any, no_type_check

import numpy as np
import torch
from torch import Tensor

from neurarium.core.kernels import compiled
from neurarium.synapses._counter import bits

_32, _52, _LOW, _ONE = np.uint64(32), np.int64(52), np.uint64(0xFFFFFFFF), np.int64(1023)
_MANTISSA, _BIAS = np.int64((1 << 52) - 1), np.int64(1023 << 52)
_SINE = tuple((-1) ** k * (2 * math.pi) ** (2 * k + 1) / math.factorial(2 * k + 1) for k in range(11))
_COSINE = tuple((-1) ** k * (2 * math.pi) ** (2 * k) / math.factorial(2 * k) for k in range(12))
_LOG = tuple(2.0 / (2 * k + 1) for k in range(8))
_ROOM = 1 << 18


def normals(key: np.uint64, n_steps: int, n_units: int, start: int) -> Tensor:
    """Standard normal numbers, float64, ``(steps, units)``: those of steps `start` on, whatever was drawn before."""
    out = np.empty((n_steps, n_units))
    _fill(key, start, out)
    return torch.from_numpy(out)


def run(v: Tensor, u: Tensor, current: Tensor, cells: tuple[Any, ...], noise: tuple[Any, ...], n_steps: int) -> Any:
    """Advance copies of the state; gives it, and steps and units of all spikes."""
    arrays = [t.detach().clone().numpy() for t in (v, u, current)]
    step, found = 0, [(np.empty(0, np.int64), np.empty(0, np.int64))]
    while step < n_steps:
        steps, units = (np.empty(_ROOM + len(v), np.int64) for _ in range(2))
        step, n = _run(*arrays, *cells, *noise, step, n_steps, steps, units)
        found.append((steps[:n], units[:n]))
    events = (np.concatenate(column) for column in zip(*found, strict=True))
    return [torch.from_numpy(a) for a in (*arrays, *events)]


@compiled()
@no_type_check
def _draw(key, step, out):
    """Box and Muller's pairs, one 64-bit hash a pair; series instead of library calls let the loop run on vectors."""
    half = (out.size + 1) // 2
    first = np.uint64(step) * np.uint64(half)
    sine, cosine, log = _SINE, _COSINE, _LOG
    for i in range(half):
        h = bits(key, first + np.uint64(i))
        radius = np.float64(np.int64(h >> _32)) + 0.5
        turn = np.float64(np.int64(h & _LOW)) * 2.0**-32 - 0.5
        as_bits = np.float64(radius).view(np.int64)
        exponent = np.float64((as_bits >> _52) - _ONE)
        mantissa = np.int64((as_bits & _MANTISSA) | _BIAS).view(np.float64)  # in [1, 2)
        s = (mantissa - math.sqrt(2.0)) / (mantissa + math.sqrt(2.0))
        q = s * s
        series = log[7]
        for k in range(6, -1, -1):
            series = log[k] + q * series
        size = math.sqrt(-2.0 * ((exponent - 31.5) * math.log(2.0) + s * series))
        q = turn * turn
        sin, cos = sine[10], cosine[11]
        for k in range(9, -1, -1):
            sin = sine[k] + q * sin
        for k in range(10, -1, -1):
            cos = cosine[k] + q * cos
        out[i] = size * cos
        if half + i < out.size:
            out[half + i] = size * sin * turn


@compiled()
@no_type_check
def _fill(key, start, out):
    for row in range(out.shape[0]):
        _draw(key, start + row, out[row])


@compiled()
@no_type_check
def _run(v, u, current, a, b, c, d, weight, half_dt, key, scale, start, step, n_steps, steps, units):
    """`weight` is (pre, post); stops early when `steps` is full."""
    number = v.dtype.type
    k1, k2, k3, peak, zero, dt = number(0.04), number(5), number(140), number(30), number(0), number(2) * half_dt
    noise, n = np.empty(v.size), 0
    while step < n_steps and n + v.size <= steps.size:
        _draw(key, start + step, noise)
        for i in range(v.size):
            x = scale[i] * number(noise[i]) + current[i]
            p, q = v[i], u[i]
            p = p + half_dt * (k1 * (p * p) + k2 * p + k3 - q + x)
            p = p + half_dt * (k1 * (p * p) + k2 * p + k3 - q + x)
            v[i] = p
            u[i] = q + dt * a[i] * (b[i] * p - q)
            current[i] = zero
        for j in range(v.size):
            if v[j] >= peak:
                v[j] = c[j]
                u[j] += d[j]
                steps[n], units[n] = step, j
                n += 1
                row = weight[j]
                for i in range(v.size):
                    current[i] += row[i]
        step += 1
    return step, n
