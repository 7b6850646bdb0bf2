"""Does a local, gated rule follow changes of what comes, when and how likely, that least squares cannot follow?"""

import math
from functools import partial

import torch

from neurarium.engine import Gate, Outcome, Study
from neurarium.studies.plasticity._prediction_object import (
    Block,
    Force,
    Offline,
    ThreeFactor,
    amplitude_r2,
    answers,
    course,
    drawn,
    peaks,
    shown,
    smallest_angle_deg,
    time_errors_ms,
    trials_to_criterion,
)

BLOCKS = (  # first the latencies change place, then the probabilities
    Block((250.0, 500.0), (0.8, 0.2)),
    Block((500.0, 250.0), (0.8, 0.2)),
    Block((500.0, 250.0), (0.2, 0.8)),
)
LEVELS = (0.1, 0.3, 0.5, 0.7, 0.9)
study = Study(
    paper="arxiv:2510.14382",
    conditions={
        "three_factor": dict(rule=ThreeFactor),
        "ungated": dict(rule=partial(ThreeFactor, is_gated=False)),
        "online_only": dict(rule=partial(ThreeFactor, offline=0.0)),
        "annealed": dict(rule=partial(ThreeFactor, is_annealed=True)),
        "force": dict(rule=Force),
        "force_reset": dict(rule=partial(Force, is_reset=True)),
        "force_forgetting": dict(rule=partial(Force, forgetting_factor=math.exp(-1 / 800))),  # twelve trials
        "ridge": dict(rule=Offline),
    },
    baseline="force",
    controls=("annealed",),
    seeds={"quick": 8, "full": 20},
    scales={
        "quick": dict(n_units=300, n_trials=80, n_probe=20, n_shuffles=200, dt_ms=0.5),
        "micro": dict(n_units=60, n_trials=10, n_probe=5, n_shuffles=20, dt_ms=1.0),
        "full": dict(n_units=1000, n_trials=200, n_probe=50, n_shuffles=1000, dt_ms=0.25),
    },
    gate=Gate("explained", at_least=0.5, conditions=("three_factor", "force")),
    deviations=(
        "The paper's text could not be had beyond its abstract: sizes, constants and the offline rule follow our row.",
        "300 cells, 80 trials a block, all generated; answers are read every 10 ms; outcomes are bells of 70 ms.",
        "Steps of 0.5 ms, not the row's 1 ms, at which the overshoot of the scheme makes trials unlike.",
        "Filtered spikes are divided by their deviation and their common part is damped to a fifth, for all rules: as "
        "they are, 93 % of the power is common and the delta rule learns no times in 80 trials.",
        "Outcomes have exact frequencies in every ten trials. FORCE has no feedback into the reservoir.",
        "Step size and penalties were chosen among three each on development seed 0, by the error before a change; "
        "before that some 40 reservoirs were tried, and after a first run the damping and the offline rule were "
        "changed.",
        "The criterion is 1.2 times a rule's own error before the change, or half of what is to be predicted if that "
        "is easier; a rule that never meets it counts as the whole block, which favours it.",
        "Annealing and forgetting are ours: they ask whether the step size, not locality, makes the difference.",
    ),
    tags=("reservoir", "spiking", "three-factor", "adaptation"),
)


@study.run
def trial(rng, scale, *, rule):
    n, n_probe = scale.n_trials, scale.n_probe
    sizes = dict(n_units=scale.n_units, n_trials=len(BLOCKS) * n + n_probe, dt_ms=scale.dt_ms)
    states = torch.as_tensor(answers(seed=rng.seed, **sizes)["states"]).double()
    states, probe = states[:, :-n_probe], states[:, -n_probe:].mean(1)
    fresh = partial(rule, n_trials=n) if rule is Offline else rule
    came = [drawn(block, n, rng("outcomes")) for block in BLOCKS]
    error, weights = course(fresh(), states, probe, BLOCKS, came)
    settled = [error[stop - (1 if rule is Offline else n // 4) : stop].mean().item() for stop in (n, 2 * n)]
    times = time_errors_ms(probe, weights[0], BLOCKS[0])
    row = {"explained": 1 - settled[0] ** 2, "time_error_ms": times.mean().item()}
    row |= {"time_error_ms__likely": times[0].item(), "time_error_ms__unlikely": times[1].item()}
    for i, change in enumerate(("latency", "probability"), 1):
        row[f"log2_trials__{change}"] = math.log2(trials_to_criterion(error[i * n : (i + 1) * n], settled[i - 1]))
    levels = [Block(BLOCKS[0].latencies_ms, (p, 1 - p)) for p in LEVELS]
    learned = [course(fresh(), states, probe, [b], [drawn(b, n, rng("levels"))]).weights[0] for b in levels]
    heights = torch.stack([peaks(probe, w)[0] for w in learned])
    row["amplitude_r2"] = amplitude_r2(heights, torch.tensor([level.probabilities for level in levels]).double())
    when, what = weights[1] - weights[0], weights[2] - weights[1]
    angle = smallest_angle_deg(when, what)
    orders = [torch.randperm(scale.n_units, generator=rng("shuffles")) for _ in range(scale.n_shuffles)]
    shuffled = torch.tensor([smallest_angle_deg(when, what[:, order]) for order in orders])
    row["subspace_angle_deg"] = angle
    row["subspace_angle_deg__excess"] = angle - shuffled.quantile(0.95).item()
    row["dense_macs"] = fresh().macs(2, scale.n_units)
    return Outcome(row=row, curves=shown(error, probe, weights))


def after_both(r, compare):
    """Decide after the change of latency and after that of probability."""
    return compare("log2_trials__latency") & compare("log2_trials__probability")


@study.claim(
    "After a change of latency or probability it meets the criterion in half of FORCE's trials.",
    margin_reason="a factor of two, asked for by the catalogue's row",
)
def adapts_twice_as_fast(r):
    return after_both(r, lambda m: r["force", m].exceeds(r["three_factor", m], by=1.0))


@study.claim(
    "Peaks come within 40 ms of their times and follow probability with R² of 0.9, in one population.",
    margin_reason="the row's bars; 40 ms is half the width of what is predicted",
)
def one_population_holds_all(r):
    return r["three_factor", "time_error_ms"].at_most(40.0) & r["three_factor", "amplitude_r2"].at_least(0.9)


@study.claim("Changes of 'what' and 'when' are farther apart than 95 % of shuffles.", margin_reason="the row's bound")
def what_and_when_are_orthogonal(r):
    return r["three_factor", "subspace_angle_deg__excess"].at_least(0.0)


@study.claim("Told of the change, FORCE too needs half of the trials or fewer.", margin_reason="the same factor of two")
def a_reset_frees_force(r):
    return after_both(r, lambda m: r["force", m].exceeds(r["force_reset", m], by=1.0))


@study.claim("With a step size that falls as FORCE's does it needs 1.4 times the trials.", margin_reason="half of two")
def the_step_size_decides(r):
    return after_both(r, lambda m: r["annealed", m].exceeds(r["three_factor", m], by=0.5))


@study.claim("Least squares that forgets needs at most 1.4 times the trials of the rule.", margin_reason="half of two")
def forgetting_frees_least_squares(r):
    return after_both(r, lambda m: r["force_forgetting", m].not_worse_than(r["three_factor", m], within=0.5))


@study.claim("Without its gate the rule explains 5 points less.", margin_reason="5 points of 100 are visible")
def the_gate_helps(r):
    return r["three_factor", "explained"].exceeds(r["ungated", "explained"], by=0.05)
