"""Does embedding a recurrent network in space give it modules of low entropy and a heterogeneous spectrum?"""

from itertools import product
from math import inf

import numpy as np
import torch
import torch.nn.functional as F

from neurarium.alignment._rewire import permute_pairs
from neurarium.alignment._spectrum import homogenise_spectrum
from neurarium.alignment._weights import off_diagonal
from neurarium.alignment.modularity import modularity
from neurarium.alignment.small_worldness import small_worldness
from neurarium.alignment.spectral_entropy import spectral_entropy
from neurarium.alignment.weight_entropy import weight_entropy
from neurarium.alignment.weight_histogram_entropy import weight_histogram_entropy
from neurarium.alignment.wiring_length import wiring_length
from neurarium.core.errors import bad
from neurarium.engine import Gate, Outcome, Study
from neurarium.nets import gaussian
from neurarium.nets.recurrent import (
    CommunicabilityPenalty,
    L1Penalty,
    LeakyRNN,
    SpatialPenalty,
    distances,
    grid_positions,
)
from neurarium.tasks import OneChoiceMaze

BINS = (-inf, *(np.arange(52) * 0.02 - 0.51), inf)  # 0.02 wide, one of them around zero
DEGREES = (0.25, 0.5, 0.75, 1.0)
PENALTIES = {
    "l1": dict(penalty=L1Penalty, gamma=4.5e-3),
    "space": dict(penalty=SpatialPenalty, is_spatial=True, gamma=1.6e-3),
    "communicability": dict(penalty=CommunicabilityPenalty, gamma=0.26),
    "sernn": dict(penalty=CommunicabilityPenalty, is_spatial=True, gamma=0.1),
    "shuffled": dict(penalty=CommunicabilityPenalty, is_spatial=True, is_shuffled=True, gamma=0.12),
}
study = Study(
    paper="arxiv:2409.17693",
    conditions={
        f"{name}_{diagonal}": dict(is_diagonal_charged=diagonal == "charged", **what)
        for diagonal, (name, what) in product(("free", "charged"), PENALTIES.items())
    }
    | {"none": dict(penalty=None)},
    baseline="l1_free",
    controls=("shuffled_free", "shuffled_charged"),
    seeds={"quick": 5, "full": 20},
    scales={
        "quick": dict(sides=(5, 5, 4), steps=(8, 4, 8), batch=32, n_updates=400, lr=1e-3, n_random=3)
        | dict(strength=1.0, sweep=(0.42, 0.76, 1.37, 2.46)),
        "micro": dict(sides=(3, 3, 2), steps=(4, 2, 4), batch=16, n_updates=120, lr=5e-3, n_random=0)
        | dict(sweep=(0.25, 1.0, 2.5, 8.0)),
        "full": dict(steps=(20, 10, 20), batch=128, n_random=10, sweep=(0.2, 0.35, 0.5, 0.75, 1.0, 1.5, 2.5, 5.0)),
    },
    gate=Gate("accuracy", at_least=0.95),
    deviations=(
    ),
    tags=("recurrent", "spatial", "entropy", "spectrum"),
)


@study.run
def trial(rng, scale, *, penalty, gamma=0.0, is_spatial=False, is_diagonal_charged=False, is_shuffled=False):
    positions, price = grid_positions(*scale.sides), None
    if penalty:
        where = dict(positions=positions) if is_spatial else {}
        price = penalty(is_diagonal_charged=is_diagonal_charged, **where)
    if is_shuffled:
        price.distance = torch.as_tensor(permute_pairs(price.distance, rng=rng))
    maze = OneChoiceMaze(**dict(zip(("goal_steps", "delay_steps", "choice_steps"), scale.steps, strict=True)))
    gammas = gamma * torch.tensor(scale.sweep if penalty else (1.0,))
    net, readout = trained(maze, price, gammas, scale, rng)
    weights, unseen = net.weight_rec.detach(), maze.draw(512, rng=rng.child("test"))
    total = weights.abs().double().numpy()[:, off_diagonal(len(positions))].sum(1)
    near = matched(total, scale.strength * len(positions)) if penalty else {0: 1.0}
    accuracy, damage = score(net, readout, unseen, weights), spectral_damage(net, readout, unseen, near)
    rows = {i: measured(weights[i], distances(positions), scale, rng) for i in near}
    for i, row in rows.items():
        row |= dict(accuracy=float(accuracy[i]), spectral_damage=float(damage[i]))
    row = {name: sum(share * rows[i][name] for i, share in near.items()) for name in row}
    row["total_weight"] = np.exp(sum(share * np.log(total[i]) for i, share in near.items()))
    row["n_parameters"] = sum(p[0].numel() for p in (*net.parameters(), readout))
    curves = {
        "total weight over the sweep": total,
        "weight entropy over the sweep": np.atleast_1d(weight_entropy(weights)),
        "accuracy over the sweep": accuracy,
    }
    return Outcome(row=row, curves=curves, arrays={"weights": weights})


