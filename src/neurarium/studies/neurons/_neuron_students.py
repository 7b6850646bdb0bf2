"""Students of a neuron's input and output, and of sums of digits: one for each seed, trained side by side."""

import math

import torch
import torch.nn.functional as F
from sklearn.metrics import roc_auc_score
from torch import nn

from neurarium.engine import Outcome
from neurarium.neurons import ExpressiveLeakyMemory
from neurarium.neurons._memory_sweep import sweep


class MemoryNeurons(nn.Module):
    """Expressive leaky memory neurons."""

    def __init__(self, n_inputs, n_outputs, rngs, **options):
        super().__init__()
        sizes = dict(n_inputs=n_inputs, n_outputs=n_outputs)
        self.cells = nn.ModuleList(ExpressiveLeakyMemory(**sizes, **options, rng=rng) for rng in rngs)

    def forward(self, x):
        """Outputs ``(time, seeds, trials, outputs)`` for ``(time, seeds, trials, inputs)``."""
        s, m = torch.zeros_like(x[0]), x.new_zeros(*x.shape[1:3], self.cells[0].logit_tau.numel())
        return sweep(list(self.cells), x, s, m)[0]

    def tau_ms(self):
        """Mean time constant of each neuron's memories."""
        return [cell.tau_mem_ms.mean().item() for cell in self.cells]


class _Apart(nn.Module):
    """Networks that torch runs one after the other."""

    def __init__(self, n_inputs, n_outputs, rngs, **options):
        super().__init__()
        self.nets = nn.ModuleList(self.net(n_inputs, n_outputs, **options) for _ in rngs)
        for net, rng in zip(self.nets, rngs, strict=True):
            for layer in net.modules():
                for p in layer.parameters(recurse=False):
                    bound = 1 / math.sqrt(layer.hidden_size if isinstance(layer, nn.LSTM) else fan_in(layer))
                    nn.init.uniform_(p, -bound, bound, generator=rng("weights"))

    def forward(self, x):
        """As :meth:`MemoryNeurons.forward`."""
        return torch.stack([self.out(net, x_s) for net, x_s in zip(self.nets, x.unbind(1), strict=True)], dim=1)

    def tau_ms(self):
        """They have none of their own."""
        return [0.0] * len(self.nets)


def fan_in(layer):
    """Inputs of one unit of a linear or convolutional layer."""
    return layer.weight[0].numel()


class LSTMs(_Apart):
    """One layer of LSTM units and a linear read-out."""

    @staticmethod
    def net(n_inputs, n_outputs, n_hidden):
        lstm = nn.LSTM(n_inputs, n_hidden, device="meta").to_empty(device="cpu")
        return nn.ModuleList([lstm, nn.utils.skip_init(nn.Linear, n_hidden, n_outputs)])

    @staticmethod
    def out(net, x):
        return net[1](net[0](x)[0])


class TCNs(_Apart):
    """Three causal convolutions, ten taps each, dilated by 1, 4 and 16 so that 190 steps are seen, and a read-out."""

    @staticmethod
    def net(n_inputs, n_outputs, n_hidden):
        widths = (n_inputs, n_hidden, n_hidden, n_hidden)
        convs = (nn.utils.skip_init(nn.Conv1d, widths[i], widths[i + 1], 10, dilation=4**i) for i in range(3))
        return nn.ModuleList([*convs, nn.utils.skip_init(nn.Linear, n_hidden, n_outputs)])

    @staticmethod
    def out(net, x):
        *convs, read = net
        h = x.permute(1, 2, 0)
        for conv in convs:
            h = conv(F.pad(h, (9 * conv.dilation[0], 0))).relu()
        return read(h.permute(2, 0, 1))


def train(student, batches, loss, *, n_updates, lr):
    """Adam with a cosine schedule; the mean loss of a seed at every tenth update."""
    optimiser = torch.optim.Adam(student.parameters(), lr=lr)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, n_updates)
    curve = []
    for i in range(n_updates):
        optimiser.zero_grad()
        value = loss(student, *next(batches))
        value.backward()
        optimiser.step()
        schedule.step()
        if i % 10 == 0:
            curve.append(value.item() / student_count(student))
    return curve


def student_count(student):
    """How many seeds run side by side."""
    return len(getattr(student, "cells", None) or student.nets)


