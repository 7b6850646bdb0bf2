"""Which layer of another network does a noisy recording come from? A harness for any measure of similarity."""

import time
from itertools import product

import numpy as np
import torch
import torch.nn.functional as F

from neurarium.alignment import geodesic_transform, geotopological_transform, rdm
from neurarium.core import Rng
from neurarium.engine import asset
from neurarium.tasks import digits

STRIDES = (1, 1, 2, 1, 1)


@asset
def population(*, seed, n_nets, channels, n_updates, batch, lr, n_stimuli):
    """Convolutional nets of different initial weights and orders of images, trained on digits as one grouped net.

    Gives each layer's responses ``layer k`` (nets, stimuli, units) to held-out images, and each net's `accuracy`.
    """
    rng = Rng(seed).child("population")
    images = digits(rng=rng)
    sizes = list(zip((1, *channels), channels, strict=False))
    draws = [rng.child(f"net {k}")("weights") for k in range(n_nets)]

    def weights(n_out, *fan):
        scale = (2 / np.prod(fan)) ** 0.5
        drawn = [scale * torch.randn(n_out, *fan, generator=g) for g in draws]
        return torch.stack(drawn).requires_grad_()

    kernels = [weights(n_out, n_in, 3, 3) for n_in, n_out in sizes]
    offsets = [torch.zeros(n_nets * n_out, requires_grad=True) for _, n_out in sizes]
    readout = weights(10, channels[-1])

    def responses(x):
        """Of every layer, to images (batch, nets, rows, columns): (batch, nets · channels, rows, columns)."""
        for kernel, offset, stride in zip(kernels, offsets, STRIDES, strict=True):
            x = F.conv2d(x, kernel.flatten(0, 1), offset, stride=stride, padding=1, groups=n_nets).relu()
            yield x

    def answers(last):
        pooled = last.mean((2, 3)).unflatten(1, (n_nets, -1))
        return torch.einsum("bnc,nkc->nbk", pooled, readout)

    adam = torch.optim.Adam([*kernels, *offsets, readout], lr=lr)
    orders = [rng.child(f"net {k}")("order") for k in range(n_nets)]
    for _ in range(n_updates):
        picked = torch.stack([torch.randint(len(images.train_y), (batch,), generator=g) for g in orders], 1)
        loss = F.cross_entropy(answers([*responses(images.train_x[picked])][-1]).mT, images.train_y[picked].T)
        adam.zero_grad()
        (n_nets * loss).backward()
        adam.step()
    with torch.no_grad():
        layers = [*responses(images.test_x[:, None].expand(-1, n_nets, -1, -1))]
        accuracy = (answers(layers[-1]).argmax(-1) == images.test_y).double().mean(1)
        shown = torch.randperm(len(images.test_y), generator=rng("stimuli"))[:n_stimuli]
        found = [x[shown].unflatten(1, (n_nets, -1)).transpose(0, 1).flatten(2) for x in layers]
    return {"accuracy": accuracy} | {f"layer {k}": x for k, x in enumerate(found)}


def recordings(layers, snr, *, n_units, n_repeats, rng):
    """Noisy responses of some units of every net and layer: a list in the order of repeats, nets and layers.

    The noise is Gaussian, of the variance over stimuli of a unit, on average over the units, divided by `snr`.
    """
    draw, out = rng(f"noise {snr}"), []
    for _, net, layer in product(range(n_repeats), range(len(layers[0])), layers):
        units = torch.randperm(layer.shape[-1], generator=draw)[:n_units]
        signal = layer[net][:, units].double()
        noise = torch.randn(signal.shape, generator=draw, dtype=torch.float64)
        out.append(signal + (signal.var(0).mean() / snr).sqrt() * noise)
    return out


def identification(scores, n_nets, n_layers):
    """Share of recordings whose own layer is the most similar one in another net, over all other nets.

    `scores` (recordings, candidates) in the order of nets and layers, recordings repeated.
    """
    scores = scores.reshape(-1, n_nets, n_layers, n_nets, n_layers)
    is_own = scores.argmax(-1) == torch.arange(n_layers)[:, None]
    other = ~torch.eye(n_nets, dtype=torch.bool)[:, None].expand(n_nets, n_layers, n_nets)
    return is_own[:, other].double().mean().item()


def by_measure(measure):
    """Scores of any measure of two sets of responses that is larger for the more alike."""

    def scores(recorded, candidates):
        return torch.tensor([[measure(x, y) for y in candidates] for x in recorded])

    return scores


def by_rdm(lower=0.0, upper=1.0, is_geodesic=False):
    """Scores of :func:`topological_rsa`, each RDM transformed once and not again for every pair."""

    def described(x):
        f = geotopological_transform(rdm(x).values, lower=lower, upper=upper)
        f = geodesic_transform(f) if is_geodesic else f
        d = f[tuple(torch.triu_indices(len(f), len(f), 1))]
        d = d - d.mean()
        return d / d.norm().clamp_min(torch.finfo(d.dtype).tiny)

    def scores(recorded, candidates):
        a, b = (torch.stack([described(x) for x in systems]) for systems in (recorded, candidates))
        return a @ b.mT

    return scores


def identified(scores, layers, scale, rng, *, is_shuffled=False):
    """Identification at each signal-to-noise ratio; `is_shuffled`: candidates answer the stimuli in another order."""
    n_nets, n_stimuli = len(layers[0]), layers[0].shape[1]
    order = torch.randperm(n_stimuli, generator=rng("order")) if is_shuffled else torch.arange(n_stimuli)
    candidates = [layer[net][order].double() for net in range(n_nets) for layer in layers]
    how = dict(n_units=scale.n_units, n_repeats=scale.n_repeats, rng=rng)
    recorded = [recordings(layers, snr, **how) for snr in scale.snrs]
    return [identification(scores(some, candidates), n_nets, len(layers)) for some in recorded]


def milliseconds(scores, layers):
    """CPU time to compare a recording with a candidate, once each is described."""
    x, y = layers[0][0].double(), layers[0][1].double()
    scores([x], [y])
    started = time.process_time()
    for _ in range(10):
        scores([x], [y])
    return 100 * (time.process_time() - started)
