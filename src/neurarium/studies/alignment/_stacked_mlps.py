"""Rectifier networks of one architecture, many at once: weights ``(nets, out, in)``, biases ``(nets, out)``."""

import math
from itertools import pairwise

import torch


def he_layers(sizes, n_nets, *, bias_std, rng, dtype=torch.float64):
    """He's weights, ``N(0, 2 / fan in)``, and normal biases."""
    g = rng("weights")
    draw = lambda *shape: torch.randn(n_nets, *shape, dtype=dtype, generator=g)  # noqa: E731
    return [(draw(o, i) * math.sqrt(2 / i), draw(o) * bias_std) for i, o in pairwise(sizes)]


def outputs(nets, x):
    """Outputs of each network, (nets, samples, outputs), for x of (samples, inputs) or (nets, samples, inputs)."""
    for weight, bias in nets[:-1]:
        x = (x @ weight.mT + bias[:, None]).relu()
    return x @ nets[-1][0].mT + nets[-1][1][:, None]


def descended(nets, x, loss_of, *, lr, n_updates):
    """All networks after full-batch Adam, each on its own, and the mean loss at each step.

    `loss_of` takes the outputs and gives the mean loss over all networks and samples. The step size falls linearly.
    """
    parameters = [p.clone().requires_grad_() for layer in nets for p in layer]
    stacked = list(zip(parameters[::2], parameters[1::2], strict=True))
    adam, losses = torch.optim.Adam(parameters, lr=lr), []
    for i in range(n_updates):
        adam.param_groups[0]["lr"] = lr * (1 - i / n_updates)
        loss = loss_of(outputs(stacked, x))
        adam.zero_grad()
        (loss * len(parameters[0])).backward()  # the mean over networks would shrink each one's gradient
        adam.step()
        losses.append(loss.item())
    return [(w.detach(), b.detach()) for w, b in stacked], losses