def drawn(rngs, n, batch):
    """Endless batches of trials, for each seed its own: indices ``(seeds, batch)``, every trial once an epoch."""
    while True:
        orders = torch.stack([torch.randperm(n, generator=rng("batches")) for rng in rngs])
        yield from orders[:, : n - n % batch].split(batch, dim=1)


def chosen(x, index):
    """The trials ``(time, seeds, batch, ...)`` at `index` of ``(time, seeds, trials, ...)``."""
    return torch.stack([x[:, i, of_seed] for i, of_seed in enumerate(index)], dim=1)


def imitate(rngs, scale, *, student, lr, n_updates, **options):
    """Train students on a dendritic neuron's spikes and potential, and score them on unseen trials."""
    data = [scale.neuron(rng=rng.child("data")) for rng in rngs]
    parts = (f"{part}_{name}" for part in ("train", "test") for name in "xzv")
    x, z, v, test_x, test_z, test_v = (torch.stack([getattr(d, part) for d in data], dim=1) for part in parts)
    centre, spread = v.mean((0, 2), keepdim=True), v.std((0, 2), keepdim=True)
    usual = torch.logit(z.mean((0, 2), keepdim=True).clamp_min(1e-4))  # students start at the mean rate
    net = student(x.shape[-1], 2, [rng.child("student") for rng in rngs], **options)

    def loss(net, index):
        out = net(chosen(x, index))
        spikes = F.binary_cross_entropy_with_logits(out[..., 0] + usual, chosen(z, index))
        potential = F.mse_loss(out[..., 1], chosen((v - centre) / spread, index))
        return len(rngs) * (spikes + 0.1 * potential)

    batches = ((index,) for index in drawn(rngs, x.shape[2], scale.batch))
    curve = train(net, batches, loss, n_updates=max(1, round(scale.share * n_updates)), lr=lr)
    with torch.no_grad():
        out = net(test_x)
    rows = []
    for i, tau in enumerate(net.tau_ms()):
        off = (out[:, i, :, 1] * spread[:, i] + centre[:, i] - test_v[:, i]).square().mean()
        row = {"spike_auc": roc_auc_score(test_z[:, i].flatten(), out[:, i, :, 0].flatten())}
        row |= {"voltage_r2": (1 - off / test_v[:, i].var()).item(), "tau_mem_ms": tau}
        rows.append(row | {"n_parameters": sum(p.numel() for p in net.parameters()) / len(rngs)})
    told = (out[..., 1] * spread + centre)[:, :, 0]
    traces = [
        {"potential of a trial": test_v[:, i, 0], "as the student tells it": told[:, i]} for i in range(len(rngs))
    ]
    curves = {"loss, mean over seeds": curve}
    return [Outcome(row=row, curves=curves | of_seed) for row, of_seed in zip(rows, traces, strict=True)]


def add(rngs, scale, *, tau_max_ms):
    """Train memory neurons to add two digits; the answer is read at the end."""
    data = [scale.sums(rng=rng.child("data")) for rng in rngs]
    x, test_x = (torch.stack([getattr(d, part) for d in data], dim=1) for part in ("train_x", "test_x"))
    y, test_y = (torch.stack([getattr(d, part) for d in data]) for part in ("train_y", "test_y"))
    sizes = dict(n_memory=scale.n_memory, tau_range_ms=(1.0, tau_max_ms))
    net = MemoryNeurons(x.shape[-1], data[0].n_classes, [rng.child("student") for rng in rngs], **sizes)

    def loss(net, index):
        out = net(chosen(x, index))[-1]
        right = torch.stack([of_seed[i] for of_seed, i in zip(y, index, strict=True)])
        return len(rngs) * F.cross_entropy(out.flatten(0, 1), right.flatten())

    batches = ((index,) for index in drawn(rngs, x.shape[2], scale.batch_sums))
    curve = train(net, batches, loss, n_updates=scale.n_updates_sums, lr=scale.lr_sums)
    with torch.no_grad():
        right = (net(test_x)[-1].argmax(-1) == test_y).double().mean(1)
    n_parameters = sum(p.numel() for p in net.parameters()) / len(rngs)
    rows = [{"accuracy": a, "tau_mem_ms": t} for a, t in zip(right.tolist(), net.tau_ms(), strict=True)]
    curves = {"loss, mean over seeds": curve}
    return [Outcome(row=row | {"n_parameters": n_parameters}, curves=curves) for row in rows]
