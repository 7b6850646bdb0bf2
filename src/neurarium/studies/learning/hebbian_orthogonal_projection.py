"""Does Hebbian learning of a protected subspace keep a spiking network from forgetting?"""

from functools import partial
from itertools import product

import torch
import torch.nn.functional as F

from neurarium.alignment import captured_energy
from neurarium.core import FastSigmoid
from neurarium.cost import operations
from neurarium.engine import Gate, Outcome, Study
from neurarium.learning import (
    ElasticWeightConsolidation,
    HebbianProjection,
    SVDProjection,
    bptt,
    continual_scores,
    ottt,
)
from neurarium.nets.spiking import SpikingMLP
from neurarium.neurons import LIF
from neurarium.plasticity import OjaSubspace, SpikeCount
from neurarium.tasks import digits, mnist, permuted_stream

TRAINERS = {"bptt": bptt, "ottt": ottt}
HEBBIAN = partial(HebbianProjection, rule=OjaSubspace(lr=0.04), n_inner=10)
METHODS = {
    "fine_tune": dict(projection=None),
    "ewc": dict(projection=None, ewc_strength=30.0),
    "svd": dict(projection=SVDProjection),
    "hlop": dict(projection=HEBBIAN),
    "hlop_spiking": dict(projection=partial(HEBBIAN, rule=OjaSubspace(lr=0.04, quantise=SpikeCount()))),
    "random": dict(projection=partial(HEBBIAN, n_inner=0)),
}
study = Study(
    paper="arxiv:2402.11984",
    conditions={f"{m}_{t}": dict(train=TRAINERS[t], **METHODS[m]) for t, m in product(TRAINERS, METHODS)},
    baseline="fine_tune_bptt",
    controls=("random_bptt", "random_ottt"),
    seeds={"quick": 8, "full": 20},
    scales={
        "quick": dict(images=lambda rng: digits(size=16, rng=rng), n_tasks=5, n_hidden=200, n_epochs=3)
        | dict(n_steps=8, n_rows=33, batch=64, lr=0.3),
        "micro": dict(n_tasks=2, n_hidden=50, n_epochs=1, n_steps=3, n_rows=5),
        "full": dict(images=lambda rng: mnist(), n_tasks=10, n_hidden=800, n_epochs=1, n_rows=70),
    },
    gate=Gate("learning_accuracy", at_least=0.80),
    deviations=(
        "1,438 real digits of 16 by 16 pixels, 5 tasks, 200 hidden units; the paper: MNIST, 10 tasks, 2 layers of 800.",
        "33 subspace neurons a task, Oja rate 0.04, 10 updates a batch; the paper: 70-200, at most 0.01 and 5; no DSR.",
        "EWC's strength was chosen on 2 development seeds. Random rows of tasks overlap, which costs them 2-7 points.",
    ),
    tags=("continual", "spiking", "hebbian"),
)


