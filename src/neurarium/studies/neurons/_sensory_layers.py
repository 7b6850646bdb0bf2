"""Permutation-invariant agents that balance poles: a whole population of every seed at once.

Each channel feeds a unit of its own with shared weights (an LSTM that also sees the last action). Its key K meets
queries Q made of a fixed table; what differs between the agents is what becomes of K on its way.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from neurarium.core import Rng
from neurarium.neurons import Asynchronous
from neurarium.tasks import CartPole

CELL = Asynchronous()
GAIN = 5.0  # angles and positions are small numbers; all channels alike, as no layer may tell them apart
BEAT = 25  # steps after which candidates whose episodes are all over are put aside


def attention(keys, agents):
    """As it is."""
    return keys


def cooperator(keys, agents):
    """Two-point cells: the key is their receptive field, the other channels are their context."""
    return CELL(keys, neighbours(keys))


def shuffled(keys, agents):
    """The other channels are those of another episode of the same agent."""
    return CELL(keys, neighbours(keys).roll(1, dims=1))


def alone(keys, agents):
    """The same function of the key without a context."""
    return CELL(keys, torch.zeros_like(keys))


def placed(keys, agents):
    """As in the group's code: a context for each place, a learned mixture of the queries, whatever is seen there."""
    context = agents.w["place"].mT @ agents.queries + agents.w["place_b"].mT
    return CELL(keys, context[:, None])


def neighbours(keys):
    """Mean key of all other channels (third axis from the left: agents, episodes, channels, features)."""
    return (keys.sum(2, keepdim=True) - keys) / (keys.shape[2] - 1)


@dataclass(frozen=True)
class Sizes:
    """Width of the channels' units, of keys and queries, number of queries, and of places that have a context."""

    n_units: int
    n_keys: int
    n_queries: int
    n_places: int = 0

    def shapes(self):
        gates = 4 * self.n_units
        places = {"place": (self.n_queries, self.n_places), "place_b": (1, self.n_places)}
        return {
            "x": (2, gates),
            "h": (self.n_units, gates),
            "b": (1, gates),
            "key": (self.n_units, self.n_keys),
            "query": (self.n_units, self.n_keys),
            "out": (self.n_queries, 1),
            "out_b": (1, 1),
            **(places if self.n_places else {}),
        }

    def n_parameters(self):
        return sum(math.prod(shape) for shape in self.shapes().values())

    def first(self, rng: Rng):
        """Weights uniform within ``± 1 / sqrt(features)``, no bias."""
        drawn = []
        for name, (n_in, n_out) in self.shapes().items():
            w = torch.empty(n_in * n_out).uniform_(-(n_in**-0.5), n_in**-0.5, generator=rng("weights"))
            drawn.append(torch.zeros_like(w) if name.endswith("b") else w)
        return torch.cat(drawn)

    def split(self, flat):
        """One tensor a name, ``(agents, in, out)``, of parameters ``(agents, parameters)``."""
        shapes = self.shapes()
        parts = flat.split([math.prod(s) for s in shapes.values()], dim=-1)
        return {name: part.unflatten(-1, shape) for (name, shape), part in zip(shapes.items(), parts, strict=True)}

    def table(self):
        """Sines and cosines of the queries' numbers, as for positions in a Transformer."""
        number, unit = torch.arange(self.n_queries)[:, None], torch.arange(self.n_units)
        angle = number / 10_000 ** (2 * (unit // 2) / self.n_units)
        return torch.where(unit % 2 == 0, angle.sin(), angle.cos())


@dataclass(frozen=True)
class Agents:
    """A population; `key` is what becomes of keys, `w` its weights by name."""

    key: Callable[[Tensor, "Agents"], Tensor]
    w: dict[str, Tensor]
    queries: Tensor

    def kept(self, rows):
        return Agents(self.key, {name: w[rows] for name, w in self.w.items()}, self.queries[rows])

    def start(self, seen):
        n_units = self.w["h"].shape[1]
        blank = seen.new_zeros(*seen.shape, n_units)
        return blank, blank, seen.new_zeros(seen.shape[:2])

    def act(self, seen, state):
        """From what is seen, ``(agents, episodes, channels)``, to the push, the outputs of the layer and the state."""
        h, c, push = state
        fed = torch.stack([seen, push[..., None].expand_as(seen)], -1)
        gates = _times(fed, self.w["x"]) + _times(h, self.w["h"]) + self.w["b"][:, None]
        i, f, o = torch.sigmoid(gates[..., : 3 * h.shape[-1]]).chunk(3, -1)
        c = f * c + i * torch.tanh(gates[..., 3 * h.shape[-1] :])
        h = o * torch.tanh(c)
        keys = self.key(_times(h, self.w["key"]), self)
        weights = torch.tanh(_times(keys, self.queries.mT))
        out = torch.tanh((weights * seen[..., None]).sum(2))
        push = torch.tanh(out @ self.w["out"] + self.w["out_b"])[..., 0]
        return push, out, (h, c, push)


def agents(key, sizes: Sizes, flat):
    """The agents whose parameters are the rows of `flat`."""
    w = sizes.split(flat)
    return Agents(key, w, sizes.table().to(flat) @ w["query"])


@torch.no_grad()
def play(population: Agents, task: CartPole, state, noise, outputs=None):
    """Returns ``(agents, episodes)``; stops when all is over. `noise` is time first; `outputs` collects the layer's."""
    returns = torch.zeros(state.is_up.shape)
    rows = torch.arange(len(returns))
    inner = None
    for i, blur in enumerate(noise.unbind(0)):
        if i % BEAT == 0:
            going = state.is_up.any(1)
            if not going.any():
                break
            rows, population, state = rows[going], population.kept(going), type(state)(*(s[going] for s in state))
            inner = None if inner is None else tuple(s[going] for s in inner)
        seen = GAIN * task.observe(state, blur[rows])
        inner = population.start(seen) if inner is None else inner
        push, out, inner = population.act(seen, inner)
        if outputs is not None:
            outputs.append(out[state.is_up])
        returns[rows] += state.is_up
        state = task.step(push, state)
    return returns


def _times(x, w):
    """``(agents, episodes, channels, in)`` by ``(agents, in, out)``."""
    return torch.bmm(x.flatten(1, 2), w).unflatten(1, x.shape[1:3])
