"""Chains of Chialvo and Rulkov maps in compiled loops: steps, slopes, attractors, branches of fixed points."""

from __future__ import annotations

from typing import no_type_check

import numpy as np

from neurarium.core.kernels import compiled
from neurarium.nets.recurrent import MapChain
from neurarium.neurons import Chialvo, Rulkov

CHIALVO, RULKOV = 0, 1
NAMES = ("k", "a", "b", "c", "alpha", "mu", "v_rest", "down", "up")
LOW = np.array([0.0, 0.80, 0.1, 0.2, 2.0, 0.001, -2.0, -0.5, -0.5])
HIGH = np.array([0.1, 0.95, 0.7, 0.4, 6.0, 0.5, 0.5, 0.5, 0.5])
K, DOWN, UP = (NAMES.index(name) for name in ("k", "down", "up"))


def as_part(kinds, p) -> MapChain:
    """The same chain as a part of the library."""
    named = dict(zip(NAMES, map(float, p), strict=True))
    made = {
        CHIALVO: Chialvo(**{name: named[name] for name in ("k", "a", "b", "c")}),
        RULKOV: Rulkov(**{name: named[name] for name in ("alpha", "mu", "v_rest")}),
    }
    coupling = dict(coupling_down=named["down"], coupling_up=named["up"])
    return MapChain(n_units=len(kinds), neurons=[made[kind] for kind in kinds], **coupling)


@compiled()
@no_type_check
def move(kinds, p, v, y, new_v, new_y):
    """One step; `p` holds the parameters in the order of NAMES."""
    n = len(kinds)
    for i in range(n):
        pull = 0.0
        if i > 0:
            pull += p[7] * (v[i - 1] - v[i])
        if i < n - 1:
            pull += p[8] * (v[i + 1] - v[i])
        if kinds[i] == CHIALVO:
            new_v[i] = v[i] ** 2 * np.exp(y[i] - v[i]) + p[0] + pull
            new_y[i] = p[1] * y[i] - p[2] * v[i] + p[3]
        else:
            new_v[i] = p[4] / (1 + v[i] ** 2) + y[i] + pull
            new_y[i] = y[i] - p[5] * (v[i] - p[6])


@compiled()
@no_type_check
def slope(kinds, p, v, y):
    """Jacobian of a step by (v, y), (to, from)."""
    n = len(kinds)
    out = np.zeros((2 * n, 2 * n))
    for i in range(n):
        if kinds[i] == CHIALVO:
            e = np.exp(y[i] - v[i])
            out[i, i], out[i, n + i] = (2 * v[i] - v[i] ** 2) * e, v[i] ** 2 * e
            out[n + i, i], out[n + i, n + i] = -p[2], p[1]
        else:
            out[i, i], out[i, n + i] = -2 * p[4] * v[i] / (1 + v[i] ** 2) ** 2, 1.0
            out[n + i, i], out[n + i, n + i] = -p[5], 1.0
        if i > 0:
            out[i, i] -= p[7]
            out[i, i - 1] += p[7]
        if i < n - 1:
            out[i, i] -= p[8]
            out[i, i + 1] += p[8]
    return out


@compiled()
@no_type_check
def push(kinds, p, v, y, apart, out):
    """The Jacobian times a vector, without the matrix."""
    n = len(kinds)
    for i in range(n):
        pull = 0.0
        if i > 0:
            pull += p[7] * (apart[i - 1] - apart[i])
        if i < n - 1:
            pull += p[8] * (apart[i + 1] - apart[i])
        if kinds[i] == CHIALVO:
            e = np.exp(y[i] - v[i])
            out[i] = (2 * v[i] - v[i] ** 2) * e * apart[i] + v[i] ** 2 * e * apart[n + i] + pull
            out[n + i] = p[1] * apart[n + i] - p[2] * apart[i]
        else:
            out[i] = -2 * p[4] * v[i] / (1 + v[i] ** 2) ** 2 * apart[i] + apart[n + i] + pull
            out[n + i] = apart[n + i] - p[5] * apart[i]


