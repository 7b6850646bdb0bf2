"""Networks of many widths on regions of prescribed topology: which width suffices, and what their regions look like."""

from itertools import product

import numpy as np
import torch
from scipy.stats import spearmanr

from neurarium.alignment import betti_numbers, region_betti_numbers
from neurarium.engine import Outcome
from neurarium.studies.alignment._stacked_mlps import descended, he_layers, outputs
from neurarium.tasks import planted_topology

N_PIXELS, SPECK = 48, 5  # a hole is 50 pixels
BAND = 0.1


def capacity(rng, scale, *, depth, is_bridged=False):
    """Train every width on every set, several times, and find where it begins to succeed."""
    widths = scale.widths[depth - 1]
    shapes = [
        planted_topology(n_components=b0, n_holes=b1, is_bridged=is_bridged, rng=rng.child(f"{b0},{b1}"))
        for b0, b1 in scale.sets
    ]
    train, test = (drawn(shapes, n, rng.child(part)) for part, n in (("train", scale.n_train), ("test", scale.n_test)))
    results = [trained(shapes, train, test, (2, *[w] * depth, 1), scale, rng.child(f"{w}")) for w in widths]
    fit, accuracy, match = (np.stack(part) for part in zip(*results, strict=True))  # (widths, sets, restarts)
    is_learned = (fit >= 1 - scale.tolerance).mean(2) > 0.5
    reached = np.where(is_learned.any(0), is_learned.argmax(0), len(widths))  # first width, or beyond the last
    total = np.array([sum(betti) for betti in scale.sets])
    has_no_hole = np.array([b1 == 0 for _, b1 in scale.sets])
    row = {
        "capacity_order": order(total, reached),
        "capacity_order__discs": order(total[has_no_hole], reached[has_no_hole]),
        "beyond_share": float((reached == len(widths)).mean()),
        "topology_matched": float(match.mean()),
        "accuracy": float(accuracy.mean()),
        "accuracy__best": float(accuracy.max(0).mean()),
        "accuracy__matched": float(accuracy[match].mean()) if match.any() else 0.0,
        "accuracy__missed": float(accuracy[~match].mean()) if not match.all() else 0.0,
        "matching_gain": matching_gain(accuracy, match),
    }
    curves = {
        f"networks that learn, by width, {low} to {high} features": is_learned_share(fit, total, low, high, scale)
        for low, high in ((1, 2), (3, 4), (5, 10))
        if ((total >= low) & (total <= high)).any()
    }
    return Outcome(row, curves=curves)


def drawn(shapes, n_samples, rng):
    """Points and labels of each set, (sets, samples, 2) and (sets, samples): half near the outline, half anywhere."""
    x, y = [], []
    for i, shape in enumerate(shapes):
        here = rng.child(f"{i}")
        parts = [shape.draw(n_samples // 2, band=band, rng=here) for band in (BAND, 2.0)]
        x.append(torch.cat([points for points, _ in parts]))
        y.append(torch.cat([labels for _, labels in parts]))
    return torch.stack(x).float(), torch.stack(y)


def trained(shapes, train, test, sizes, scale, rng):
    """Accuracy on both samples, and whether the region has the Betti numbers planted, each (sets, restarts)."""
    (x, y), n = ((part.repeat_interleave(scale.n_restarts, 0) for part in train), scale.n_restarts)
    nets = he_layers(sizes, len(x), bias_std=scale.bias_std, rng=rng, dtype=torch.float32)

    def loss(logits):
        return torch.nn.functional.binary_cross_entropy_with_logits(logits[..., 0], y.float())

    nets, _ = descended(nets, x, loss, lr=scale.lr, n_updates=scale.n_updates)
    x_test, y_test = (part.repeat_interleave(n, 0) for part in test)
    fit, accuracy = (
        ((outputs(nets, points)[..., 0] > 0) == labels).float().mean(1).view(-1, n).numpy()
        for points, labels in ((x, y), (x_test, y_test))
    )
    grid = shapes[0].grid(N_PIXELS).float().flatten(0, 1)
    regions = (outputs(nets, grid)[..., 0] > 0).view(-1, n, N_PIXELS, N_PIXELS).numpy()
    match = [
        [region_betti_numbers(region, min_pixels=SPECK) == (shape.b0, shape.b1) for region in of_set]
        for shape, of_set in zip(shapes, regions, strict=True)
    ]
    return fit, accuracy, np.array(match)


def matching_gain(accuracy, match):
    """Accuracy of networks that match less that of those that do not, at one width and set, mean of those with both."""
    both = match.any(2) & ~match.all(2)
    if not both.any():
        return 0.0
    a, m = accuracy[both], match[both]
    return float(((a * m).sum(1) / m.sum(1) - (a * ~m).sum(1) / (~m).sum(1)).mean())


def order(x, y):
    """Spearman's correlation, 0 where nothing changes."""
    return 0.0 if np.ptp(x) == 0 or np.ptp(y) == 0 else float(spearmanr(x, y).statistic)


def is_learned_share(fit, total, low, high, scale):
    """Share of networks that fit sets of so many features, for each width."""
    return (fit[:, (total >= low) & (total <= high)] >= 1 - scale.tolerance).mean((1, 2)).tolist()


def recovery(rng, scale):
    """Share of planted sets whose Betti numbers their points give away, by persistence."""
    found = []
    for b0, b1, i in product(range(1, 7), range(5), range(scale.n_clouds)):
        here = rng.child(f"{b0},{b1},{i}")
        shape = planted_topology(n_components=b0, n_holes=b1, rng=here)
        x, is_in = shape.draw(scale.n_cloud, margin=0.0, rng=here)
        found.append(betti_numbers(x[is_in], n_landmarks=scale.n_landmarks) == (b0, b1))
    return {"topology_recovered": float(np.mean(found))}