@study.run
def trial(rng, scale, *, train, projection, ewc_strength=None):
    stream = permuted_stream(scale.images(rng), n_tasks=scale.n_tasks, rng=rng)
    lif = partial(LIF, tau_mem_ms=1.4427, dt_ms=1.0, surrogate=FastSigmoid(width=0.5))  # decay 1/2, as in the paper
    net = SpikingMLP(sizes=(stream[0].train_x[0].numel(), scale.n_hidden, 10), neuron=lif, rng=rng)
    guards = [projection(n_pre=s.weight.shape[1]) for s in net.synapses] if projection else []
    for synapses, guard in zip(net.synapses, guards, strict=False):
        synapses.project = guard
    ewc = ElasticWeightConsolidation(strength=ewc_strength) if ewc_strength else None
    optimiser = torch.optim.SGD(net.parameters(), lr=scale.lr)
    accuracy, captured = torch.zeros(len(stream), len(stream)), 0.0
    for k, task in enumerate(stream):
        for i, guard in enumerate(guards):
            guard.begin(n_new=scale.n_rows, rng=rng.child(f"rows {k} {i}"))
        for x, y in task.batches(batch_size=scale.batch, n_epochs=scale.n_epochs, rng=rng):
            optimiser.zero_grad()
            seen = [[] for _ in net.synapses]
            train(net, current(x, scale), partial(F.cross_entropy, target=y), watch=seen)
            if ewc and k:
                ewc.penalty(net).backward()
            optimiser.step()
            for guard, factors in zip(guards, seen, strict=False):
                guard.observe(factors[0] if len(factors) == 1 else torch.stack(factors))
        for guard in guards:
            guard.end()
        if ewc:
            samples = zip(task.train_x[:200].split(1), task.train_y[:200].split(1), strict=True)
            ewc.consolidate(net, samples, lambda net, s: -F.cross_entropy(net(current(s[0], scale))[0].mean(0), s[1]))
        accuracy[k] = torch.stack([score(net, one, scale) for one in stream])
        if guards and k == 0:
            captured = captured_energy(task.train_x.flatten(1), guards[0].rows)
    return Outcome(
        row={**continual_scores(accuracy.numpy())._asdict(), "captured_energy": captured, **cost(net, task, scale)},
        curves={"accuracy on the first task": accuracy[:, 0].tolist()},
    )


def current(images, scale):
    return images.flatten(1).expand(scale.n_steps, -1, -1)  # time batch pixels: each pixel is a constant current


@torch.no_grad()
def score(net, task, scale):
    return (net(current(task.test_x, scale))[0].mean(0).argmax(-1) == task.test_y).float().mean()


@torch.no_grad()
def cost(net, task, scale):
    used = operations(net, current(task.test_x, scale), n_samples=len(task.test_y)).per_sample
    weights = sum(s.weight.numel() + (0 if s.project is None else s.project.rows.numel()) for s in net.synapses)
    return {n: used[n] for n in ("effective_macs", "effective_acs")} | {"n_parameters": weights}


BAR = "3 points are about two standard errors of one accuracy here; 10 points are plain forgetting"


def keeps(r, trainer):
    forgets = r[f"fine_tune_{trainer}", "backward_transfer"].at_most(-0.10)
    return r[f"hlop_{trainer}", "backward_transfer"].at_least(-0.03) & forgets


@study.claim("With BPTT old tasks lose at most 3 points under HLOP, 10 or more under fine-tuning.", margin_reason=BAR)
def keeps_old_tasks(r):
    return keeps(r, "bptt")


@study.claim("The same holds when weights are trained online (OTTT).", margin_reason=BAR)
def keeps_old_tasks_online(r):
    return keeps(r, "ottt")


@study.claim("HLOP ends at least 5 points above fine-tuning, and above EWC.", margin_reason="half of plain forgetting")
def better_than_fine_tuning_and_ewc(r):
    hlop, ewc = r["hlop_bptt", "average_accuracy"], r["ewc_bptt", "average_accuracy"]
    return hlop.exceeds(r["fine_tune_bptt", "average_accuracy"], by=0.05) & hlop.exceeds(ewc)


@study.claim("HLOP is at most 3 points below the exact subspace.", margin_reason="two standard errors of one accuracy")
def as_good_as_the_oracle(r):
    return r["hlop_bptt", "average_accuracy"].not_worse_than(r["svd_bptt", "average_accuracy"], within=0.03)


@study.claim("Lateral neurons that spike do as well, within 2 points.", margin_reason="their grid is 2 % of an answer")
def spiking_lateral_neurons_suffice(r):
    return r["hlop_spiking_bptt", "average_accuracy"].matches(r["hlop_bptt", "average_accuracy"], within=0.02)


@study.claim("Random rows do not protect: HLOP keeps 5 points more.", margin_reason="half of plain forgetting")
def the_subspace_matters(r):
    a, b = (
        r[f"hlop_{t}", "backward_transfer"].exceeds(r[f"random_{t}", "backward_transfer"], by=0.05) for t in TRAINERS
    )
    return a & b
