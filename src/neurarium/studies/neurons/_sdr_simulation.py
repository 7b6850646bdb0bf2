"""Dendrites that store random sparse patterns, and how often they err, counted and foretold."""

from typing import NamedTuple

import numpy as np
import torch
from scipy.stats import binom

from neurarium.alignment import sdr_error_rates
from neurarium.neurons import ActiveDendrite


class Setting(NamedTuple):
    """A population, its code, and what a segment stores of it."""

    n_units: int
    n_active: int
    n_synapses: int
    n_patterns: int
    corruption: float

    def rates(self, threshold, **more):
        return sdr_error_rates(**self._asdict(), threshold=threshold, **more)


class Count(NamedTuple):
    """Errors on so many occasions, their rate in exact closed form, and in the paper's (NaN where it has none)."""

    n_errors: float
    n_occasions: float
    exact: float
    paper: float

    def is_inside(self, rate, level=0.99):
        """Whether the count lies in the central binomial interval of `rate`."""
        low, high = binom.interval(level, round(self.n_occasions), min(max(rate, 0.0), 1.0))
        return low <= self.n_errors <= high


def count(errors, exact, paper):
    """The errors of units (inputs, units), as a count on as many independent occasions as they are worth.

    Two errors of one unit share the size of its union. What that adds to the variance between units divides the count.
    """
    n_inputs, n_units = errors.shape
    rates = errors.double().mean(0).numpy()
    share = rates.mean()
    inflation = rates.var(ddof=1) * n_inputs / (share * (1 - share)) if 0 < share < 1 and n_inputs > 1 else 1.0
    worth = n_inputs * n_units / max(inflation, 1.0)
    return Count(share * worth, worth, float(exact), float(paper))


def settings(n, generator, *, density, sizes, synapses, patterns, corruption):
    """`n` random settings, uniform over the ranges, in which the synapses fit into a pattern."""
    found = []
    while len(found) < n:
        n_units = int(generator.uniform(*sizes))
        setting = Setting(
            n_units,
            n_active=round(n_units * generator.uniform(*density)),
            n_synapses=int(generator.integers(*synapses, endpoint=True)),
            n_patterns=int(generator.integers(*patterns, endpoint=True)),
            corruption=float(generator.uniform(*corruption)),
        )
        if setting.n_synapses <= setting.n_active:
            found.append(setting)
    return found


def random_patterns(n, n_units, n_active, generator, outside=None):
    """Random sets of `n_active` cells, one a row, none of them among the cells of `outside`."""
    keys = torch.rand(n, n_units, generator=generator)
    keys = keys if outside is None else keys.masked_fill(outside, -1.0)
    return torch.zeros(n, n_units, dtype=torch.bool).scatter_(1, keys.topk(n_active).indices, True)


def corrupted(patterns, share, generator):
    """Each pattern with a `share` of its active cells replaced by others."""
    (n, n_units), n_active = patterns.shape, int(patterns[0].sum())
    n_lost = round(share * n_active)
    kept = random_patterns(n, n_units, n_active - n_lost, generator, outside=~patterns)
    return kept | random_patterns(n, n_units, n_lost, generator, outside=patterns)


def counted(setting, n_segments, n_inputs, n_joined, rng):
    """Counts of a segment's false alarms and misses, and of the false alarms of neurons of `n_joined` segments.

    Thresholds are those whose rates, as foretold, can be counted.
    """
    pick, generator = rng.numpy("wanted"), rng("patterns")
    theta = np.arange(1, setting.n_synapses + 1)
    exact, paper = (setting.rates(theta, is_mean_field=m) for m in (False, True))
    joined, joined_paper = (setting.rates(theta, n_segments=n_joined, is_mean_field=m) for m in (False, True))
    at = nearest(exact.false_positive, np.exp(pick.uniform(np.log(1e-3), np.log(0.3))))
    missed_at = nearest(exact.false_negative, pick.uniform(0.02, 0.5))
    sizes = dict(n_inputs=setting.n_units, n_segments=n_segments, n_synapses=setting.n_synapses)
    dendrite = ActiveDendrite(**sizes, threshold=int(theta[at]))
    for _ in range(setting.n_patterns):
        stored = random_patterns(n_segments, setting.n_units, setting.n_active, generator)
        dendrite.store(stored, rng=rng)
    fires = dendrite(random_patterns(n_inputs, setting.n_units, setting.n_active, generator))
    neurons = fires.unflatten(1, (-1, n_joined)).any(-1)
    dendrite.threshold = int(theta[missed_at])
    found = dendrite(corrupted(stored, setting.corruption, generator)).diagonal()
    miss_paper = paper.false_negative[missed_at] if setting.n_patterns == 1 else np.nan
    return [
        count(fires, exact.false_positive[at], paper.false_positive[at]),
        count(~found[None], exact.false_negative[missed_at], miss_paper),
        count(neurons, joined.false_positive[at], joined_paper.false_positive[at]),
    ]


def nearest(rates, wanted):
    return int(np.abs(np.log(np.maximum(rates, 1e-300)) - np.log(wanted)).argmin())
