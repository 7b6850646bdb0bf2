"""Does a short chain of unlike map neurons hold chaos and rhythm at once, and can its bifurcations be told apart?"""

import numpy as np

from neurarium.engine import Outcome, Study
from neurarium.studies.neurons import _chain_survey as chain
from neurarium.studies.neurons._chain_kernels import CHIALVO, DOWN, HIGH, LOW, NAMES, RULKOV

CELL = dict(k=0.028, a=0.82, b=0.41, c=0.21, alpha=4.6, mu=0.073, v_rest=-0.45, down=0.05, up=0.34)
ALTERNATING = (CHIALVO, RULKOV, CHIALVO)
KINDS = ("fold", "flip", "neimark-sacker")
study = Study(
    paper="arxiv:2405.05675",
    conditions={
        "chain": dict(kinds=ALTERNATING, coupling=1.0),
        "uncoupled": dict(kinds=ALTERNATING, coupling=0.0),
        "one_kind": dict(kinds=(CHIALVO,) * 3, coupling=1.0),
    },
    baseline="one_kind",
    controls=("uncoupled",),
    seeds={"quick": 8, "full": 20},
    scales={
        "quick": dict(n_cell_starts=60, n_sets=800, n_starts=8, n_burn=1500, n_steps=2000, longest=32)
        | dict(n_series=150, n_points=1000, n_branches=120, n_couplings=9, n_k=41),
        "micro": dict(n_cell_starts=30, n_sets=60, n_starts=4, n_burn=500, n_steps=500)
        | dict(n_series=20, n_points=300, n_branches=12, n_couplings=2, n_k=3),
        "full": dict(n_cell_starts=500, n_sets=20_000, n_starts=20, n_steps=5000, n_series=1000, n_branches=2000),
    },
    deviations=(
        "Parameters and form of the coupling (differences of neighbours, a strength each way) are our choice.",
        "The cell that holds chaos and a cycle of 4 was found on development seeds; verdict seeds draw new starts.",
        "Random sets lie in a box of nine parameters; a branch of fixed points follows one of them, the input k.",
        "Bifurcations of codimension two are not sought.",
    ),
    tags=("map", "chaos", "bifurcation"),
)


@study.run
def trial(rng, scale, *, kinds, coupling):
    kinds, random = np.array(kinds), rng.numpy("starts")
    cell = np.array([CELL[name] for name in NAMES])
    sets = LOW + (HIGH - LOW) * rng.numpy("sets").random((scale.n_sets, len(cell)))
    for p in (cell, *sets):
        p[DOWN:] *= coupling
    first = chain.starts(scale.n_sets, scale.n_starts, len(kinds), random)
    ends = chain.in_the_cell(kinds, cell, random, scale)
    seen, confirmed = chain.coexisting(kinds, sets, first, scale.n_burn, scale.n_steps, scale.longest)
    sweep = chain.synchrony(kinds, cell, random, scale)
    found = chain.crossings(kinds, sets[: scale.n_branches], first[: scale.n_branches, 0])
    checked = [agrees for _, agrees in found if agrees is not None]
    return Outcome(
        row={
            **ends,
            "coexistence": len(confirmed) / scale.n_sets,
            "coexistence__short": len(seen) / scale.n_sets,
            "transient_share": 1 - len(confirmed) / len(seen) if len(seen) else 0.0,
            "entropy_order": chain.entropy_order(kinds, sets, first[:, 0], scale),
            "synchrony_range": sweep.max() - sweep.min(),
            "crossing_agreement": float(np.mean(checked)) if checked else 0.0,
            **{f"n_crossings__{kind.replace('-', '_')}": sum(c.kind == kind for c, _ in found) for kind in KINDS},
        },
        curves={"synchrony as coupling grows from an eighth": sweep, **chain.along_k(kinds, cell, random, scale)},
    )


@study.claim(
    "In one chain chaos and a cycle of period 4 each draw 5 % of random starts or more, at ten times the length of the "
    "scan; without coupling no start ends on the cycle.",
    margin_reason="3 of 60 starts: neither is an accident; 1 % is less than one start",
)
def chaos_and_rhythm_coexist(r):
    chaos, rhythm = (r["chain", name].at_least(0.05) for name in ("chaos_share", "four_cycle_share"))
    return chaos & rhythm & r["uncoupled", "four_cycle_share"].at_most(0.01)


@study.claim(
    "Over random chains sample entropy ranks as the largest Lyapunov exponent does, with a correlation above 0.6.",
    margin_reason="given with the question; two thirds of the pairs in one order are 0.5",
)
def entropy_follows_the_exponent(r):
    return r["chain", "entropy_order"].at_least(0.6)


@study.claim(
    "Folds, flips and Neimark-Sacker crossings are all met, and 95 % of those that can be checked do what they should.",
    margin_reason="one in 20 may lie too close to the next crossing to be judged by simulation",
)
def crossings_are_located_and_classified(r):
    kinds = [r["chain", f"n_crossings__{kind.replace('-', '_')}"].at_least(1) for kind in KINDS]
    return r["chain", "crossing_agreement"].at_least(0.95) & kinds[0] & kinds[1] & kinds[2]


@study.claim(
    "Synchrony changes by 0.1 or more as coupling grows to the cell's, and not at all without coupling.",
    margin_reason="a tenth of the whole range; without coupling only starts differ",
)
def synchrony_depends_on_coupling(r):
    return r["chain", "synchrony_range"].at_least(0.1) & r["uncoupled", "synchrony_range"].at_most(0.05)


@study.claim(
    "Half or more of the coexistence that a scan shows is transient chaos, gone at ten times the length.",
    margin_reason="a majority: then a scan alone cannot show coexistence",
)
def much_coexistence_is_transient(r):
    return r["chain", "transient_share"].at_least(0.5)


@study.claim("Unlike neurons hold both more often than neurons of one kind.", margin_reason="the sign is the claim")
def unlike_neurons_coexist_more(r):
    return r["chain", "coexistence"].exceeds(r["one_kind", "coexistence"])
