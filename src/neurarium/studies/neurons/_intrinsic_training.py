"""Networks of one layer whose neurons learn their constants or do not, all seeds side by side, and their read-outs."""

import re
from functools import partial

import torch
import torch.nn.functional as F
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import nn

from neurarium.alignment import lempel_ziv_complexity
from neurarium.core import unroll
from neurarium.engine import Outcome
from neurarium.learning import tempotron
from neurarium.neurons import LIF
from neurarium.synapses import Dense


class CountingLayer(nn.Module):
    """Hidden spiking neurons whose counts are read out linearly; learns by surrogate gradients of cross-entropy."""

    def __init__(self, data, *, n_hidden, synapses, neuron, is_fixed, rngs, tau_ms):
        super().__init__()
        of = data[0]
        self.synapses = nn.ModuleList(synapses(n_pre=of.n_channels, n_post=n_hidden, rng=rng) for rng in rngs)
        self.neuron = neuron(n_units=len(rngs) * n_hidden, tau_mem_ms=tau_ms, is_fixed=is_fixed)
        reads = [Dense(n_pre=n_hidden, n_post=of.n_classes, rng=rng.child("read")).weight.detach() for rng in rngs]
        self.read = nn.Parameter(torch.stack(reads))
        self.bias = nn.Parameter(torch.zeros(len(rngs), 1, of.n_classes))

    def spikes(self, x):
        """Spikes ``(time, trials, seeds, hidden)`` for input ``(time, trials, seeds, channels)``."""
        current = torch.stack([s(x_s) for s, x_s in zip(self.synapses, x.unbind(2), strict=True)], dim=2)
        return self.neuron(current.flatten(2))[0].view(current.shape)

    def scores(self, x):
        """Logits ``(seeds, trials, classes)``."""
        share = self.spikes(x).mean(0).transpose(0, 1) * 10  # about one in a useful layer
        return share @ self.read.mT + self.bias

    def loss(self, x, y):
        """Cross-entropy, summed over seeds: each seed's gradient is its own."""
        scores = self.scores(x)
        return len(scores) * F.cross_entropy(scores.flatten(0, 1), y.flatten())

    def constants(self):
        """What the neurons learn, each ``(seeds · hidden,)``, and the synapses besides."""
        return list(self.neuron.parameters())


class Tempotrons(nn.Module):
    """One tempotron for each class, with double-exponential potentials; the highest peak decides.

    ``m = α m + w x;  s = σ s + w x;  v = (m - s) / θ`` with α, σ and θ of each unit, learned by the same rule as w.
    """

    def __init__(self, data, *, synapses, is_fixed, rngs, tau_ms, **_):
        super().__init__()
        of, n = data[0], len(data) * data[0].n_classes
        self.synapses = nn.ModuleList(synapses(n_pre=of.n_channels, n_post=of.n_classes, rng=rng) for rng in rngs)
        self.leaks, self.shape = (1 / tau_ms, 4 / tau_ms), (len(rngs), of.n_classes)
        at = torch.arange(5 * tau_ms)
        self.height = (torch.exp(-at * self.leaks[0]) - torch.exp(-at * self.leaks[1])).max()
        for name in ("log_leak", "log_leak_syn", "log_threshold"):
            self.register_parameter(name, nn.Parameter(torch.zeros(n), requires_grad=not is_fixed))

    def potential(self, x):
        """``(time, trials, seeds, classes)``, relative to threshold."""
        current = torch.cat([s(x_s) for s, x_s in zip(self.synapses, x.unbind(2), strict=True)], dim=-1)
        alpha = torch.exp(-self.leaks[0] * self.log_leak.exp())
        sigma = torch.exp(-self.leaks[1] * self.log_leak_syn.exp())

        def step(x_t, state):
            slow, fast = alpha * state[0] + x_t, sigma * state[1] + x_t
            return slow - fast, (slow, fast)

        v, _ = unroll(step, current, (torch.zeros_like(current[0]),) * 2)
        return (v / self.height * torch.exp(-self.log_threshold)).unflatten(-1, self.shape)

    def spikes(self, x):
        """Steps in which the potential is above threshold."""
        return (self.potential(x) >= 1).float()

    def scores(self, x):
        """Highest potentials ``(seeds, trials, classes)``."""
        return self.potential(x).max(0).values.transpose(0, 1)

    def loss(self, x, y):
        """The tempotron's cost, summed over seeds."""
        return len(y) * tempotron(self.potential(x), F.one_hot(y.mT, self.shape[1]).bool())

    def constants(self):
        """What the neurons learn, each ``(seeds · classes,)``."""
        return [self.log_leak, self.log_leak_syn, self.log_threshold]


def fit(net, data, rngs, *, lr, lr_constants, n_epochs, batch):
    """Adam with a cosine schedule; the mean loss of a seed in each epoch."""
    learned = [(name, p) for name, p in net.named_parameters() if p.requires_grad]
    is_weight = re.compile(r"weight$|^read$|^bias$").search
    groups = [dict(params=[p], lr=lr if is_weight(name) else lr_constants) for name, p in learned]
    optimiser = torch.optim.Adam(groups)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, n_epochs)
    curve = []
    for _ in range(n_epochs):
        losses = []
        for of_seeds in zip(
            *(d.batches(batch_size=batch, rng=r) for d, r in zip(data, rngs, strict=True)), strict=True
        ):
            xs, ys = zip(*of_seeds, strict=True)
            optimiser.zero_grad()
            loss = net.loss(torch.stack(xs, 2), torch.stack(ys))
            loss.backward()
            optimiser.step()
            losses.append(loss.item() / len(data))
        schedule.step()
        curve.append(sum(losses) / len(losses))
    return curve


