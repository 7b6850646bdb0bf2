"""What the trial of learned-delays is made of: equal budgets, training, and what is read off a trained network."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from neurarium.core import NeurariumError, Rng
from neurarium.cost import operations
from neurarium.engine import Scale
from neurarium.nets.spiking import DelayedSNN
from neurarium.tasks import SpikeTrains

TOLERANCE = 0.05  # a hidden unit more or less


def width(budget: int, n_ends: int, *, per_synapse: int, is_recurrent: bool) -> int:
    """Hidden units h for which ``per_synapse · n_ends · h``, plus h² if recurrent, is nearest to `budget` numbers."""
    a = per_synapse * n_ends
    return round((math.sqrt(a * a + 4 * budget) - a) / 2 if is_recurrent else budget / a)


def n_learned(net: DelayedSNN, budget: int) -> int:
    """How many numbers are learned, which must be the budget."""
    n = sum(p.numel() for p in net.parameters() if p.requires_grad)
    if abs(n / budget - 1) > TOLERANCE:
        raise NeurariumError(f"learned-delays: {n} parameters are not within {TOLERANCE:.0%} of {budget}.")
    return n


def delays(net: DelayedSNN) -> Float[Tensor, " synapses"]:
    """The delay of every synapse, in steps."""
    return torch.cat([s.delay_steps.detach().flatten() for s in net.synapses])


def fit(net: DelayedSNN, data: SpikeTrains, scale: Scale, n_epochs: int, rng: Rng) -> list[float]:
    """Adam, delays a hundred times faster than weights; bumps narrow in the first quarter. Gives the losses."""
    groups = [
        dict(params=[p for name, p in net.named_parameters() if name.endswith("weight")], lr=scale.lr),
        dict(params=[s.delay_steps for s in net.synapses if s.delay_steps.requires_grad], lr=100 * scale.lr),
    ]
    optimiser = torch.optim.Adam([group for group in groups if group["params"]])
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, n_epochs)
    widest, losses = net.synapses[0].sigma_steps, []
    net.train()
    for epoch in range(n_epochs):
        for s in net.synapses:
            s.sigma_steps = widest * (0.5 / widest) ** min(1.0, 4 * epoch / n_epochs)
        loss_sum = 0.0
        for x, y in data.batches(batch_size=scale.batch, rng=rng.child(f"epoch {epoch}")):
            optimiser.zero_grad()
            loss = F.cross_entropy(evidence(net, x), y)
            loss.backward()
            optimiser.step()
            for s in net.synapses:
                s.clamp_delays()
            loss_sum += loss.item() * len(y)
        schedule.step()
        losses.append(loss_sum / len(data.train_y))
    return losses


def evidence(net: DelayedSNN, x: Float[Tensor, "time batch channels"]) -> Float[Tensor, "batch classes"]:
    """The paper's logits: the read-out's softmax, summed over time."""
    return net(x)[0].softmax(-1).sum(0)


@torch.no_grad()
def score(net: DelayedSNN, data: SpikeTrains) -> float:
    """Accuracy on the trials held out, with delays in whole steps."""
    return (evidence(net.eval(), data.test_x).argmax(-1) == data.test_y).double().mean().item()


@torch.no_grad()
def seen(net: DelayedSNN, data: SpikeTrains) -> dict[str, float]:
    """How much of the variance of a hidden unit's spike count the class explains, and what an answer costs."""
    counts = net.eval().layers[0](data.test_x)[0].sum(0)
    groups = [counts[data.test_y == k] for k in data.test_y.unique()]
    within = sum((g - g.mean(0)).square().sum(0) for g in groups)
    total = (counts - counts.mean(0)).square().sum(0)
    explained = torch.where(total > 0, 1 - within / total.clamp_min(1e-9), 0.0)
    cost = operations(net, data.test_x, n_samples=len(data.test_y)).per_sample
    return {"class_variance": explained.mean().item(), "effective_acs": cost["effective_acs"]}


@torch.no_grad()
def shuffle(net: DelayedSNN, rng: Rng) -> None:
    """Give the delays of each layer to other synapses of that layer."""
    for s in net.synapses:
        order = torch.randperm(s.delay_steps.numel(), generator=rng("shuffle"))
        s.delay_steps.copy_(s.delay_steps.flatten()[order].view_as(s.delay_steps))
