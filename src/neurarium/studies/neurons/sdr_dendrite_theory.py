"""Do closed forms foretell the errors of dendrites on sparse codes, and the threshold of NMDA spikes?"""

import numpy as np

from neurarium.engine import Outcome, Study
from neurarium.studies.neurons._sdr_simulation import counted, settings

DECLARED = dict(sizes=(2048, 10_000), synapses=(20, 40), patterns=(5, 20), corruption=(0.3, 0.3))
FULL_GRID = dict(sizes=(512, 10_000), synapses=(16, 40), patterns=(1, 20), corruption=(0.3, 0.5))
FIGURE_6 = dict(sizes=(10_000, 200_000), synapses=(20, 50), patterns=(1, 1), corruption=(0.0, 0.0))
COUNTED = dict(sizes=(1000, 4000), synapses=(8, 24), patterns=(1, 8), corruption=(0.3, 0.5))

study = Study(
    paper="arxiv:1601.00720",
    conditions={
        "sparse": dict(density=(0.005, 0.02), figure_6=(0.005, 0.03)),
        "pooled": dict(density=(0.005, 0.02), figure_6=(0.005, 0.03), is_pooled=True),
        "dense": dict(density=(0.3, 0.3), figure_6=(0.3, 0.3)),
    },
    baseline="pooled",
    controls=("dense",),
    seeds={"quick": 8, "full": 20},
    scales={
        "quick": dict(n_counted=24, n_segments=600, n_inputs=2000, n_settings=60, n_joined=20),
        "micro": dict(n_counted=2, n_segments=40, n_inputs=50, n_settings=4, n_joined=4),
        "full": dict(n_counted=100, n_segments=3000, n_inputs=20_000, n_settings=1000),
    },
    deviations=(
        "All patterns are generated, random and uncorrelated, as in the paper; there are no codes of real images.",
        "Settings are drawn from the ranges of the catalogue's grid, without patterns smaller than the synapses that "
        "sample them (with 512 cells that is all); errors are counted with 1,000 to 4,000 cells, where they happen.",
        "The paper finds the threshold from false alarms alone (figure 6: from 9 on they are below 1e-9); to minimise "
        "false alarms plus misses is the catalogue's criterion. Both are tested.",
        "The paper puts a union's expected number of synapses into the formula for one pattern, and has no formula for "
        "misses of unions; the exact distribution, and those misses, are ours.",
        "A count is worth as many independent occasions as its variance between segments says: alarms of one segment"
        " on many inputs share the size of its union.",
        "The pooled neuron has all synapses of the 20 segments on one.",
    ),
    tags=("sparse", "dendrites", "theory"),
)


@study.run
def trial(rng, scale, *, density, figure_6, is_pooled=False):
    pick, n_joined = rng.numpy("settings"), scale.n_joined

    def best_thresholds(drawn):
        """The thresholds with the fewest errors, and the mean of both error rates there."""
        found = []
        for s in drawn:
            theta, n_segments = np.arange(1, s.n_active + 1), 1 if is_pooled else n_joined
            whole = s._replace(n_patterns=s.n_patterns * n_joined) if is_pooled else s
            errors = sum(whole.rates(theta, n_segments=n_segments))
            found.append((theta[errors.argmin()], errors.min() / 2))
        return np.array(found).T

    declared = settings(scale.n_settings, pick, density=density, **DECLARED)
    best, error = best_thresholds(declared)
    lone, _ = best_thresholds([s._replace(n_patterns=1) for s in declared])
    anywhere, _ = best_thresholds(settings(scale.n_settings, pick, density=density, **FULL_GRID))
    row = {
        "recognition_error": error.mean(),
        "best_threshold": best.mean(),
        "best_threshold__single": lone.mean(),
        "threshold_in_range": in_nmda_range(best),
        "threshold_in_range__full_grid": in_nmda_range(anywhere),
        "safe_threshold": safe_threshold(settings(scale.n_settings, pick, density=figure_6, **FIGURE_6)),
        "n_synapses": np.mean([s.n_synapses * s.n_patterns * n_joined for s in declared]),
    }
    if is_pooled:
        return row
    drawn = settings(scale.n_counted, pick, density=density, **COUNTED)
    sizes = scale.n_segments, scale.n_inputs, n_joined
    counts = [c for i, s in enumerate(drawn) for c in counted(s, *sizes, rng.child(f"setting {i}"))]
    row["interval_share"] = np.mean([c.is_inside(c.paper) for c in counts if not np.isnan(c.paper)])
    row["interval_share__exact"] = np.mean([c.is_inside(c.exact) for c in counts])
    rates = {"counted": [c.n_errors / c.n_occasions for c in counts], "foretold": [c.exact for c in counts]}
    return Outcome(row=row, curves={f"error rates, {name}": values for name, values in rates.items()})


def in_nmda_range(thresholds):
    return ((thresholds >= 8) & (thresholds <= 20)).mean()


def safe_threshold(drawn, largest=50):
    """The smallest threshold with a median rate of false alarms of 1e-9 or less; beyond `largest` if there is none."""
    theta = np.arange(1, largest + 1)
    median = np.median([s.rates(theta).false_positive for s in drawn], axis=0)
    return int((median > 1e-9).sum()) + 1


INSIDE = "99 of 100 counts are expected in a 99 % interval; 95 is the bar set by the catalogue"


@study.claim("The paper's formulas put at least 95 % of counts into their 99 % interval.", margin_reason=INSIDE)
def formulas_foretell(r):
    return r["sparse", "interval_share"].at_least(0.95)


@study.claim("So do the exact forms, misses of unions and dense codes included.", margin_reason=INSIDE)
def exact_forms_foretell(r):
    return r["sparse", "interval_share__exact"].at_least(0.95) & r["dense", "interval_share__exact"].at_least(0.95)


@study.claim(
    "False alarms fall below 1e-9 at a threshold of 8 to 20 synapses for sparse codes, and at none of these for dense.",
    margin_reason="the range measured for NMDA spikes; 1e-9 is the paper's example",
)
def safe_threshold_is_that_of_nmda_spikes(r):
    sparse, dense = (r[code, "safe_threshold"] for code in ("sparse", "dense"))
    return sparse.at_least(8) & sparse.at_most(20) & dense.at_least(21)


@study.claim(
    "With 5 patterns or more on each of 20 segments the best threshold is 8 to 20 in at least 80 % of settings.",
    margin_reason="the paper speaks of a tight match over a generous set of assumptions: four of five at the least",
)
def best_threshold_is_that_of_nmda_spikes(r):
    return r["sparse", "threshold_in_range"].at_least(0.80)


@study.claim(
    "Unions need a threshold that is higher by 1 synapse than that for a single pattern.",
    margin_reason="thresholds are whole numbers",
)
def unions_raise_the_threshold(r):
    return r["sparse", "best_threshold"].exceeds(r["sparse", "best_threshold__single"], by=1.0)


@study.claim(
    "At the best threshold sparse codes are recognised with less than 1 % error, dense ones with more than 10 %.",
    margin_reason="an order of magnitude around the few per cent that would be debatable; chance is 50 %",
)
def dense_codes_break_recognition(r):
    return r["sparse", "recognition_error"].at_most(0.01) & r["dense", "recognition_error"].at_least(0.10)


@study.claim(
    "Twenty segments err 10 points less than one that has all their synapses.", margin_reason="a fifth of chance"
)
def segments_beat_pooling(r):
    return r["pooled", "recognition_error"].exceeds(r["sparse", "recognition_error"], by=0.10)
