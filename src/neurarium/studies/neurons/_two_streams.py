"""Two streams whose layers give each other context, how they are trained, and what they cost."""

import math
from functools import partial

import torch
import torch.nn.functional as F
from torch import nn

from neurarium.alignment import participation_ratio
from neurarium.cost import operations
from neurarium.neurons import KayPhillips, TwoPoint
from neurarium.tasks import AudioVisualSpeech, digits

MEMORY_STEPS = 5.0  # time constant of the short memory over both streams
GROWTH = KayPhillips()


def rectified(r, c):
    """Kay and Phillips' function as a rate, which is never negative."""
    return torch.relu(GROWTH(r, c))


def recent(h):
    """Causal exponential average over time: ``m_t = λ m_{t-1} + (1 - λ) h_t`` from ``m_0 = h_0``, all steps at once."""
    share, t = math.exp(-1 / MEMORY_STEPS), torch.arange(len(h), dtype=h.dtype)
    lags = t[:, None] - t
    kernel = torch.where(lags >= 0, (1 - share) * share ** lags.clamp(min=0), 0.0)
    kernel[:, 0] = share**t
    return torch.einsum("ts,sbf->tbf", kernel, h)


def both(mine, other):
    """Context from the own stream (proximal), the other (distal) and a short memory of the two (universal)."""
    return torch.cat([mine, other, recent(torch.cat([mine, other], -1))], -1)


def own(mine, other):
    """Context from the own stream alone: the two meet in the read-out, as in late fusion."""
    return torch.cat([mine, recent(mine)], -1)


def strange(mine, other):
    """The context that belongs to the sequence before in the batch."""
    return both(mine, other).roll(1, dims=1)


class TwoStreams(nn.Module):
    """Layers of `n_units` in each stream, and a linear read-out of both.

    Args:
        widths: features of the two inputs.
        n_units: units of a stream in one layer.
        n_outputs: features of the read-out.
        transfer: what a unit makes of its receptive field and its context.
        context: function of the own and the other stream's activity.
        n_layers: layers of a stream.
        rng: draws the weights.
    """

    def __init__(self, *, widths, n_units, n_outputs, transfer, context, n_layers, rng):
        super().__init__()
        self.context, self.layers = context, nn.ModuleList()
        for _ in range(n_layers):
            for mine, other in (widths, widths[::-1]):
                n_context = context(torch.zeros(1, 1, mine), torch.zeros(1, 1, other)).shape[-1]
                sizes = dict(n_inputs=mine, n_context=n_context, n_units=n_units)
                self.layers.append(TwoPoint(**sizes, transfer=transfer, rng=rng))
            widths = (n_units, n_units)
        self.out = nn.Parameter(torch.randn(n_outputs, 2 * n_units, generator=rng("read-out")) * (2 * n_units) ** -0.5)
        self.bias = nn.Parameter(torch.zeros(n_outputs))

    def forward(self, a, b, kept=None):
        """Read-out, and the activity of every layer; units where `kept` is zero are dead."""
        activity = []
        for i in range(0, len(self.layers), 2):
            a, b = self.layers[i](a, self.context(a, b)), self.layers[i + 1](b, self.context(b, a))
            if kept is not None:
                a, b = a * kept[i], b * kept[i + 1]
            activity += [a, b]
        return F.linear(torch.cat([a, b], -1), self.out, self.bias), activity


def n_parameters(net):
    return sum(p.numel() for p in net.parameters())


def widest(budget, **of_net):
    """The net with the most units whose parameters keep within `budget`."""
    n_units = 1
    while n_parameters(TwoStreams(n_units=n_units + 1, **of_net)) <= budget:
        n_units += 1
    return TwoStreams(n_units=n_units, **of_net)


def train(net, data, loss, *, n_updates, batch, lr, activity_cost, watch, every, rng):
    """Adam on `loss`, plus `activity_cost` a unit of mean activity; gives what `watch` says every so often."""
    optimiser, course = torch.optim.Adam(net.parameters(), lr=lr), []
    a, b, target = data
    for i in range(n_updates):
        if i % every == 0:
            course.append(watch(net))
        rows = torch.randint(a.shape[1], (batch,), generator=rng("batches"))
        out, activity = net(a[:, rows], b[:, rows])
        price = sum(layer.mean() for layer in activity) / len(activity)
        optimiser.zero_grad()
        (loss(out, target[:, rows]) + activity_cost * price).backward()
        optimiser.step()
    return [*course, watch(net)]


