"""Spike trains for the tests of STDP."""

import torch


def train(times, n_steps):
    """One unit that spikes at `times`, ``(time, 1, 1)``."""
    spikes = torch.zeros(n_steps, 1, 1, dtype=torch.float64)
    spikes[list(times)] = 1.0
    return spikes


def change(rule, pre, post):
    """What a rule makes of two trains ``(time, batch, units)``, from weights of zero."""
    w = torch.zeros(post.shape[-1], pre.shape[-1], dtype=torch.float64)
    state = rule.init_state(w)
    for x, y in zip(pre.unbind(0), post.unbind(0), strict=True):
        w, state = rule.step(x, y, w, state)
    return w
