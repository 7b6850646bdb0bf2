"""Small nets that read tokens one by one, several seeds at once, and the two tasks they are given.

What mixes tokens over time differs; all else is the same: embedding, units, residual, read-out.
"""

import bisect
import math
import pydoc_data.topics
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn

from neurarium.core import AbstractDynamics, Rng
from neurarium.nets.recurrent import GRU
from neurarium.neurons import AstrocyteModulated

N_ITEMS = 8
QUERY, N_RECALL_TOKENS = 2 * N_ITEMS, 2 * N_ITEMS + 1  # items to keep, items to ignore, and the question


@dataclass(frozen=True)
class Pointwise:
    """Units without memory but the neuron's own: ``neuron(W x)``; one loop over time for all seeds."""

    neuron: Callable[[], AbstractDynamics[Any]]

    def state_size(self, unit):
        return sum(field.numel() for field in self.neuron().init_state(unit[0][:, 0]))

    def unit(self, n_inputs, n_units, rng):
        weight = torch.empty(n_units, n_inputs).uniform_(-(n_inputs**-0.5), n_inputs**-0.5, generator=rng("weights"))
        return nn.ParameterList([nn.Parameter(weight)])

    def spikes(self, units, xs):
        currents = torch.stack([x @ unit[0].mT for unit, x in zip(units, xs, strict=True)], dim=1)
        return self.neuron()(currents)[0].unbind(1)


@dataclass(frozen=True)
class Glial:
    """Astrocyte-modulated units; their astrocytes seed by seed, their membranes in one loop."""

    tau_mem_ms: float
    tau_glia_ms: float

    def unit(self, n_inputs, n_units, rng):
        return AstrocyteModulated(n_inputs=n_inputs, n_units=n_units, rng=rng, **vars(self))

    def state_size(self, unit):
        return unit.n_units * (1 + unit.n_keys)

    def spikes(self, units, xs):
        starts = [unit.init_state(x[0]) for unit, x in zip(units, xs, strict=True)]
        driven = [unit.drive(x, start.h)[0] for unit, x, start in zip(units, xs, starts, strict=True)]
        return units[0].fire(torch.stack(driven, dim=2), torch.stack([s.u for s in starts]))[0].unbind(1)


@dataclass(frozen=True)
class Gated:
    """The reference that does not spike."""

    def state_size(self, unit):
        return unit.n_units

    def unit(self, n_inputs, n_units, rng):
        return GRU(n_inputs=n_inputs, n_units=n_units, rng=rng)

    def spikes(self, units, xs):
        return [unit(x)[0] for unit, x in zip(units, xs, strict=True)]


class TokenNet(nn.Module):
    """One seed's weights."""

    def __init__(self, mixer, n_units, n_tokens, width, rng):
        super().__init__()
        self.embed = nn.Parameter(torch.randn(n_tokens, width, generator=rng("embedding")))
        self.unit = mixer.unit(width, n_units, rng)
        self.back = nn.Parameter(torch.randn(width, n_units, generator=rng("read-out")) / n_units**0.5)
        self.out = nn.Parameter(torch.randn(n_tokens, width, generator=rng("read-out")) / width**0.5)


def mixing_parameters(mixer, n_units, width):
    """Parameters of units and residual; embedding and read-out are alike for all."""
    return sum(p.numel() for p in mixer.unit(width, n_units, Rng(0)).parameters()) + width * n_units


def units_within(mixer, budget, width):
    """The largest number of units whose parameters keep within `budget`."""
    return bisect.bisect_right(range(1, 1024), budget, key=lambda n: mixing_parameters(mixer, n, width))


def run(mixer, nets, tokens):
    """Logits and spikes of every net for its own tokens ``(time, batch)``; both ``(time, batch, ...)``, one a net."""
    xs = [net.embed[t] for net, t in zip(nets, tokens, strict=True)]
    spikes = mixer.spikes([net.unit for net in nets], xs)
    logits = [(x + s @ net.back.mT) @ net.out.mT for net, x, s in zip(nets, xs, spikes, strict=True)]
    return logits, spikes


def train(mixer, nets, batches, loss, lr):
    """Adam on the sum of the nets' losses, which share no weight; gives ``(nets, updates)``.

    Each of `batches` holds one ``(tokens, targets)`` a net; `loss` is of the logits and targets of one net.
    """
    optimiser = torch.optim.Adam([p for net in nets for p in net.parameters()], lr=lr)
    course = []
    for batch in batches:
        tokens, targets = zip(*batch, strict=True)
        logits, _ = run(mixer, nets, tokens)
        losses = [loss(one, target) for one, target in zip(logits, targets, strict=True)]
        optimiser.zero_grad()
        sum(losses).backward()
        optimiser.step()
        course.append(torch.stack([one.detach() for one in losses]))
    return torch.stack(course, dim=1)


def recall_trials(n_trials, gap, generator):
    """An item, `gap` items of no importance, the question; generated. Answer: the item."""
    item = torch.randint(N_ITEMS, (1, n_trials), generator=generator)
    noise = torch.randint(N_ITEMS, (gap, n_trials), generator=generator)
    return torch.cat([item, N_ITEMS + noise, torch.full((1, n_trials), QUERY)]), item[0]


def text():
    """Python's own help texts as character numbers, in order of topic; every 10th stretch of 2,000 is held out."""
    topics = pydoc_data.topics.topics
    characters = "\n".join(topics[name] for name in sorted(topics))
    kinds = {c: i for i, c in enumerate(sorted(set(characters)))}
    stretches = torch.tensor([kinds[c] for c in characters]).split(2_000)[:-1]
    held_out = torch.stack(stretches[9::10])
    kept = torch.stack([s for i, s in enumerate(stretches) if i % 10 != 9])
    return kept, held_out, len(kinds)


def passages(stretches, n_passages, context, generator):
    """Random passages ``(context, batch)`` and what comes next at every step, none across the border of a stretch."""
    rows = torch.randint(len(stretches), (n_passages, 1), generator=generator)
    starts = torch.randint(stretches.shape[1] - context, (n_passages, 1), generator=generator)
    passage = stretches[rows, starts + torch.arange(context + 1)].mT
    return passage[:-1], passage[1:]


def bits(logits, targets):
    """Bits per character over the second half of a context, where there is something to remember."""
    half = len(targets) // 2
    return F.cross_entropy(logits[half:].flatten(0, 1), targets[half:].flatten()) / math.log(2)


def recall_loss(logits, item):
    return F.cross_entropy(logits[-1][:, :N_ITEMS], item)


def recall_accuracy(logits, item):
    return (logits[-1][:, :N_ITEMS].argmax(-1) == item).double().mean().item()


def text_loss(logits, following):
    return F.cross_entropy(logits.flatten(0, 1), following.flatten())
