"""Activity and networks in which something is planted, each beside a surrogate that lacks only that."""

from __future__ import annotations

import numpy as np
from sklearn.metrics import roc_auc_score

from neurarium.alignment import (
    closed_loop_dependence,
    modularity,
    phase_amplitude_coupling,
    phase_locking,
    phase_synchrony,
    rewire_undirected,
    sequence_score,
    small_worldness,
    weight_entropy,
)

DT_MS = 4.0
ALPHA_HZ, THETA_HZ, GAMMA_HZ = (6.0, 14.0), (4.0, 9.0), (40.0, 80.0)


def auc(planted, surrogate):
    """Chance that a value of what was planted exceeds one of its surrogates; 1/2 if nothing tells them apart."""
    labels = np.repeat([1, 0], [len(planted), len(surrogate)])
    return roc_auc_score(labels, np.concatenate([planted, surrogate]))


def dealt(x):
    """Units of every trial are replaced by those of other trials, each from another one: signals stay, company goes."""
    n_trials, _, n_units = x.shape
    from_trial = (np.arange(n_trials)[:, None] + np.arange(n_units)) % n_trials
    return x[from_trial[:, None, :], np.arange(x.shape[1])[:, None], np.arange(n_units)]


def oscillators(n_trials, n_steps, coupling, *, rng, n_units=12):
    """Kuramoto's phases of 7 to 13 Hz, ``θ_i' = ω_i + K mean_j sin(θ_j - θ_i) + noise``, seen as noisy cosines."""
    dt_s = DT_MS / 1000
    omega = 2 * np.pi * rng.uniform(7, 13, size=(n_trials, n_units))
    theta = rng.uniform(0, 2 * np.pi, size=(n_trials, n_units))
    path = np.empty((n_steps, n_trials, n_units))
    for seen in path:
        field = np.exp(1j * theta).mean(1, keepdims=True)
        pull = coupling * np.imag(field * np.exp(-1j * theta))
        theta = theta + dt_s * (omega + pull) + np.sqrt(dt_s) * rng.normal(size=theta.shape)
        seen[:] = theta
    x = np.cos(path).transpose(1, 0, 2)
    return x + 0.3 * rng.normal(size=x.shape)


def synchrony(rng, scale, strength):
    """Coupled oscillators beside the same signals dealt anew: are they in phase, and at a constant one?"""
    x = oscillators(scale.n_trials, scale.n_steps, 60 * strength, rng=rng.numpy("oscillators"))
    pairs = ~np.eye(x.shape[2], dtype=bool)
    locking, locking_dealt = (phase_locking(v, band_hz=ALPHA_HZ, dt_ms=DT_MS)[:, pairs].mean(1) for v in (x, dealt(x)))
    return {
        "synchrony": auc(phase_synchrony(x), phase_synchrony(dealt(x))),
        "locking": auc(locking, locking_dealt),
    }


def wandering(n_trials, n_steps, mean_hz, *, rng):
    """Phase of a rhythm that drifts at random, by half a turn in some dozen periods."""
    mean = 2 * np.pi * mean_hz * DT_MS / 1000
    steps = mean + 0.2 * np.sqrt(mean) * rng.normal(size=(n_trials, n_steps))
    return rng.uniform(0, 2 * np.pi, size=(n_trials, 1)) + steps.cumsum(1)


def nesting(rng, scale, strength):
    """A theta rhythm that sets the amplitude of gamma, beside theta of one trial with gamma of the next."""
    draw = rng.numpy("nested")
    theta, gamma = (wandering(scale.n_trials, scale.n_steps, f, rng=draw) for f in (6.0, 60.0))
    slow, fast = np.cos(theta), 0.5 * (1 + 0.8 * strength * np.cos(theta - 1)) * np.cos(gamma)
    noise = 0.5 * draw.normal(size=(2, *slow.shape))
    planted, surrogate = slow + fast + noise[0], slow + np.roll(fast, 1, axis=0) + noise[1]
    mi = [
        phase_amplitude_coupling(x[..., None], slow_hz=THETA_HZ, fast_hz=GAMMA_HZ, dt_ms=DT_MS)[:, 0]
        for x in (planted, surrogate)
    ]
    return {"nesting": auc(*mi)}