def unseen(data):
    """The trials held out, ``(time, trials, seeds, channels)`` and ``(seeds, trials)``."""
    return torch.stack([d.test_x for d in data], 2), torch.stack([d.test_y for d in data])


@torch.no_grad()
def accuracy(net, data):
    """Share of unseen trials answered correctly, for each seed."""
    x, y = unseen(data)
    return (net.scores(x).argmax(-1) == y).double().mean(1)


@torch.no_grad()
def activity(net, data):
    """Complexity and rate of the spikes on the first unseen trials, and the raster of the first."""
    z = net.spikes(unseen(data)[0][:, :100])
    complexity = [lempel_ziv_complexity(of_seed.transpose(0, 1)).mean().item() for of_seed in z.unbind(2)]
    return complexity, (1000 / data[0].dt_ms * z.mean((0, 1, 3))).tolist(), z[:, 0].clone()


@torch.no_grad()
def shuffle(net, rngs):
    """Give each unit the constants of another of its network, all of them together."""
    for i, rng in enumerate(rngs):
        order = None
        for p in net.constants():
            of_seed = p.view(len(rngs), -1)[i]
            order = torch.randperm(len(of_seed), generator=rng("shuffle")) if order is None else order
            of_seed.copy_(of_seed[order])


def by_head(train, test, train_y, test_y):
    """Accuracy of a logistic read-out of standardised features ``(trials, features)``."""
    head = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)).fit(train, train_y)
    return head.score(test, test_y)


def by_complexity_and_rate(train, test, data):
    """Accuracy of a head that sees each unit's complexity, and of one that sees its count."""
    features = (lambda z: lempel_ziv_complexity(z.transpose(0, 1)).numpy(), lambda z: z.sum(0).numpy())
    return tuple(by_head(f(train), f(test), data.train_y.numpy(), data.test_y.numpy()) for f in features)


def train(rngs, scale, *, layer, synapses, neuron, rates_hz, is_fixed, tau_ms, gain, lr_constants=0.0):
    """A network for each seed, trained; its constants are shuffled after that."""
    data = [scale.classes(rates_hz=rates_hz, rng=rng.child("data")) for rng in rngs]
    what = dict(synapses=partial(synapses, gain=gain), neuron=neuron, n_hidden=scale.n_hidden)
    net = layer(data, is_fixed=is_fixed, rngs=rngs, tau_ms=tau_ms, **what)
    before = torch.stack(net.constants()).detach()
    curve = fit(net, data, rngs, lr=scale.lr, lr_constants=lr_constants, n_epochs=scale.n_epochs, batch=scale.batch)
    right, (complexity, rate, raster) = accuracy(net, data), activity(net, data)
    constants = torch.stack(net.constants()).detach().view(len(before), len(rngs), -1)
    change = (constants - before.view(constants.shape)).abs().mean((0, 2))
    shuffle(net, rngs)
    shuffled = accuracy(net, data)
    rows = [
        {
            "accuracy": right[i].item(),
            "accuracy__shuffled": shuffled[i].item(),
            "lempel_ziv_complexity": complexity[i],
            "mean_rate_hz": rate[i],
            "constants_change": change[i].item(),
            "n_parameters": sum(p.numel() for p in net.parameters() if p.requires_grad) / len(rngs),
        }
        for i in range(len(rngs))
    ]
    drawn = [{"constants": constants[:, i].clone(), "raster of a trial": raster[:, i]} for i in range(len(rngs))]
    curves = {"loss, mean over seeds": curve}
    return [Outcome(row=row, curves=curves, arrays=arrays) for row, arrays in zip(rows, drawn, strict=True)]


def compare_heads(rngs, scale, *, task):
    """What a head can tell of the trains themselves, and of what random LIF neurons make of them."""
    return [compare_heads_once(scale.settings[task](rng=rng.child("data")), rng, scale) for rng in rngs]


@torch.no_grad()
def compare_heads_once(data, rng, scale):
    weights, neuron = Dense(n_pre=data.n_channels, n_post=scale.n_hidden, gain=2.0, rng=rng), LIF(tau_mem_ms=10.0)
    train_z, test_z = (neuron(weights(x))[0] for x in (data.train_x, data.test_x))
    row = dict(zip(("accuracy", "accuracy__rate"), by_complexity_and_rate(train_z, test_z, data), strict=True))
    on_inputs = by_complexity_and_rate(data.train_x, data.test_x, data)
    row |= dict(zip(("accuracy__input", "accuracy__rate_input"), on_inputs, strict=True))
    complexity, rate = lempel_ziv_complexity(test_z.transpose(0, 1)).mean().item(), 1000 * test_z.mean().item()
    return row | {"lempel_ziv_complexity": complexity, "mean_rate_hz": rate, "n_parameters": scale.n_hidden + 1}
