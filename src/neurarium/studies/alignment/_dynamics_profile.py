"""Four kinds of network that see what they answered last, and what the checklist says of them on a memory task."""

from __future__ import annotations

from functools import partial

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from neurarium.alignment import (
    closed_loop_dependence,
    modularity,
    phase_amplitude_coupling,
    phase_locking,
    phase_synchrony,
    sequence_score,
    small_worldness,
)
from neurarium.core import unroll
from neurarium.nets.recurrent import LeakyRNN
from neurarium.nets.spiking import SpikingRNN
from neurarium.neurons import LIF, KuramotoOscillator
from neurarium.tasks import DelayedMemory, Periods
from neurarium.tasks import accuracy as share_right

DT_MS = 20.0
MEMORY_MS = 400.0
THETA_HZ, BETA_HZ = (1.0, 4.0), (9.0, 24.0)


def zeros(shape, generator):
    """Recurrent weights of a net that has none."""
    return torch.zeros(shape)


def feed_forward(n_inputs, n_units, *, rng):
    """Units without memory and without connections among them."""
    net = LeakyRNN(n_inputs=n_inputs, n_units=n_units, tau_ms=1e-3, dt_ms=DT_MS, init=zeros, rng=rng)
    net.weight_rec.requires_grad_(False)
    return net


def leaky_rnn(n_inputs, n_units, *, rng):
    """Rate units with a time constant of 100 ms."""
    return LeakyRNN(n_inputs=n_inputs, n_units=n_units, tau_ms=100.0, dt_ms=DT_MS, rng=rng)


def spiking_rnn(n_inputs, n_units, *, rng):
    """Leaky integrate-and-fire neurons with a membrane of 100 ms."""
    neuron = partial(LIF, tau_mem_ms=100.0, dt_ms=DT_MS)
    return SpikingRNN(n_inputs=n_inputs, n_units=n_units, neuron=neuron, gain=3.0, rng=rng)


class Oscillators(nn.Module):
    """Kuramoto oscillators of two dimensions each, pulled by a linear map of the input."""

    def __init__(self, n_inputs, n_units, *, rng):
        super().__init__()
        self.pull = nn.Linear(n_inputs, n_units)
        nn.init.normal_(self.pull.weight, generator=rng("pull"))
        nn.init.zeros_(self.pull.bias)
        self.cells = KuramotoOscillator(n_units=n_units // 2, step_size=0.3, rng=rng)

    @property
    def weight_rec(self):
        return self.cells.coupling

    def init_state(self, like):
        return self.cells.init_state(self.pull(like))

    def step(self, x, state):
        return self.cells.step(self.pull(x), state)


class Agent(nn.Module):
    """A network, a linear readout, and the loop: what it answered last is part of what it sees."""

    def __init__(self, core, task, n_units, *, rng):
        super().__init__()
        self.core = core(task.n_inputs + task.n_classes, n_units, rng=rng)
        self.readout = nn.Linear(n_units, task.n_classes)
        nn.init.normal_(self.readout.weight, std=n_units**-0.5, generator=rng("readout"))
        nn.init.zeros_(self.readout.bias)

    def forward(self, x):
        """Activity, logits and the answers that came before each step, time first, in closed loop."""
        n_units, n_classes = self.readout.in_features, self.readout.out_features

        def step(x_t, state):
            cells, answer = state
            h, cells = self.core.step(torch.cat([x_t, answer], dim=-1), cells)
            logits = self.readout(h)
            return torch.cat([h, logits, answer], dim=-1), (cells, logits.softmax(-1))

        nothing = x.new_zeros(x.shape[1], n_classes)
        out, _ = unroll(step, x, (self.core.init_state(torch.cat([x[0], nothing], dim=-1)), nothing))
        return out.split([n_units, n_classes, n_classes], dim=-1)

    def decoupled(self, x, answers):
        """Activity when answers given from outside are seen in place of its own."""
        seen = torch.cat([x, answers], dim=-1)
        return unroll(self.core.step, seen, self.core.init_state(seen[0]))[0]

    def fit(self, task, scale, *, rng):
        optimiser = torch.optim.Adam((p for p in self.parameters() if p.requires_grad), lr=5e-3)
        for _ in range(scale.n_updates):
            trials = task.draw(scale.batch, rng=rng)
            _, logits, _ = self(trials.inputs)
            errors = F.cross_entropy(logits.flatten(0, 1), trials.targets.flatten(), reduction="none")
            loss = (errors * trials.mask.flatten()).sum() / trials.mask.sum()
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(self.parameters(), 1.0)
            optimiser.step()


def memory_task(delay_ms):
    """Remember one of four items over a delay."""
    periods = Periods(fixation_ms=60.0, stimulus_ms=100.0, delay_ms=delay_ms, decision_ms=80.0)
    return DelayedMemory(periods=periods, dt_ms=DT_MS)


def profile(rng, scale, core):
    """The checklist of one network that learned the task, on trials with a longer delay."""
    task, longer = memory_task(MEMORY_MS), memory_task(scale.long_delay_ms)
    agent = Agent(core, task, scale.n_units, rng=rng)
    agent.fit(task, scale, rng=rng.child("training"))
    with torch.no_grad():
        test = task.draw(256, rng=rng.child("test"))
        shown = longer.draw(scale.n_trials, rng=rng.child("shown"))
        row = {"accuracy": share_right(agent(test.inputs)[1], test)}
        closed, _, answers = agent(shown.inputs)
        opened = agent.decoupled(shown.inputs, answers.roll(1, dims=1))
    row["n_parameters"] = sum(p.numel() for p in agent.parameters() if p.requires_grad)
    row["loop_dependence"] = closed_loop_dependence(closed.transpose(0, 1), opened.transpose(0, 1))
    x = closed.transpose(0, 1).double().numpy()
    x = x + 0.05 * x.std() * rng.numpy("recording").normal(size=x.shape)
    weights = agent.core.weight_rec.detach()
    return row | rhythm(x) | order(x, rng) | (topology(weights, rng) if weights.any() else {})


def rhythm(x):
    """Synchrony, locking and nesting, means over trials and units."""
    pairs = ~np.eye(x.shape[2], dtype=bool)
    bands = dict(slow_hz=THETA_HZ, fast_hz=BETA_HZ, dt_ms=DT_MS, n_bins=6)
    return {
        "phase_synchrony": phase_synchrony(x).mean(),
        "phase_locking": phase_locking(x, band_hz=BETA_HZ, dt_ms=DT_MS)[:, pairs].mean(),
        "modulation_index": phase_amplitude_coupling(x, **bands).mean(),
    }


def order(x, rng):
    """Whether units peak in the same order: template from one half of the trials, spikes from the other."""
    peaks = x[::2].mean(0).argmax(0).astype(float)
    spikes = x[1::2] > np.quantile(x[1::2], 0.9, axis=1, keepdims=True)
    rho = sequence_score(spikes, template=peaks, n_shuffles=1, rng=rng).rho
    return {"sequence_order": np.abs(np.nan_to_num(rho)).mean()}


def topology(weights, rng):
    """What the strongest tenth of the recurrent weights looks like."""
    size = weights.abs()
    return {
        "kept_weights": (size > 0.01 * size.max()).double().mean(),
        "modularity": modularity(weights, rng=rng).q,
        "small_worldness": small_worldness(weights, density=0.2, n_random=3, rng=rng).sigma,
    }