def replayed(n_trials, strength, *, rng, n_units=30, n_steps=200):
    """Poisson spikes; a share `strength` of them at the unit's turn in a sweep, forwards in one half of the trials."""
    counts = 1 + rng.poisson(1.5, size=(n_trials, n_units))
    turn = 20 + 160 * np.arange(n_units) / (n_units - 1)
    spikes = np.zeros((n_trials, n_steps, n_units))
    for trial, unit in np.ndindex(n_trials, n_units):
        centre = turn[unit] if trial % 2 else n_steps - turn[unit]
        own = rng.random(counts[trial, unit]) < 0.6 * strength
        times = np.where(own, rng.normal(centre, 8, len(own)), rng.uniform(0, n_steps, len(own)))
        spikes[trial, np.clip(times, 0, n_steps - 1).astype(int), unit] = 1
    return spikes


def replay(rng, scale, strength):
    """Sweeps within Poisson spikes, beside the same trains, each shifted round its trial by a lag of its own."""
    draw = rng.numpy("replay")
    spikes = replayed(scale.n_trials, strength, rng=draw)
    lags = draw.integers(spikes.shape[1], size=(len(spikes), 1, spikes.shape[2]))
    shifted = np.take_along_axis(spikes, (np.arange(spikes.shape[1])[:, None] + lags) % spikes.shape[1], axis=1)
    places = np.arange(float(spikes.shape[2]))
    z = [np.abs(sequence_score(s, template=places, n_shuffles=100, rng=rng).z) for s in (spikes, shifted)]
    return {"replay": auc(*z)}, spikes[1]


def modular_weights(strength, *, rng, n_units=64, n_modules=4):
    """Sparse positive weights, 12 % of the pairs; within a module more often than between by the planted strength."""
    module = np.arange(n_units) % n_modules
    is_within = module[:, None] == module
    density = np.where(is_within, 0.12 + 0.28 * strength, 0.12 - 0.28 * strength / (n_modules - 1))
    joined = np.triu(rng.random((n_units, n_units)) < density, 1)
    w = np.where(joined, rng.lognormal(0, 0.3, size=joined.shape), 0)
    return w + w.T


def structure(rng, scale, strength):
    """Modular weights beside the same, rewired at equal degrees; few weights beside as many as there can be."""
    found = {"modularity": ([], []), "small_worldness": ([], []), "sparsity": ([], [])}
    for k in range(scale.n_graphs):
        draws = rng.child(f"graph {k}")
        w = modular_weights(strength, rng=draws.numpy("weights"))
        dense = draws.numpy("dense").lognormal(0, 0.3, size=w.shape)
        for side, one in enumerate((w, rewire_undirected(w, rng=draws))):
            q = modularity(one, density=0.12, rng=draws).q
            found["modularity"][side].append(q)
            found["small_worldness"][side].append(small_worldness(one, density=0.12, n_random=2, rng=draws).sigma)
        other = draws.numpy("other").lognormal(0, 0.3, size=w.shape)
        found["sparsity"][0].append(-weight_entropy(w if strength else other))
        found["sparsity"][1].append(-weight_entropy(dense))
    return {name: auc(*sides) for name, sides in found.items()}


def loop(rng, scale, strength):
    """Agents whose actions move what they see, with actions of other trials replayed to them; beside a rerun."""
    values = ([], [])
    for k in range(scale.n_graphs):
        draw = rng.numpy(f"agent {k}")
        n, n_trials, n_steps = 20, 10, 60
        w, w_in, w_out = draw.normal(size=(n, n)) * 0.9 / n**0.5, draw.normal(size=n), draw.normal(size=n) / n**0.5
        stimuli = draw.normal(size=(n_steps, n_trials))
        closed, actions = act(stimuli, w, w_in, w_out, gain=strength)
        opened, _ = act(stimuli + strength * np.roll(actions, 1, axis=1), w, w_in, w_out, gain=0.0)
        seen = [x + 0.3 * draw.normal(size=x.shape) for x in (closed, opened, closed)]
        values[0].append(closed_loop_dependence(seen[0], seen[1]))
        values[1].append(closed_loop_dependence(seen[0], seen[2]))
    return {"loop": auc(*values)}


def act(stimuli, w, w_in, w_out, *, gain):
    """``x' = tanh(W x + w_in (s + gain a))``, a the last action ``w_out x``: activity, and what action came before."""
    x, path, before = np.zeros((stimuli.shape[1], len(w))), [], []
    for s in stimuli:
        action = x @ w_out
        before.append(action)
        x = np.tanh(x @ w.T + np.outer(s + gain * action, w_in))
        path.append(x)
    return np.stack(path, axis=1), np.stack(before)
