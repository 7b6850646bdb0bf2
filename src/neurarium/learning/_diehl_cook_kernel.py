"""One image through the layer of Diehl and Cook, compiled: the steps of the net and of its rule, event by event.

It gives the numbers of ``DiehlCook.step`` and ``DiehlCookSTDP.step`` (a test compares them), but touches weights only
at spikes, reads traces off a table of powers, and runs an inhibitory unit only once its partner has fired.
"""

from __future__ import annotations

import math
from typing import NamedTuple, no_type_check

import numpy as np

from neurarium.core.kernels import compiled
from neurarium.nets.spiking.diehl_cook import (
    EXCITATORY,
    INHIBITORY,
    PARTNER_WEIGHT,
    SILENCE_MS,
    SLACK,
    DiehlCook,
    Population,
)
from neurarium.plasticity import DiehlCookSTDP

ONE, PARTNER, NEVER = np.float32(1), np.float32(PARTNER_WEIGHT), np.int32(-1_000_000)


class Constants(NamedTuple):
    """What the kernel needs of a population, in single precision; after a spike it rests and then is silent."""

    h: np.float32
    v_rest_mv: np.float32
    v_reset_mv: np.float32
    v_thresh_mv: np.float32
    v_inh_mv: np.float32
    keep_ge: np.float32
    keep_gi: np.float32
    rest_steps: np.int32
    silent_steps: np.int32


class NetConstants(NamedTuple):
    """What the kernel needs of a net."""

    e: Constants
    i: Constants
    inhibition: np.float32
    theta_plus_mv: np.float32


class RuleConstants(NamedTuple):
    """What the kernel needs of a rule, in single precision; `fade_*[k]` is what k steps leave of a trace."""

    a_plus: np.float32
    a_minus: np.float32
    low: np.float32
    high: np.float32
    fade_plus: np.ndarray
    fade_minus: np.ndarray
    fade_slow: np.ndarray


def net_constants(net: DiehlCook) -> NetConstants:
    """The constants of `net`."""
    e, i = _constants(EXCITATORY, SILENCE_MS, net), _constants(INHIBITORY, 0.0, net)
    return NetConstants(e, i, np.float32(net.inhibition), np.float32(net.theta_plus_mv))


def _constants(p: Population, silence_ms: float, net: DiehlCook) -> Constants:
    dt = net.dt_ms
    keeps = 1 - dt / net.tau_ge_ms, 1 - dt / net.tau_gi_ms
    reals = dt / p.tau_mem_ms, p.v_rest_mv, p.v_reset_mv, p.v_thresh_mv, p.v_inh_mv, *keeps
    steps = math.ceil(p.refractory_ms / dt - SLACK), math.floor(silence_ms / dt + SLACK)
    return Constants(*map(np.float32, reals), *map(np.int32, steps))


def rule_constants(rule: DiehlCookSTDP, n_steps: int) -> RuleConstants:
    """The constants of `rule` for images of `n_steps`."""
    taus = np.array([[rule.tau_plus_ms], [rule.tau_minus_ms], [rule.tau_slow_ms]])
    fades = np.exp(-rule.dt_ms * np.arange(n_steps + 1) / taus).astype(np.float32)
    return RuleConstants(*map(np.float32, (rule.a_plus, rule.a_minus, *(rule.bounds or (-np.inf, np.inf)))), *fades)


@compiled()
@no_type_check
def in_order(lines, times, n_steps):
    """Sort events by time: where each step starts, and the input lines in that order."""
    starts = np.zeros(n_steps + 1, np.int64)
    for t in times:
        starts[t + 1] += 1
    starts = np.cumsum(starts)
    at, ordered = starts.copy(), np.empty_like(lines)
    for i in range(len(lines)):
        ordered[at[times[i]]] = lines[i]
        at[times[i]] += 1
    return starts, ordered