@torch.no_grad()
def explained(net, data, kept=None):
    """Share of the variance of the targets that the read-out explains."""
    out, _ = net(data[0], data[1], kept)
    target = data[2].double()
    mean = target.mean((0, 1))
    return 1 - ((out.double() - target).square().mean() / (target - mean).square().mean()).item()


@torch.no_grad()
def right(net, data):
    """Share of labels that the read-out gets right."""
    return (net(data[0], data[1])[0].argmax(-1) == data[2]).double().mean().item()


@torch.no_grad()
def activity_of(net, data):
    """Activity of all units, ``(samples, units)``."""
    return torch.cat(net(data[0], data[1])[1], -1).flatten(0, 1)


def after_deletion(net, data, shares, n_draws, rng):
    """Mean log10 error, relative to the intact net's, once random `shares` of the units are dead; not retrained."""
    n_units, rises = net.layers[0].bias.numel(), []
    for share in shares:
        for _ in range(n_draws):
            order = torch.randperm(n_units * len(net.layers), generator=rng("deletions"))
            kept = (order >= round(share * len(order))).float().view(len(net.layers), n_units)
            rises.append(log_error(explained(net, data, kept)) - log_error(explained(net, data)))
    return sum(rises) / len(rises)


def log_error(share):
    """log10 of the root mean squared error over the target's deviation."""
    return 0.5 * math.log10(1 - share)


def build(scale, rng, transfer, context, **sizes):
    """The widest net within the parameters of one with full context; refuses one that is 2 % below."""
    common = dict(transfer=transfer, n_layers=scale.n_layers, rng=rng.child("net"), **sizes)
    budget = n_parameters(TwoStreams(n_units=scale.n_units, context=both, **common))
    net = widest(budget, context=context, **common)
    if not 0.98 * budget <= n_parameters(net) <= budget and scale.name != "micro":
        raise RuntimeError(f"{n_parameters(net)} parameters in the place of {budget}")
    return net


def hear(scale, rng, price, transfer, context):
    """Learn the mask of a talker in babble (generated); the row and the course of learning."""
    talk = AudioVisualSpeech()
    known, unseen = (talk.draw(n, rng=rng.child(s)) for n, s in zip(scale.speech, ("train", "test"), strict=True))
    net = build(scale, rng, transfer, context, widths=(talk.n_bands, talk.n_lips), n_outputs=talk.n_bands)
    options = dict(n_updates=scale.n_updates, batch=scale.batch, lr=scale.lr, every=scale.every)
    some = tuple(x[:, :100] for x in unseen)
    course = train(net, known, F.mse_loss, **options, activity_cost=price, watch=partial(explained, data=some), rng=rng)
    reached = [i * scale.every for i, share in enumerate(course) if share >= scale.goal]
    share, activity = explained(net, unseen), activity_of(net, unseen)
    with torch.no_grad():
        macs = operations(net, *some[:2], n_samples=some[0].shape[:2].numel()).per_sample["effective_macs"]
    row = {
        "explained_variance": share,
        "log_nrmse": log_error(share),
        "log_nrmse__damage": after_deletion(net, unseen, scale.shares, scale.n_draws, rng),
        "log_steps_to_goal": math.log10(max(reached[0], 1) if reached else scale.n_updates),
        "log_activity": (activity != 0).double().mean().clamp(min=1e-6).log().item(),
        "participation_ratio": participation_ratio(activity),
        "effective_macs": macs,
        "n_parameters": n_parameters(net),
    }
    return row, course


def see(scale, rng, price, transfer, context):
    """Learn real digits whose left and right halves are the two streams; a sequence has one step."""
    images = digits(rng=rng)
    halves = [
        (*(half.flatten(1)[None] for half in x.split(4, dim=2)), y[None])
        for x, y in ((images.train_x, images.train_y), (images.test_x, images.test_y))
    ]
    net = build(scale, rng, transfer, context, widths=(32, 32), n_outputs=10)
    options = dict(n_updates=scale.n_digit_updates, batch=scale.digit_batch, lr=scale.lr, every=scale.every)

    def loss(out, label):
        return F.cross_entropy(out.flatten(0, 1), label.flatten())

    train(net, halves[0], loss, **options, activity_cost=price, watch=lambda net: None, rng=rng)
    activity = (activity_of(net, halves[1]) != 0).double().mean().clamp(min=1e-6).log().item()
    return {"accuracy__digits": right(net, halves[1]), "log_activity__digits": activity}
