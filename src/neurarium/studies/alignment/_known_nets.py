"""Nets of five architectures that name digits, and their responses to four sets of stimuli: brains that are known."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from neurarium.core import Rng
from neurarium.engine import asset
from neurarium.neurons import LIF
from neurarium.tasks import digits

N_CHANNELS, N_STEPS, WIDTH = 16, 5, 32


class Perceptron(nn.Module):
    """Two rectified layers."""

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Flatten(), nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 128), nn.ReLU())

    def forward(self, x):
        return self.layers(x)


class Convolutions(nn.Module):
    """Two rectified convolutions, the second on half the resolution."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(1, N_CHANNELS, 3, padding=1)
        self.second = nn.Conv2d(N_CHANNELS, N_CHANNELS, 3, padding=1, stride=2)

    def forward(self, x):
        return self.second(self.first(x).relu()).relu().flatten(1)


class Recurrent(Convolutions):
    """The same with convolutions among the units of each layer, for some steps."""

    def __init__(self):
        super().__init__()
        self.among = nn.ModuleList(nn.Conv2d(N_CHANNELS, N_CHANNELS, 3, padding=1) for _ in range(2))

    def forward(self, x):
        drive = self.first(x)
        a, b = drive.relu(), self.second(drive.relu()).relu()
        for _ in range(N_STEPS - 1):
            a = (drive + self.among[0](a)).relu()
            b = (self.second(a) + self.among[1](b)).relu()
        return b.flatten(1)


class Spiking(Convolutions):
    """The same with spiking units: the image is a constant current, the answer a count of spikes."""

    def __init__(self):
        super().__init__()
        self.cell = LIF(tau_mem_ms=5.0, threshold=0.3)  # low enough for the second layer to be reached

    def forward(self, x):
        current = self.first(x).expand(N_STEPS, -1, -1, -1, -1)
        spikes, _ = self.cell(current)
        spikes, _ = self.cell(self.second(spikes.flatten(0, 1)).unflatten(0, (N_STEPS, len(x))))
        return spikes.mean(0).flatten(1)


class Attention(nn.Module):
    """Patches of 2 by 2 pixels as tokens, one block of attention."""

    def __init__(self):
        super().__init__()
        self.embed = nn.Conv2d(1, WIDTH, 2, stride=2)
        self.place = nn.Parameter(torch.zeros(16, WIDTH))
        self.block = nn.TransformerEncoderLayer(WIDTH, 2, 64, dropout=0.0, batch_first=True)

    def forward(self, x):
        return self.block(self.embed(x).flatten(2).mT + self.place).flatten(1)


ARCHITECTURES = {
    "perceptron": Perceptron,
    "convolutions": Convolutions,
    "recurrent": Recurrent,
    "spiking": Spiking,
    "attention": Attention,
}
HAS_RECURRENCE = {"recurrent", "spiking"}
STIMULI = ("digits", "scrambled", "noise", "shifted")


@asset
def known_nets(*, seed: int, n_seeds: int, n_updates: int, batch: int, lr: float, n_stimuli: int):
    """Responses ``(stimuli, units)`` of each net to each set, as ``architecture/net/set``; and its accuracy."""
    rng = Rng(seed)
    data = digits(rng=rng.child("digits"))
    shown = stimuli(data.test_x[torch.randperm(len(data.test_x), generator=rng("stimuli"))[:n_stimuli]], rng)
    found = {}
    for name, make in ARCHITECTURES.items():
        for k in range(n_seeds):
            net, readout = _trained(make, data, rng.child(f"{name} {k}"), n_updates, batch, lr)
            with torch.no_grad():
                for kind, images in shown.items():
                    found[f"{name}/{k}/{kind}"] = net(images[:, None]).numpy()
                right = readout(net(data.test_x[:, None])).argmax(1) == data.test_y
            found[f"{name}/{k}/accuracy"] = np.array([float(right.double().mean())])
    return found


def _trained(make, data, rng, n_updates, batch, lr):
    with torch.random.fork_rng(devices=[]):  # torch's own layers draw from the global generator
        torch.random.set_rng_state(rng("weights").get_state())
        net = make()
        readout = nn.Linear(net(data.train_x[:1, None]).shape[1], 10)
    optimiser = torch.optim.Adam([*net.parameters(), *readout.parameters()], lr=lr)
    for _ in range(n_updates):
        chosen = torch.randint(len(data.train_y), (batch,), generator=rng("batches"))
        optimiser.zero_grad()
        F.cross_entropy(readout(net(data.train_x[chosen][:, None])), data.train_y[chosen]).backward()
        optimiser.step()
    return net, readout


def stimuli(images, rng):
    """Held-out digits; their phases scrambled; white noise of their mean and spread; the digits moved two pixels."""
    spectrum = torch.fft.rfft2(images)
    phases = torch.fft.rfft2(torch.randn(images.shape, generator=rng("phases"))).angle()
    scrambled = torch.fft.irfft2(torch.polar(spectrum.abs(), phases), s=images.shape[-2:])
    noise = images.mean() + images.std() * torch.randn(images.shape, generator=rng("white"))
    return dict(zip(STIMULI, (images, scrambled, noise, images.roll((2, 2), (1, 2))), strict=True))
