"""Spiking networks along a sweep of a spatial penalty."""

from functools import partial

import numpy as np
import torch
import torch.nn.functional as F

from neurarium.alignment import homogenise_spectrum
from neurarium.nets import gaussian
from neurarium.nets.spiking import SpikingRNN
from neurarium.neurons import LIF

DEGREES = (0.25, 0.5, 0.75, 1.0)


def trained(data, price, gammas, scale, rng):
    """One network for each gamma, all from the same start and on the same trials; read out by spike counts."""
    neuron = partial(LIF, tau_mem_ms=scale.tau_steps * data.dt_ms, dt_ms=data.dt_ms)
    size = dict(n_inputs=data.n_channels, n_units=int(np.prod(scale.sides)), n_stacked=len(gammas))
    net = SpikingRNN(**size, neuron=neuron, gain=scale.gain, rng=rng.child("net"))
    readout = gaussian((data.n_classes, net.n_units), rng("readout")).mT.repeat(len(gammas), 1, 1).requires_grad_()
    optimiser = torch.optim.Adam([*net.parameters(), readout], lr=scale.lr)
    for x, y in data.batches(batch_size=scale.batch, n_epochs=scale.n_epochs, rng=rng):
        logits, _ = _read(net, readout, x)
        loss = len(gammas) * F.cross_entropy(logits.flatten(0, 1), y.repeat(len(gammas)))
        if price:
            loss = loss + (gammas * price(net.weight_rec.mT)).sum()  # the authors' matrix is (from, to)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return net, readout


@torch.no_grad()
def score(net, readout, data, weights):
    """Accuracy and spikes a unit and step of each network on held-out trials, with `weights` among its units."""
    logits, z = _read(partial(torch.func.functional_call, net, {"weight_rec": weights}), readout, data.test_x)
    return (logits.argmax(-1) == data.test_y).double().mean(-1), z.double().mean((0, 2, 3))


def spectral_damage(net, readout, data, chosen):
    """Accuracy that networks `chosen` lose as their eigenvalues approach a common modulus, mean over DEGREES."""
    own = net.weight_rec.detach()
    alike = own.clone()
    for i in chosen:
        alike[i] = torch.as_tensor(homogenise_spectrum(own[i]))
    scores = [score(net, readout, data, own.lerp(alike, degree))[0] for degree in DEGREES]
    return score(net, readout, data, own)[0] - torch.stack(scores).mean(0)


def _read(net, readout, x):
    z, _ = net(x.unsqueeze(1).expand(-1, len(readout), -1, -1))  # time stacked batch units
    return z.mean(0) @ readout * 10, z  # counts are small numbers
