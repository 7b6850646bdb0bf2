"""What a chain of map neurons does: where starts end, what coexists, how crossings on branches of fixed points go."""

from __future__ import annotations

import numpy as np
from scipy.stats import spearmanr

from neurarium.alignment import bifurcation_crossings, phase_synchrony, sample_entropy
from neurarium.studies.neurons._chain_kernels import DOWN, K, branch, slope, survey, trace


def starts(n_sets, n_starts, n_units, generator):
    """Random states, (sets, starts, v then y)."""
    v, y = (generator.uniform(low, high, (n_sets, n_starts, n_units)) for low, high in ((-1, 2), (-2, 3)))
    return np.concatenate([v, y], axis=-1)


def is_chaos(exponents, periods):
    return (exponents > 0.01) & (periods == 0)


def is_rhythm(exponents, periods):
    return (exponents < -1e-3) & (periods > 0)


def coexisting(kinds, sets, first, n_burn, n_steps, longest):
    """Which sets show chaos from one start and a stable cycle from another: at this length, and at ten times it."""

    def both(which, times):
        found = survey(kinds, sets[which], first[which], times * n_burn, times * n_steps, longest)
        return is_chaos(*found).any(1) & is_rhythm(*found).any(1)

    seen = np.flatnonzero(both(np.arange(len(sets)), 1))
    return seen, seen[both(seen, 10)] if len(seen) else seen


def crossings(kinds, sets, first, length=0.02, n_points=300):
    """Crossings on a branch of fixed points of each set, and for each whether what follows it is what its kind says.

    Past a fold the branch must turn back. At a flip or a Neimark-Sacker crossing that ends stability a small push in
    the critical direction must die on the stable side and grow on the other, from side to side at a flip alone. None
    where this cannot be tried: unstable on both sides, or another crossing nearby.
    """
    found = []
    for p, start in zip(sets, first, strict=True):
        points = branch(kinds, p, start, K, length, n_points)
        if len(points) < 2:
            continue
        n, at = len(kinds), points[:, -1]
        jacobians = np.array(
            [slope(kinds, with_k(p, k), x[:n], x[n:]) for x, k in zip(points[:, :-1], at, strict=True)]
        )
        for crossing in bifurcation_crossings(jacobians, at):
            found.append((crossing, _agrees(kinds, p, points, jacobians, crossing)))
    return found


def with_k(p, k):
    """The same set with another constant input."""
    q = p.copy()
    q[K] = k
    return q


def _agrees(kinds, p, points, jacobians, crossing):
    low, high = crossing.index, crossing.index + 1
    if crossing.kind == "fold":
        turns = np.diff(np.sign(np.diff(points[max(low - 2, 0) : high + 3, -1])))
        return bool(turns.any()) if 2 <= low and high + 2 < len(points) else None
    n_unstable = 1 if crossing.kind == "flip" else 2
    if sorted(crossing.n_outside) != [0, n_unstable]:
        return None
    sides = range(low, max(low - 5, -1), -1), range(high, min(high + 5, len(points)))
    stable, unstable = sides if crossing.n_outside[0] == 0 else sides[::-1]
    places = _clear(jacobians, stable, 0), _clear(jacobians, unstable, n_unstable)
    if None in places:
        return None
    (dies, _), (grows, alternates) = (_pushed(kinds, p, points[i], jacobians[i]) for i in places)
    return bool(dies < 0.1 and grows > 3 and (alternates < -0.999) == (crossing.kind == "flip"))


def _clear(jacobians, places, n_outside, margin=1e-3):
    """The first place at which stability is clear, if so many eigenvalues are outside the unit circle up to there."""
    for i in places:
        moduli = np.abs(np.linalg.eigvals(jacobians[i]))
        if (moduli >= 1).sum() != n_outside:
            return None
        if abs(moduli.max() - 1) > margin:
            return i
    return None


def _pushed(kinds, p, point, jacobian, size=1e-5, n_steps=10_000):
    """How far a push in the critical direction has grown, at last or past tenfold, and the cosine of its last turn."""
    values, vectors = np.linalg.eig(jacobian)
    critical = vectors[:, np.abs(values).argmax()].real
    push = size * critical / np.abs(critical).max()
    path = trace(kinds, with_k(p, point[-1]), point[:-1] + push, 0, n_steps) - point[:-1]
    far = np.abs(path).max(1) / size
    beyond = np.flatnonzero(~(far < 10))
    last = beyond[0] if len(beyond) else n_steps - 1
    before, after = path[last - 1], path[last]
    return far[last], (before * after).sum() / np.sqrt((before**2).sum() * (after**2).sum())


def in_the_cell(kinds, cell, random, scale):
    """Where random starts end at ten times the length of the scan."""
    first = starts(1, scale.n_cell_starts, len(kinds), random)
    found = survey(kinds, cell[None], first, 10 * scale.n_burn, 10 * scale.n_steps, scale.longest)
    is_four = is_rhythm(*found) & (found[1] == 4)
    return {"chaos_share": is_chaos(*found).mean(), "four_cycle_share": is_four.mean()}


def entropy_order(kinds, sets, first, scale):
    """Rank correlation of sample entropy, mean over units, with the largest Lyapunov exponent."""
    some = slice(scale.n_series)
    exponents, _ = survey(kinds, sets[some], first[some, None], scale.n_burn, scale.n_points, 1)
    pairs = []
    for p, start, (exponent,) in zip(sets[some], first[some], exponents, strict=True):
        if np.isfinite(exponent):
            series = trace(kinds, p, start, scale.n_burn, scale.n_points)[:, : len(kinds)]
            pairs.append((np.mean([sample_entropy(unit) for unit in series.T]), exponent))
    return spearmanr(*zip(*pairs, strict=True)).statistic


def synchrony(kinds, cell, random, scale):
    """Order parameter at each share of the cell's coupling, of starts whose units all move; 0 where none do."""
    means = []
    for share in np.linspace(0.125, 1, scale.n_couplings):
        p = cell.copy()
        p[DOWN:] *= share
        values = [0.0]
        for start in starts(1, 4, len(kinds), random)[0]:
            v = trace(kinds, p, start, 10 * scale.n_burn, scale.n_points)[:, : len(kinds)]
            if np.isfinite(v).all() and np.ptp(v, axis=0).min() > 1e-6:
                values.append(phase_synchrony(v[None])[0])
        means.append(np.mean(values[1:] or values))
    return np.array(means)


def along_k(kinds, cell, random, scale):
    """The largest response of the first unit as k rises and falls, each run from where the last one ended.

    Where a run flies off, 0 stands for it and the next one starts where this one did.
    """
    ks, curves = np.linspace(0.0, 0.08, scale.n_k), {}
    state = starts(1, 1, len(kinds), random)[0, 0]
    for name, values in (("rises", ks), ("falls", ks[::-1])):
        tops = []
        for k in values:
            run = trace(kinds, with_k(cell, k), state, 2 * scale.n_burn, 200)
            is_bounded = np.isfinite(run).all() and np.abs(run).max() < 1e6
            state = run[-1] if is_bounded else state
            tops.append(run[:, 0].max() if is_bounded else 0.0)
        curves[f"largest response as k {name}, 0 to 0.08"] = tops if name == "rises" else tops[::-1]
    return curves
