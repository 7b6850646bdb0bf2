"""Nets of one layer that iterates: oscillators or plain units, with the same connectivity and the same head."""

import torch
import torch.nn.functional as F
from torch import nn

from neurarium.neurons import AKOrN


class Attention(nn.Module):
    """Self-attention over tokens with a learned bias for each pair of places; ``(batch, tokens, features)``."""

    def __init__(self, *, n_features, n_places, n_heads, rng):
        super().__init__()
        self.n_heads = n_heads
        self.qkv = linear(n_features, 3 * n_features, rng("qkv"))
        self.out = linear(n_features, n_features, rng("out"))
        self.place = nn.Parameter(torch.randn(n_heads, n_places, n_places, generator=rng("place")) / 10)

    def forward(self, x):
        q, k, v = (part.unflatten(-1, (self.n_heads, -1)).transpose(1, 2) for part in self.qkv(x).chunk(3, -1))
        mixed = F.scaled_dot_product_attention(q, k, v, attn_mask=self.place)
        return self.out(mixed.transpose(1, 2).flatten(-2))


class Convolution(nn.Module):
    """Convolution with features last, ``(batch, height, width, features)``."""

    def __init__(self, *, n_features, size, rng, n_inputs=None, stride=1):
        super().__init__()
        n_inputs = n_inputs or n_features
        padding = size // 2 if stride == 1 else 0
        self.conv = nn.utils.skip_init(nn.Conv2d, n_inputs, n_features, size, stride=stride, padding=padding)
        nn.init.normal_(self.conv.weight, std=(n_inputs * size**2) ** -0.5, generator=rng("conv"))
        nn.init.zeros_(self.conv.bias)

    def forward(self, x):
        return self.conv(x.movedim(-1, 1)).movedim(1, -1)


class Uncoupled(nn.Module):
    """No connectivity: each oscillator is alone with its stimulus."""

    def forward(self, x):
        return torch.zeros_like(x)


class Oscillators(nn.Module):
    """AKOrN with as many norms as features; starts where it is told."""

    def __init__(self, *, connectivity, n_features, n_dims, n_steps, rng, frequency_std=0.1):
        super().__init__()
        self.n_outputs = n_features // 2
        self.layer = AKOrN(
            n_units=n_features // n_dims,
            n_dims=n_dims,
            connectivity=connectivity,
            n_outputs=self.n_outputs,
            n_steps=n_steps,
            frequency_std=frequency_std,
            rng=rng,
        )

    def forward(self, c, start=None, n_steps=None):
        m, state = self.layer.settle(c, None if start is None else self.layer.start_at(start), n_steps=n_steps)
        return m, state.x.flatten(-2)


class PlainUnits(nn.Module):
    """The same iteration on unbounded units: ``h = h + J(norm(h))`` from ``h = c``, read through rectified sums."""

    def __init__(self, *, connectivity, n_features, n_dims, n_steps, rng):
        super().__init__()
        self.n_outputs, self.n_steps = n_features // 2 * n_dims, n_steps
        self.connectivity, self.norm = connectivity, nn.LayerNorm(n_features)
        self.summed, self.last = linear(n_features, self.n_outputs, rng("readout")), nn.LayerNorm(n_features)

    def forward(self, c, start=None, n_steps=None):
        h = c
        for _ in range(n_steps or self.n_steps):
            h = h + self.connectivity(self.norm(h))
        h = self.last(h)
        return F.relu(self.summed(h)), h


class Head(nn.Module):
    """A hidden rectified layer at each place, then logits."""

    def __init__(self, *, n_inputs, n_outputs, rng):
        super().__init__()
        self.norm = nn.LayerNorm(n_inputs)
        self.hidden, self.out = linear(n_inputs, 64, rng("hidden")), linear(64, n_outputs, rng("logits"))

    def forward(self, m):
        return self.out(F.relu(self.hidden(self.norm(m))))


def linear(n_inputs, n_outputs, generator):
    """Linear map whose draws come from `generator`."""
    layer = nn.utils.skip_init(nn.Linear, n_inputs, n_outputs)
    nn.init.normal_(layer.weight, std=n_inputs**-0.5, generator=generator)
    nn.init.zeros_(layer.bias)
    return layer


def train(net, loss, n_updates, lr):
    """Adam with a cosine schedule and clipped gradients; the loss of each update."""
    optimiser = torch.optim.Adam(net.parameters(), lr=lr)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, lr, total_steps=n_updates)
    losses = []
    for _ in range(n_updates):
        optimiser.zero_grad()
        value = loss()
        value.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        losses.append(value.item())
    return losses


def n_parameters(net):
    """Numbers that are learned."""
    return sum(p.numel() for p in net.parameters())
