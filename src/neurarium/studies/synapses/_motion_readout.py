"""Fitting a layer of delay motifs where events are, and reading the direction of motion off it."""

import math

import torch
import torch.nn.functional as F


def places(x, scale):
    """Where and when there is an event: step, clip, row, column; from the first step that all delays can see."""
    where = x.any(2).nonzero()
    return where[where[:, 0] >= scale.first_step]


@torch.no_grad()
def logits(nets, x, where):
    """Of several nets of one shape, at some places: (net, place, class)."""
    nets = list(nets)
    weight, bias = torch.stack([n.weight.flatten(1).T for n in nets]), torch.stack([n.bias for n in nets])
    return torch.cat([nets[0].arriving(x, w) @ weight for w in where.split(8192)], 1) + bias[:, None]


def fit(net, x, where, labels, scale, rng):
    """Adam, its step size falling to zero: noise left at the end would favour one class in every vote."""
    where = where[torch.randperm(len(where), generator=rng("places"))[: scale.n_places]]
    arriving, target = net.arriving(x, where), labels[where[:, 1]]
    optimiser, losses = torch.optim.Adam(net.parameters(), lr=scale.lr), []
    n_updates = scale.n_epochs * math.ceil(len(where) / scale.batch)
    schedule = torch.optim.lr_scheduler.LinearLR(optimiser, 1.0, 0.0, total_iters=n_updates)
    for _ in range(scale.n_epochs):
        for batch in torch.randperm(len(where), generator=rng("batches")).split(scale.batch):
            optimiser.zero_grad()
            loss = F.cross_entropy(F.linear(arriving[batch], net.weight.flatten(1), net.bias), target[batch])
            loss.backward()
            optimiser.step()
            schedule.step()
            losses.append(loss.item())
    return losses[:: max(1, len(losses) // 50)]


def scores(z, where, labels):
    """Right answers for each instant of a clip (mean log-posterior of its events, as in the paper), event and clip.

    Instants and clips without any event give no answer and do not count.
    """
    log_p, (time, clip) = z.log_softmax(1), where[:, :2].unbind(1)
    by_instant = torch.zeros(int(time.max()) + 1, len(labels), z.shape[1]).index_put_(
        (time, clip), log_p, accumulate=True
    )
    answers = {"": by_instant, "__event": log_p, "__clip": by_instant.sum(0)}
    truth = {"": labels.expand(len(by_instant), -1), "__event": labels[clip], "__clip": labels}
    return {f"accuracy{what}": right(answers[what], truth[what]) for what in answers}


def right(answers, truth):
    """Share of right answers among those that say anything."""
    given = (answers != 0).any(-1)
    return (answers.argmax(-1) == truth)[given].double().mean().item()


def drift_alignment(weight):
    """Mean cosine of the way the positive weights drift as delays shorten, and the motion they stand for."""
    mass = weight.clamp(min=0).square().sum(1)  # unit delay row column
    n_units, n_delays, side, _ = mass.shape
    place = torch.arange(side) - (side - 1) / 2
    total = mass.sum((2, 3)).clamp(min=1e-12)
    centre = torch.stack([(mass.sum(2) * place).sum(2), (mass.sum(3) * place).sum(2)], -1) / total[..., None]  # x, y
    lag = torch.arange(n_delays) - (n_delays - 1) / 2
    drift = F.normalize(-(centre * lag[:, None]).sum(1), dim=1)
    angle = 2 * math.pi / n_units * torch.arange(n_units)
    return (drift * torch.stack([angle.cos(), angle.sin()], 1)).sum(1).mean().item()
