"""Many perceptrons that learn online, one sample stream each, and four ways to set their learning rate."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import torch
import torch.nn.functional as F

from neurarium.plasticity import HomeostaticRate

DTYPE = torch.float64  # stacked and single runs then take the same decisions


class Streams(NamedTuple):
    """`x` (learners, images, pixels), `classes` (learners, images), the rest as tasks.LabelSwaps, learners first."""

    x: torch.Tensor
    classes: torch.Tensor
    order: torch.Tensor
    segment: torch.Tensor
    mappings: torch.Tensor


class Batch(NamedTuple):
    """Images and labels of one step, and of the last samples before it under the labels of now."""

    x: torch.Tensor
    labels: torch.Tensor
    memory_x: torch.Tensor
    memory_labels: torch.Tensor


def stacked(images, swaps, device) -> Streams:
    """One stream for each learner."""
    x = torch.stack([one.train_x.flatten(1) for one in images]).to(device, DTYPE)
    fields = [[getattr(one, name) for one in swaps] for name in ("order", "segment", "mappings")]
    classes, *rest = (torch.stack(one).to(device) for one in ([one.train_y for one in images], *fields))
    return Streams(x, classes, *rest)


def batches(streams, batch_size, n_memory):
    """The stream in order; the memory starts empty, and what is left over at the end is dropped."""
    rows = torch.arange(len(streams.x), device=streams.x.device).unsqueeze(1)
    for end in range(batch_size, streams.order.shape[1] + 1, batch_size):
        start = end - batch_size
        now, past = streams.order[:, start:end], streams.order[:, max(start - n_memory, 0) : start]
        mapping = streams.mappings[rows, streams.segment[:, start : start + 1]].squeeze(1)
        yield Batch(
            streams.x[rows, now],
            streams.mappings[rows, streams.segment[:, start:end], streams.classes[rows, now]],
            streams.x[rows, past],
            mapping.gather(1, streams.classes[rows, past]),
        )


def perceptrons(sizes, rngs, device):
    """Weights (learners, in, out) of variance ``2 / in`` and normal biases (learners, 1, out) in turn."""
    parameters = []
    for n_in, n_out in pairwise(sizes):
        for rows, scale in ((n_in, (2 / n_in) ** 0.5), (1, 1.0)):
            drawn = [torch.randn(rows, n_out, generator=rng("weights"), dtype=DTYPE) for rng in rngs]
            parameters.append(scale * torch.stack(drawn).to(device))
    return parameters


def forward(parameters, x):
    """Activity of every layer, the input first; the last are the logits."""
    layers = [x]
    for w, b in zip(parameters[::2], parameters[1::2], strict=True):
        z = torch.baddbmm(b, layers[-1], w)
        layers.append(z if w is parameters[-2] else F.elu(z))
    return layers


def gradients(parameters, layers, labels):
    """Gradient of the cross entropy, averaged over the batch, of each parameter; by hand, which is twice as fast."""
    error = torch.softmax(layers[-1], -1)
    error.scatter_add_(-1, labels.unsqueeze(-1), torch.full_like(error[..., :1], -1.0))
    error = error / labels.shape[1]
    found = []
    for i in range(len(layers) - 2, -1, -1):
        found += [error.sum(1, keepdim=True), layers[i].mT @ error]
        if i:
            slope = torch.where(layers[i] > 0, 1.0, layers[i] + 1)  # of elu, from its value
            error = error @ parameters[2 * i].mT * slope
    return found[::-1]


def moved(parameters, gradient, rate):
    rate = rate.reshape(-1, 1, 1)
    return [p - rate * g for p, g in zip(parameters, gradient, strict=True)]


def accuracy(parameters, x, labels):
    return (forward(parameters, x)[-1].argmax(-1) == labels).to(DTYPE).mean(-1)


def class_separation(parameters, images):
    """Share of the variance of the last hidden layer that lies between classes, on the images held out."""
    x = torch.stack([one.test_x.flatten(1) for one in images]).to(parameters[0])
    shares = []
    for hidden, one in zip(forward(parameters, x)[-2].cpu(), images, strict=True):
        centred = hidden - hidden.mean(0)
        members = F.one_hot(one.test_y).to(centred)
        between = (members.mT @ centred).square().sum(1) / members.sum(0).clamp_min(1)
        shares.append((between.sum() / centred.square().sum()).item())
    return shares


class Constant:
    """One rate for ever."""

    def __init__(self, lr, rngs, device):
        self.rate = torch.full((len(rngs),), lr, dtype=DTYPE, device=device)

    def update(self, parameters, gradient, layers, batch):
        return moved(parameters, gradient, self.rate)


class Regulated(Constant):
    """A rate that the first sample of each batch may move."""

    def __init__(self, lr, rngs, device):
        super().__init__(lr, rngs, device)
        self.rngs, self.rule = rngs, HomeostaticRate(lr=lr)
        self.state = self.rule.init_state(self.rate)

    def update(self, parameters, gradient, layers, batch):
        if batch.memory_x.shape[1]:
            kept, gained = self.simulated(parameters, gradient, layers, batch)
            self.state = self.rule.step(batch.labels[:, 0], kept, gained, self.state)
            self.rate = self.state.rate
        return moved(parameters, gradient, self.rate)

    def simulated(self, parameters, gradient, layers, batch):
        """Accuracies on the memory after a step at the rate there is, and at the one offered by what is believed."""
        offered = self.rule.offer(layers[-1][:, 0].argmax(-1), self.state)
        tried = self.tried(parameters, gradient, layers, batch)
        both = [moved(parameters, tried, rate) for rate in (self.rate, offered)]
        return [accuracy(one, batch.memory_x, batch.memory_labels) for one in both]


class Homeostatic(Regulated):
    """The published code: of the batch only the gradient of its first sample is there when a move is tried."""

    def tried(self, parameters, gradient, layers, batch):
        first = gradients(parameters, [layer[:, :1] for layer in layers], batch.labels[:, :1])
        return [g / batch.x.shape[1] for g in first]


class HomeostaticBatch(Regulated):
    """A move is tried with the gradient of the whole batch."""

    def tried(self, parameters, gradient, layers, batch):
        return gradient


class Random(Regulated):
    """The same moves, taken by the toss of a coin."""

    def simulated(self, parameters, gradient, layers, batch):
        coin = torch.stack([torch.randint(2, (), generator=rng("coin")) for rng in self.rngs]).to(self.rate)
        return torch.zeros_like(coin), coin


class Adam(Constant):
    """Kingma and Ba's rule with its usual constants."""

    count, first, second = 0, None, None

    def update(self, parameters, gradient, layers, batch):
        self.first, self.second = (old or [torch.zeros_like(g) for g in gradient] for old in (self.first, self.second))
        self.count += 1
        fix_first, fix_second = (1 - b**self.count for b in (0.9, 0.999))
        steps = []
        for m, v, g in zip(self.first, self.second, gradient, strict=True):
            m.mul_(0.9).add_(g, alpha=0.1)
            v.mul_(0.999).addcmul_(g, g, value=0.001)
            steps.append(m / fix_first / ((v / fix_second).sqrt() + 1e-8))
        return moved(parameters, steps, self.rate)