@compiled()
@no_type_check
def survey(kinds, sets, starts, n_burn, n_steps, longest):
    """Largest Lyapunov exponent (nan: unbounded) and period (0: above `longest`) of each (set, start)."""
    n = len(kinds)
    exponents, periods = np.full(starts.shape[:2], np.nan), np.zeros(starts.shape[:2], np.int64)
    new_v, new_y, apart, pushed = np.empty(n), np.empty(n), np.empty(2 * n), np.empty(2 * n)
    for a in range(starts.shape[0]):
        for b in range(starts.shape[1]):
            v, y = starts[a, b, :n].copy(), starts[a, b, n:].copy()
            apart[:] = 1 / np.sqrt(2.0 * n)
            total, is_bounded = 0.0, True
            for count in range(n_burn + n_steps):
                push(kinds, sets[a], v, y, apart, pushed)
                size = np.sqrt((pushed**2).sum())
                move(kinds, sets[a], v, y, new_v, new_y)
                v[:], y[:] = new_v, new_y
                if not (size < 1e100 and np.abs(v).max() < 1e6):
                    is_bounded = False
                    break
                size = max(size, 1e-300)
                apart[:] = pushed / size
                if count >= n_burn:
                    total += np.log(size)
            if is_bounded:
                exponents[a, b] = total / n_steps
                periods[a, b] = period(kinds, sets[a], v, y, longest)
    return exponents, periods


@compiled()
@no_type_check
def period(kinds, p, v, y, longest):
    """Steps until a state returns to within 1e-7; 0 if it takes more than `longest`."""
    first_v, first_y = v.copy(), y.copy()
    new_v, new_y = np.empty_like(v), np.empty_like(y)
    for count in range(longest):
        move(kinds, p, v, y, new_v, new_y)
        v[:], y[:] = new_v, new_y
        if max(np.abs(v - first_v).max(), np.abs(y - first_y).max()) < 1e-7:
            return count + 1
    return 0


@compiled()
@no_type_check
def trace(kinds, p, start, n_burn, n_steps):
    """States (time, v then y) after `n_burn` steps."""
    n = len(kinds)
    v, y, new_v, new_y = start[:n].copy(), start[n:].copy(), np.empty(n), np.empty(n)
    out = np.empty((n_steps, 2 * n))
    for count in range(n_burn + n_steps):
        if count >= n_burn:
            out[count - n_burn, :n], out[count - n_burn, n:] = v, y
        move(kinds, p, v, y, new_v, new_y)
        v[:], y[:] = new_v, new_y
    return out


@compiled()
@no_type_check
def branch(kinds, p, start, along, length, n_points):
    """Fixed points (state, then parameter number `along`) on one branch through the one near `start`.

    Newton's method, then pseudo-arclength continuation in steps of `length`; empty if Newton finds nothing, shorter
    where a step does not converge.
    """
    q, size = p.copy(), 2 * len(kinds) + 1
    points, guess, ahead = np.empty((n_points, size)), np.empty(size), np.zeros(size)
    guess[:-1], guess[-1] = start, p[along]
    ahead[-1] = 1.0  # the first correction keeps the parameter
    for count in range(n_points):
        x, is_found = corrected(kinds, q, guess, ahead, along)
        if not is_found:
            return points[:count]
        points[count] = x
        matrix, rest = extended(kinds, q, x, along)
        matrix[-1], rest[:], rest[-1] = ahead, 0.0, 1.0
        if abs(np.linalg.det(matrix)) < 1e-14:
            return points[: count + 1]
        ahead = np.linalg.solve(matrix, rest)
        ahead /= np.sqrt((ahead**2).sum())
        guess = x + length * ahead
    return points


@compiled()
@no_type_check
def corrected(kinds, q, guess, ahead, along):
    """Newton's method across the direction `ahead`, and whether it converged."""
    x = guess.copy()
    for _ in range(30):
        if not np.abs(x).max() < 100:  # far outside of every attractor, and of what exp can take
            break
        matrix, rest = extended(kinds, q, x, along)
        matrix[-1], rest[-1] = ahead, ((x - guess) * ahead).sum()
        if abs(np.linalg.det(matrix)) < 1e-14:
            break
        change = np.linalg.solve(matrix, rest)
        x = x - change
        if np.abs(change).max() < 1e-11:
            return x, np.abs(x).max() < 100
    return x, False


@compiled()
@no_type_check
def extended(kinds, q, x, along):
    """Matrix and right side of a Newton step for a fixed point whose parameter is free too; last row left open."""
    n, small = len(kinds), 1e-7
    v, y, new_v, new_y, more_v, more_y = x[:n], x[n : 2 * n], np.empty(n), np.empty(n), np.empty(n), np.empty(n)
    q[along] = x[-1] + small
    move(kinds, q, v, y, more_v, more_y)
    q[along] = x[-1]
    move(kinds, q, v, y, new_v, new_y)
    matrix, rest = np.zeros((2 * n + 1, 2 * n + 1)), np.zeros(2 * n + 1)
    matrix[:-1, :-1] = slope(kinds, q, v, y) - np.eye(2 * n)
    matrix[:n, -1], matrix[n:-1, -1] = (more_v - new_v) / small, (more_y - new_y) / small
    rest[:n], rest[n:-1] = new_v - v, new_y - y
    return matrix, rest
