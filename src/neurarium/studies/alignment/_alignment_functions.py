"""Measuring: functions of alignment on made-up pairs whose relation is known, and on nets whose errors are known."""

from functools import partial
from itertools import combinations

import numpy as np
import torch
from scipy.stats import rankdata

from neurarium.alignment import (
    cka,
    curvature_distance,
    dsa,
    error_consistency,
    linear_predictivity,
    permutation_distance,
    procrustes,
    rsa,
    shape_distance,
    soft_matching_distance,
)
from neurarium.cost import operations
from neurarium.studies.alignment._small_nets import SmallNet, images


def minus(distance, **options):
    return lambda x, y: -distance(x, y, **options)


# The more, the more alike; and which changes of one system each function is blind to.
FUNCTIONS = {
    "cka": (cka, "rotate scale permute shift"),
    "procrustes": (minus(procrustes), "rotate scale permute shift"),
    "rsa": (rsa, "rotate scale permute shift"),
    "rsa_ranks": (partial(rsa, distance="correlation", compare="spearman"), "scale permute"),
    "shape": (minus(shape_distance, alpha=0.5), "rotate scale permute shift"),
    "soft_matching": (minus(soft_matching_distance), "scale permute shift"),
    "predictivity": (partial(linear_predictivity, n_folds=2), "rotate scale permute shift subset"),
}
# Asked of made-up pairs only: one needs as many units in both systems, the other takes long.
MORE = {
    "permutation": (minus(permutation_distance), "scale permute shift"),
    "curvature": (minus(curvature_distance), "rotate scale permute shift shuffle"),
}
TOLERANCE = 1e-4  # a ridge penalty shrinks a little


def battery(rng, scale):
    """Cells (function by transform) in which a function is blind where it must see, or sees where it must be blind."""
    generator = rng("battery")

    def drawn(*shape):
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    x, turn = drawn(scale.n_samples, 12) * torch.linspace(0.3, 2, 12).double(), torch.linalg.qr(drawn(12, 12))[0]
    units, samples = (torch.randperm(n, generator=generator) for n in (12, len(x)))
    changed = {
        "rotate": x @ turn, "scale": 3 * x, "permute": x[:, units], "shift": x + torch.arange(12.0).double(),
        "noise": x + 0.5 * drawn(*x.shape), "subset": x[:, :6], "warp": x**3, "shuffle": x[samples],
    }  # fmt: skip
    wrong = {}
    for name, (function, blind_to) in (FUNCTIONS | MORE).items():
        same = function(x, x.clone())
        fits = {k: y for k, y in changed.items() if y.shape[1] == 12 or name != "permutation"}
        is_blind = {k: abs(function(x, y) - same) < TOLERANCE for k, y in fits.items()}
        wrong[name] = sum(blind != (k in blind_to.split()) for k, blind in is_blind.items())
    walk = drawn(8, 60, 4).cumsum(1)
    turned = walk @ torch.linalg.qr(drawn(4, 4))[0]
    rotated, reversed_in_time = (dsa(walk, y, n_delays=2, rank=4) for y in (turned, walk.flip(1)))
    wrong["dsa"] = (rotated > TOLERANCE) + (reversed_in_time < 1e-3)
    return {"wrong_cells": float(sum(wrong.values()))} | {f"wrong_cells__{k}": float(n) for k, n in wrong.items()}


def population(rng, scale, *, is_shuffled=False):
    """Whether nets that are alike err alike, their accuracies apart; `is_shuffled`: errors go to other nets."""
    train_x, train_y, test_x, test_y = images(rng)
    nets = [_varied_net(rng.child(f"net {i}"), scale, train_x, train_y) for i in range(scale.n_nets)]
    right = [net.is_right(test_x, test_y) for net in nets]
    seen = [net.drive(test_x[: scale.n_samples]).detach() for net in nets]  # before rectification no unit is silent
    accuracy = np.array([float(r.double().mean()) for r in right])
    if is_shuffled:
        order = torch.randperm(len(nets), generator=rng("errors")).tolist()
        right, accuracy = [right[i] for i in order], accuracy[order]
    kappa = _over_pairs(error_consistency, right)
    row, n_found = {"accuracy": float(accuracy.mean())}, 0
    for name, (function, _) in FUNCTIONS.items():
        rho, p_value = partial_mantel(_over_pairs(function, seen), kappa, accuracy, rng.numpy("mantel"))
        n_found += rho >= 0.2 and p_value < 0.01
        row[f"partial_rho__{name}"] = rho
    one = operations(nets[0], test_x[:1], n_samples=1)
    return row | {"share_predictive": n_found / len(FUNCTIONS), "dense_macs": one.per_sample["dense_macs"]}


def _varied_net(rng, scale, x, y):
    """A net of drawn width, depth, training set, share of wrong labels and length of training."""
    draw = rng.numpy("kind")
    width, depth, n = draw.choice([16, 32, 64]), draw.choice([1, 2]), draw.choice([100, 300, 1000])
    n_updates, share_wrong = draw.choice(scale.updates), draw.choice([0.0, 0.2, 0.4])
    chosen = torch.from_numpy(draw.permutation(len(x))[:n])
    labels = y[chosen].clone()
    is_wrong = torch.from_numpy(draw.random(len(labels)) < share_wrong)
    labels[is_wrong] = torch.from_numpy(draw.integers(0, 10, int(is_wrong.sum())))
    net = SmallNet((int(width),) * int(depth), rng)
    return net.fit(x[chosen], labels, n_updates=int(n_updates), lr=scale.lr)


def _over_pairs(function, systems):
    """Systems x systems, the upper triangle."""
    found = np.zeros((len(systems), len(systems)))
    for i, j in combinations(range(len(systems)), 2):
        found[i, j] = function(systems[i], systems[j])
    return found + found.T


def partial_mantel(a, b, covariate, generator, n_permuted=999):
    """Rank correlation of two matrices over pairs given mean and difference of a property; p by permuting systems."""
    i, j = np.triu_indices(len(a), 1)
    known = [np.ones(len(i)), rankdata(covariate[i] + covariate[j]), rankdata(np.abs(covariate[i] - covariate[j]))]
    basis = np.linalg.qr(np.stack(known, 1))[0]
    orders = [np.arange(len(a)), *(generator.permutation(len(a)) for _ in range(n_permuted))]
    ranks = np.stack([rankdata(b[i, j]), *(rankdata(a[np.ix_(o, o)][i, j]) for o in orders)], 1)
    rest = ranks - basis @ (basis.T @ ranks)
    rest /= np.linalg.norm(rest, axis=0)
    rho = rest[:, 1:].T @ rest[:, 0]
    return float(rho[0]), float((rho >= rho[0]).mean())
