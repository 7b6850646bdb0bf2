"""Spiking networks along a sweep of a spatial penalty."""

from functools import partial

import numpy as np
import torch
import torch.nn.functional as F

from neurarium.nets import gaussian
from neurarium.nets.spiking import SpikingRNN
from neurarium.neurons import LIF


def trained(data, price, gammas, scale, rng):
    """One network for each gamma, all from the same start and on the same trials; read out by spike counts."""
    neuron = partial(LIF, tau_mem_ms=scale.tau_steps * data.dt_ms, dt_ms=data.dt_ms)
    size = dict(n_inputs=data.n_channels, n_units=int(np.prod(scale.sides)), n_stacked=len(gammas))
    net = SpikingRNN(**size, neuron=neuron, gain=scale.gain, rng=rng.child("net"))
    readout = gaussian((data.n_classes, net.n_units), rng("readout")).mT.repeat(len(gammas), 1, 1).requires_grad_()
    optimiser = torch.optim.Adam([*net.parameters(), readout], lr=scale.lr)
    for x, y in data.batches(batch_size=scale.batch, n_epochs=scale.n_epochs, rng=rng):
        logits = _read(net, readout, x)
        loss = len(gammas) * F.cross_entropy(logits.flatten(0, 1), y.repeat(len(gammas)))
        if price:
            loss = loss + (gammas * price(net.weight_rec.mT)).sum()  # the authors' matrix is (from, to)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return net, readout


@torch.no_grad()
def score(net, readout, data, weights):
    """Accuracy of each network on held-out trials, with `weights` among its units."""
    logits = _read(partial(torch.func.functional_call, net, {"weight_rec": weights}), readout, data.test_x)
    return (logits.argmax(-1) == data.test_y).double().mean(-1)


@torch.no_grad()
def rate(net, data):
    """Spikes a unit and step of each network on held-out trials."""
    return _spikes(net, net.n_stacked, data.test_x).double().mean((0, 2, 3))


def _read(net, readout, x):
    return _spikes(net, len(readout), x).mean(0) @ readout * 10  # counts are small numbers


def _spikes(net, n_stacked, x):
    return net(x.unsqueeze(1).expand(-1, n_stacked, -1, -1))[0]  # time stacked batch units
