"""Networks along a sweep of a spatial penalty, and what is measured of them at one total weight."""

from math import inf

import numpy as np
import torch
import torch.nn.functional as F

from neurarium.alignment import (
    homogenise_spectrum,
    modularity,
    small_worldness,
    spectral_entropy,
    weight_entropy,
    weight_histogram_entropy,
    wiring_length,
)
from neurarium.alignment._rewire import permute_pairs
from neurarium.alignment._weights import off_diagonal
from neurarium.core.errors import bad
from neurarium.engine import Outcome
from neurarium.nets import gaussian
from neurarium.nets.recurrent import LeakyRNN, distances

BINS = (-inf, *(np.arange(52) * 0.02 - 0.51), inf)  # 0.02 wide, one of them around zero
DEGREES = (0.25, 0.5, 0.75, 1.0)


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


def spectral_damage(own, chosen, accuracy):
    """Accuracy that networks `chosen` lose as their eigenvalues approach a common modulus, mean over DEGREES.

    `accuracy` gives that of every network for its weights among units, which are `own` at first.
    """
    alike = own.clone()
    for i in chosen:
        alike[i] = torch.as_tensor(homogenise_spectrum(own[i]))
    # Phases and eigenvectors are shared, so that a mean of both matrices has the mean of both moduli.
    scores = [accuracy(own.lerp(alike, degree)) for degree in DEGREES]
    return accuracy(own) - torch.stack(scores).mean(0)


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


def price_of(penalty, positions, rng, *, is_spatial=False, is_diagonal_charged=False, is_shuffled=False):
    """The penalty of a condition; None where there is none."""
    if penalty is None:
        return None
    where = dict(positions=positions) if is_spatial else {}
    price = penalty(is_diagonal_charged=is_diagonal_charged, **where)
    if is_shuffled:
        price.distance = torch.as_tensor(permute_pairs(price.distance, rng=rng))
    return price


def at_one_strength(net, readout, positions, scale, rng, *, accuracy, is_swept, also=()):
    """The outcome of a trial: measures of the sweep's networks, interpolated to the total weight that is compared.

    `accuracy` is that of every network for its weights among units; `also` has further numbers of every network.
    """
    weights = net.weight_rec.detach()
    total = weights.abs().double().numpy()[:, off_diagonal(len(positions))].sum(1)
    near = matched(total, scale.strength * len(positions)) if is_swept else {0: 1.0}
    of_net = dict(accuracy=accuracy(weights), spectral_damage=spectral_damage(weights, near, accuracy), **dict(also))
    rows = {i: measured(weights[i], distances(positions), scale, rng) for i in near}
    for i, row in rows.items():
        row |= {name: float(values[i]) for name, values in of_net.items()}
    row = {name: sum(share * rows[i][name] for i, share in near.items()) for name in row}
    row["total_weight"] = np.exp(sum(share * np.log(total[i]) for i, share in near.items()))
    row["n_parameters"] = sum(p[0].numel() for p in (*net.parameters(), readout))
    curves = {
        "total weight over the sweep": total,
        "weight entropy over the sweep": np.atleast_1d(weight_entropy(weights)),
        "accuracy over the sweep": of_net["accuracy"],
    }
    return Outcome(row=row, curves=curves, arrays={"weights": weights})


def low_entropy_modules(r, diagonal):
    """0.3 bit less weight entropy than L1 and no lower Q, with self-connections free or charged."""
    l1, sernn = (r[f"{p}_{diagonal}", "weight_entropy_bits"] for p in ("l1", "sernn"))
    q_l1, q_sernn = (r[f"{p}_{diagonal}", "modularity"] for p in ("l1", "sernn"))
    return l1.exceeds(sernn, by=0.3) & q_sernn.exceeds(q_l1, by=-0.02)


def shortened(r):
    """Strong connections are 0.4 units shorter than L1's, and not where distances are shuffled."""
    l1, sernn, shuffled = (r[f"{p}_free", "wiring_length"] for p in ("l1", "sernn", "shuffled"))
    return (
        l1.exceeds(sernn, by=0.4)
        & l1.matches(shuffled, within=0.15)
        & r["shuffled_charged", "wiring_length"].exceeds(r["sernn_charged", "wiring_length"], by=0.4)
    )