def trained(maze, price, gammas, scale, rng):
    """One network for each gamma, all from the same start and on the same trials."""
    size = dict(n_inputs=maze.n_inputs, n_units=int(np.prod(scale.sides)), activation=torch.relu)
    net = LeakyRNN.stack([LeakyRNN(tau_ms=1e-3, dt_ms=1.0, rng=rng.child("net"), **size) for _ in gammas])
    readout = gaussian((maze.n_classes, net.n_units), rng("readout")).mT.repeat(len(gammas), 1, 1).requires_grad_()
    optimiser = torch.optim.Adam([*net.parameters(), readout], lr=scale.lr)
    trials = maze.draw(scale.n_updates * scale.batch, rng=rng)
    for x, y in zip(trials.inputs.split(scale.batch, 1), trials.targets[-1].split(scale.batch), strict=True):
        h, _ = net(x.unsqueeze(1).expand(-1, len(gammas), -1, -1))  # time stacked batch units
        loss = len(gammas) * F.cross_entropy((h[-1] @ readout).flatten(0, 1), y.repeat(len(gammas)))
        if price:
            loss = loss + (gammas * price(net.weight_rec.mT)).sum()  # the authors' matrix is (from, to)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return net, readout


def matched(total, target):
    """The two networks of the sweep that enclose `target`, each with its weight in an interpolation over log total."""
    order = np.argsort(total)
    if not total[order[0]] <= target <= total[order[-1]]:
        hint = "Change the sweep or gamma: strengths are not extrapolated."
        raise bad("trial", "sweep", f"enclose a total weight of {target:g}", np.round(total, 1).tolist(), hint)
    j = int(np.clip(np.searchsorted(total[order], target), 1, len(order) - 1))
    below, above = int(order[j - 1]), int(order[j])
    share = np.log(target / total[below]) / np.log(total[above] / total[below])
    return {below: 1 - share, above: share}


@torch.no_grad()
def score(net, readout, trials, weights):
    x = trials.inputs.unsqueeze(1).expand(-1, net.n_stacked, -1, -1)
    h, _ = torch.func.functional_call(net, {"weight_rec": weights}, (x,))
    return ((h[-1] @ readout).argmax(-1) == trials.targets[-1]).double().mean(-1)


def spectral_damage(net, readout, trials, chosen):
    """Accuracy that networks `chosen` lose as their eigenvalues approach a common modulus, mean over DEGREES."""
    own = net.weight_rec.detach()
    alike = own.clone()
    for i in chosen:
        alike[i] = torch.as_tensor(homogenise_spectrum(own[i]))
    # Phases and eigenvectors are shared, so that a mean of both matrices has the mean of both moduli.
    scores = [score(net, readout, trials, own.lerp(alike, degree)) for degree in DEGREES]
    return score(net, readout, trials, own) - torch.stack(scores).mean(0)


def measured(weight, distance, scale, rng):
    size, spectrum = weight.abs().double().numpy(), spectral_entropy(weight)
    between = size[off_diagonal(len(size))]
    row = {
        "weight_entropy_bits": weight_entropy(weight),
        "weight_histogram_entropy_bits": weight_histogram_entropy(weight, edges=BINS),
        "kept_weights": (between > 0.01 * between.max()).mean(),
        "self_connection_share": np.trace(size) / size.sum(),
        "modularity": modularity(weight, rng=rng).q,
        "wiring_length": wiring_length(weight, distance),
        "spectral_entropy_bits": spectrum.entropy_bits,
        "spectral_radius": spectrum.radius,
        "modulus_std": spectrum.modulus_std,
        "phase_entropy_bits": spectrum.phase_entropy_bits,
    }
    if scale.n_random:
        row["small_worldness"] = small_worldness(weight, n_random=scale.n_random, rng=rng).sigma
    return row


@study.claim("x", margin_reason="y")
def low_entropy(r):
    return r["l1_free", "weight_entropy_bits"].exceeds(r["sernn_free", "weight_entropy_bits"], by=0.3)
