"""Hidden symmetries of rectifier networks: drawn, built to have none, and before and after learning digits."""

import math
from itertools import product

import numpy as np
import torch
from scipy.stats import spearmanr

from neurarium.alignment import functional_dimension, probe_points, stable_units
from neurarium.engine import Outcome
from neurarium.studies.alignment._stacked_mlps import descended, he_layers, outputs
from neurarium.tasks import digits


def built_layers(sizes, n_nets, *, bias_std, rng):
    """Weights as above, biases such that every bent hyperplane cuts one ball on which all earlier units are active.

    On a ball around the origin the layers before are affine, ``h = c + A x``. A unit's hyperplane is put half of the
    radius from the centre, its active side inwards, so that the next ball is half as wide.
    """
    layers = he_layers(sizes, n_nets, bias_std=bias_std, rng=rng)
    centre = torch.zeros(n_nets, sizes[0], dtype=torch.float64)
    slope = torch.eye(sizes[0], dtype=torch.float64).expand(n_nets, -1, -1)
    radius, built = 1.0, []
    for weight, _ in layers[:-1]:
        slope = weight @ slope
        inside = slope.norm(dim=-1) * radius / 2  # what the units are given at the centre
        built.append((weight, inside - (weight @ centre[..., None])[..., 0]))
        centre, radius = inside, radius / 2
    return [*built, layers[-1]]


def survey(rng, scale, *, n_inputs, layers=he_layers, negative_slope=0.0):
    """Hidden symmetries of many networks of each width and depth."""
    cells = list(product(scale.widths, scale.depths))
    free, deficits, stuck, growing = {}, [], [], []
    for width, depth in cells:
        sizes = (n_inputs or width, *[width] * depth, 1)
        here = rng.child(f"{sizes}")
        is_control = layers is built_layers or negative_slope > 0
        n_nets = scale.n_control if is_control else scale.n_nets * max(scale.widths) // width  # narrow ones are cheap
        nets = layers(sizes, n_nets, bias_std=scale.bias_std, rng=here)
        found, is_stuck = inspected(nets, scale, here, negative_slope)
        free[width, depth] = (found.deficit == 0).double().mean().item()
        deficits.append(found.deficit.double().mean().item())
        growing.append((found.half_rank < found.rank).double().mean().item())
        stuck.append(is_stuck)
    by_depth = [np.mean([free[w, d] for w in scale.widths]) for d in scale.depths]
    by_width = [np.mean([free[w, d] for d in scale.depths if d > 1]) for w in scale.widths]
    row = {
        "depth_order": order(scale.depths, by_depth),
        "width_order": order(scale.widths, by_width),
        "symmetry_free": float(np.mean(by_depth)),
        "symmetry_free__deepest": float(by_depth[-1]),
        "served_architectures": float(np.mean([share > 0 for share in free.values()])),
        "deficit": float(np.mean(deficits)),
        "stuck_share": float(np.mean(stuck)),
        "rank_growth": float(np.mean(growing)),
    }
    curves = {f"symmetry-free share by depth, width {w}": [free[w, d] for d in scale.depths] for w in scale.widths}
    return Outcome(row, curves=curves)


def inspected(nets, scale, rng, negative_slope=0.0):
    """Functional dimension of stacked networks, and the share of hidden units that never switch."""
    n_parameters = sum(math.prod(w.shape[1:]) + b.shape[1] for w, b in nets)
    n_samples = scale.points_per_parameter * n_parameters // math.isqrt(nets[-1][1].shape[1])
    x = probe_points(n_samples=n_samples, n_inputs=nets[0][0].shape[2], rng=rng)
    found = functional_dimension(nets, x, negative_slope=negative_slope)
    units = stable_units(nets, x, negative_slope=negative_slope)
    stuck = torch.cat([d | on for d, on in zip(units.dead, units.always_on, strict=True)], -1)
    return found, stuck.double().mean().item()


def order(x, y):
    """Spearman's correlation, 0 where nothing changes."""
    return 0.0 if np.ptp(y) == 0 else float(spearmanr(x, y).statistic)


def training(rng, scale):
    """Hidden symmetries before and after learning digits from their first principal components."""
    data = digits(rng=rng)
    train, test = (x.flatten(1).double() for x in (data.train_x, data.test_x))
    mean = train.mean(0)
    _, spread, axes = torch.linalg.svd(train - mean, full_matrices=False)
    whiten = axes[: scale.n_components].mT / spread[: scale.n_components] * math.sqrt(len(train))
    sizes = (scale.n_components, *scale.hidden, data.n_classes)
    nets = he_layers(sizes, scale.n_trained, bias_std=scale.bias_std, rng=rng)
    before, stuck_before = inspected(nets, scale, rng.child("points"))

    def loss(logits):
        return torch.nn.functional.cross_entropy(logits.flatten(0, 1), data.train_y.repeat(len(logits)))

    nets, losses = descended(nets, (train - mean) @ whiten, loss, lr=scale.lr, n_updates=scale.n_updates)
    after, stuck = inspected(nets, scale, rng.child("points"))
    answers = outputs(nets, (test - mean) @ whiten).argmax(-1)
    row = {"accuracy": (answers == data.test_y).double().mean().item(), "stuck_share": stuck}
    row |= {"stuck_share__before": stuck_before, "deficit__before": before.deficit.double().mean().item()}
    row |= {"deficit": after.deficit.double().mean().item()}
    row |= {
        f"symmetry_free__{k}": (f.deficit == 0).double().mean().item()
        for k, f in (("before", before), ("after", after))
    }
    return Outcome(row, curves={"training loss": losses})