@compiled()
@no_type_check
def show(starts, lines, w, theta, counts, net, rule, is_learning):
    """One image: events in, spikes of each unit into `counts`; `w` (inputs, units) and `theta` change if it learns.

    Inhibitory units stand in the order in which their partners fired first (`awake`); the others have nothing to do.
    """
    n_inputs, n_units = w.shape
    v_e, v_i = np.full(n_units, net.e.v_rest_mv), np.full(n_units, net.i.v_rest_mv)
    ge_e, gi_e, ge_i, none = np.zeros((4, n_units), w.dtype)
    threshold, threshold_i = theta + net.e.v_thresh_mv, np.full(n_units, net.i.v_thresh_mv)
    last_e, last_i = np.full((2, n_units), NEVER, np.int32)
    last_in = np.full(n_inputs, NEVER, np.int32)
    fired, fired_i, awake, place = np.empty((4, n_units), np.int64)
    n_awake = 0
    for k in range(len(starts) - 1):
        now, a = lines[starts[k] : starts[k + 1]], n_awake
        n_fired = _advance(k, v_e, ge_e, gi_e, last_e, threshold, net.e, fired)
        n_fired_i = _advance(k, v_i[:a], ge_i[:a], none[:a], last_i[:a], threshold_i[:a], net.i, fired_i)
        for line in now:
            for j in range(n_units):
                ge_e[j] += w[line, j]
        if n_fired_i:
            for j in range(n_units):
                gi_e[j] += net.inhibition * np.float32(n_fired_i)
            for q in fired_i[:n_fired_i]:
                gi_e[awake[q]] -= net.inhibition
                last_i[q] = k
        if is_learning:
            _learn(k, now, fired[:n_fired], awake[:n_awake], w, last_in, last_e, rule)
        for j in fired[:n_fired]:
            if counts[j] == 0:
                awake[n_awake], place[j] = j, n_awake
                n_awake += 1
            ge_i[place[j]] += PARTNER
            counts[j] += 1
            last_e[j] = k
            if is_learning:
                theta[j] += net.theta_plus_mv
                threshold[j] = theta[j] + net.e.v_thresh_mv


@compiled(inline="always")
@no_type_check
def _advance(k, v, ge, gi, last, threshold, p, fired):
    """Step k of a population before new input arrives; those that fire are the first ones of `fired`.

    The first loop runs eight units at once (twice as fast inlined). Most steps have no spike, and then it is all.
    """
    resting, silent = np.int32(k - p.rest_steps), np.int32(k - p.silent_steps)
    n = np.int32(0)
    for j in range(len(v)):
        moved = (v[j] + p.h * (p.v_rest_mv + gi[j] * p.v_inh_mv)) / (ONE + p.h * (ONE + ge[j] + gi[j]))
        now = v[j] if last[j] >= resting else moved
        v[j] = now
        ge[j] *= p.keep_ge
        gi[j] *= p.keep_gi
        n += np.int32(1) if (now > threshold[j]) & (last[j] < silent) else np.int32(0)
    if n:
        n = np.int32(0)
        for j in range(len(v)):
            if v[j] > threshold[j] and last[j] < silent:
                fired[n] = j
                n += np.int32(1)
                v[j] = p.v_reset_mv
    return n


@compiled()
@no_type_check
def _learn(k, lines, fired, active, w, last_in, last_out, rule):
    """Step k of the rule; only `active` units, which have fired before, have a postsynaptic trace."""
    for j in active:
        loss = rule.a_minus * rule.fade_minus[k - last_out[j]]
        for i in lines:
            w[i, j] = min(max(w[i, j] - loss, rule.low), rule.high)
    for j in fired:
        if last_out[j] >= 0:
            growth = rule.a_plus * rule.fade_slow[k - last_out[j]]
            for i in range(len(last_in)):
                if last_in[i] >= 0:
                    w[i, j] = min(max(w[i, j] + growth * rule.fade_plus[k - last_in[i]], rule.low), rule.high)
    for i in lines:
        last_in[i] = k
