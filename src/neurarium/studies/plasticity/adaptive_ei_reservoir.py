"""Does inhibition that adapts unit by unit spare a reservoir the search for its balance?"""

import math
from statistics import fmean

import torch

from neurarium.engine import Gate, Outcome, Study
from neurarium.studies.plasticity._reservoir_tasks import (
    TASKS,
    better,
    built,
    drawn,
    evaluated,
    homeostatic,
    misplaced,
    one_shot,
    scores,
    titled,
    variation,
)

BALANCES = tuple(2 ** (i / 5 - 1) for i in range(11))  # 1/2 .. 2; the sixth is 1
SCALES, DEFAULT = (0.1, 0.3, 1.0), 0.3  # of the input
study = Study(
    paper="arxiv:2504.12480",
    conditions={
        "tuned": dict(),
        "tuned_grid": dict(is_input_tuned=True),
        "homogeneous": dict(adapt=homeostatic),
        "heterogeneous": dict(adapt=homeostatic, spread=0.2),
        "one_shot": dict(adapt=one_shot),
        "misplaced": dict(adapt=misplaced),
        "tuned_strong": dict(gain=3.0),
        "homogeneous_strong": dict(adapt=homeostatic, gain=3.0),
        "heterogeneous_strong": dict(adapt=homeostatic, spread=0.2, gain=3.0),
    },
    baseline="tuned",
    controls=("misplaced",),
    seeds={"quick": 8, "full": 20},
    scales={
        "quick": dict(n_units=200, n_train=2000, n_test=1000, n_delays=60, n_passes=5, n_stretch=50),
        "micro": dict(n_units=40, n_train=300, n_test=150, n_delays=15, n_passes=1),
        "full": dict(n_units=1000, n_train=8000, n_test=4000, n_delays=200, n_passes=20),
    },
    gate=Gate("memory_capacity", at_least=3.0, conditions=("tuned", "tuned_grid", "tuned_strong")),
    deviations=(
        "The paper's text could not be had beyond its introduction: sizes, targets, gains and task settings are ours.",
        "All four series are generated; 200 units, 20 connections a unit, one input, a ridge of 1e-7 throughout.",
        "Targets are 0.3, or uniform in 0.1-0.5; weights change once in 50 steps; both were set on development seed 0.",
        "The gain is 2 because homeostasis settles there; at 3 (strong) a part of the networks begins to oscillate.",
        "Adaptation sees the training input five times, tuning eleven times (33 with input scales).",
    ),
    tags=("reservoir", "homeostasis", "inhibition"),
)


@study.run
def trial(rng, scale, *, adapt=None, spread=0.0, gain=2.0, is_input_tuned=False):
    tasks, target = drawn(scale, rng), 0.3 + spread * (2 * torch.rand(scale.n_units, generator=rng("targets")) - 1)
    found, curves = {}, {}
    for name, task in tasks.items():
        for input_scale in SCALES:
            if adapt:
                net = built(scale, rng, gain=gain, input_scale=input_scale)
                adapt(net, task, target.double(), scale, rng)
                found[name, input_scale] = evaluated(net, name, task, scale)
                continue
            nets = [built(scale, rng, gain=gain, balance=b, input_scale=input_scale) for b in BALANCES]
            sweep = [evaluated(net, name, task, scale) for net in nets]
            found[name, input_scale] = better(name, sweep)
            if input_scale == DEFAULT:
                curves[name] = [result.test for result in sweep]
    kept = {name: found[name, DEFAULT] for name in tasks}
    if is_input_tuned:
        kept = {name: better(name, [found[name, s] for s in SCALES]) for name in tasks}
    row = scores({name: result.test for name, result in kept.items()})
    if curves:
        row |= scores({name: fmean(curve[6:]) for name, curve in curves.items()}, "_inhibited")
        row |= scores({name: fmean(curve[:5]) for name, curve in curves.items()}, "_excited")
    row["log_spread"] = math.log(fmean(variation(name, [found[name, s] for s in SCALES]) for name in tasks))
    for metric in ("activity_spread", "inhibition_ratio", "total_weight"):
        row[metric] = fmean(getattr(result, metric) for result in kept.values())
    return Outcome(row=row, curves=titled(curves, found, SCALES))


METRICS = ("memory_capacity", *(f"log_nrmse__{name}" for name in TASKS[1:]))
BAR = "half a lag of about fifteen, a tenth of an error: far below the 130 % of the paper's abstract"
RANK = ("does not hold", "inconclusive", "holds")


def as_good(r, one, other):
    """Not worse on three tasks of four: the conjunction of the three on which it stands best."""
    asked = [r[one, m].not_worse_than(r[other, m], within=0.5 if m == METRICS[0] else 0.04) for m in METRICS]
    first, second, third, _ = sorted(asked, key=lambda e: (RANK.index(e.outcome), e.interval.low), reverse=True)
    return first & second & third


@study.claim("Adapted and untuned is as good as the best balance of eleven, on three of four tasks.", margin_reason=BAR)
def adaptation_replaces_tuning(r):
    return as_good(r, "homogeneous", "tuned")


@study.claim("It is as good as the best of eleven balances and three input scales.", margin_reason=BAR)
def adaptation_replaces_a_grid(r):
    return as_good(r, "homogeneous", "tuned_grid")


@study.claim("The same holds at a gain of 3, for equal and for unequal targets.", margin_reason=BAR)
def at_a_strong_gain(r):
    return as_good(r, "homogeneous_strong", "tuned_strong") & as_good(r, "heterogeneous_strong", "tuned_strong")


@study.claim("Balances above 1 hold a lag more and err a tenth less than those below 1.", margin_reason=BAR)
def inhibition_before_excitation(r):
    evidence = r["tuned", "memory_capacity__inhibited"].exceeds(r["tuned", "memory_capacity__excited"], by=1.0)
    for name in TASKS[1:]:
        excited, inhibited = (r["tuned", f"log_nrmse__{name}_{half}"] for half in ("excited", "inhibited"))
        evidence &= excited.exceeds(inhibited, by=0.04)
    return evidence


@study.claim(
    "Unequal targets lower the variation over input scales by 30 %.", margin_reason="asked for by the catalogue's row"
)
def unequal_targets_are_robust(r):
    return r["homogeneous", "log_spread"].exceeds(r["heterogeneous", "log_spread"], by=-math.log(0.7))


@study.claim("One shot from the means does as well as the rule, on three of four tasks.", margin_reason=BAR)
def one_shot_suffices(r):
    return as_good(r, "one_shot", "homogeneous")


@study.claim("One shot is as good as the best balance of eleven, on three of four tasks.", margin_reason=BAR)
def one_shot_replaces_tuning(r):
    return as_good(r, "one_shot", "tuned")


@study.claim("Inhibition on the wrong units holds half a lag less and errs a tenth more (NARMA).", margin_reason=BAR)
def place_matters(r):
    lags = r["homogeneous", "memory_capacity"].exceeds(r["misplaced", "memory_capacity"], by=0.5)
    return lags & r["misplaced", "log_nrmse__narma"].exceeds(r["homogeneous", "log_nrmse__narma"], by=0.04)
