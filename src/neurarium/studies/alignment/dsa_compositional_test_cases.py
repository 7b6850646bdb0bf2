"""Does dynamical similarity analysis tell computations apart where CKA and Procrustes do not?"""

from itertools import product

from neurarium.engine import Gate, Study
from neurarium.studies.alignment._dsa_cases import ATTRACTOR, TRANSIENT, composition, mixing, ranks, regimes
from neurarium.studies.alignment._dsa_learning import leaky, learning, selective

WINDOWS, STARTS = {"transient": TRANSIENT, "attractor": ATTRACTOR}, {"unmatched": False, "matched": True}
NOISES = {"low": 0.004, "high": 0.1}
LORENZ = {
    f"{w}_{m}_{n}": dict(case=regimes, window=WINDOWS[w], is_matched=STARTS[m], noise=NOISES[n])
    for w, m, n in product(WINDOWS, STARTS, NOISES)
}
study = Study(
    paper="arxiv:2410.24070",
    conditions=LORENZ
    | {
        "ranks": dict(case=ranks),
        "axes_swapped": LORENZ["transient_unmatched_high"] | dict(is_swapped=True),
        "shuffled_labels": LORENZ["transient_unmatched_high"] | dict(is_shuffled=True),
        "mixing": dict(case=mixing),
        "composition": dict(case=composition),
        "leaky": dict(case=learning, networks=leaky, lr=1e-2),
        "selective": dict(case=learning, networks=selective, lr=5e-3),
    },
    baseline="transient_unmatched_low",
    controls=("shuffled_labels",),
    seeds={"quick": 8, "full": 20},
    scales={
        "quick": dict(n_trials=60, n_steps=200, mixing=(0.125, 0.25, 0.5, 0.75, 1.0), n_units=64, n_updates=250)
        | dict(batch=32, lr=2e-3, noise_std=0.3, stimulus_ms=1000.0, n_test=80)
        | dict(n_channels=32, n_states=8, n_updates_alone=400),
        "micro": dict(n_trials=24, n_steps=60, n_units=16, n_updates=5, batch=8, stimulus_ms=500.0, n_test=24)
        | dict(n_updates_alone=5),
        "full": dict(n_trials=200, n_units=128, n_updates=5000, batch=64, stimulus_ms=4000.0, n_test=500)
        | dict(n_states=16, n_updates_alone=4000),
    },
    gate=Gate("accuracy", at_least=0.75, conditions=("composition", "leaky", "selective")),
    deviations=(
        "DSA: 10 delays of 2 steps, rank 12 (Lorenz); 4 of 1, rank 10 (networks); the released code: 33 of 6, rank 50.",
        "Trials of the networks are paired and axes named; what the released code does is reported beside it:"
        " other trials for each network (metrics ending in _unpaired) and axes swapped (_swapped).",
        "The selective network has one layer of 32 channels x 8 states, without the convolution and gate of Mamba.",
        "For the claim on it each net has the learning rate of 0.005 and 0.01 that is better over all of its groups;"
        " at 0.002 a frozen rate network learns nothing in these updates.",
        "Tanh networks of 64 units, 250 updates, one seed a group; the paper trains 64 configurations for 50 epochs.",
        "CKA is debiased; correlations are signed, so that an order against the claim counts against it.",
        "Stochastic shapes, distances at steps of training, the Go/NoGo family and the motif case are not run.",
    ),
    tags=("dynamics", "metrics", "compositional"),
)


@study.run
def trial(rng, scale, *, case, **kwargs):
    return case(rng, scale, **kwargs)


def better(r, condition, metric, by):
    dsa, rivals = r[condition, f"{metric}__dsa"], (r[condition, f"{metric}__{m}"] for m in ("cka", "procrustes"))
    cka, procrustes = (dsa.exceeds(rival, by=by) for rival in rivals)
    return cka & procrustes


AUC = "0.05 is half of the gap on the attractor in the smallest pilot; 1 is perfect, 0.5 chance"
RHO = "0.15 is a third of the correlations seen in a pilot"


@study.claim("Transients, starts not matched (as in the paper), noise 0.1: DSA's AUC is 0.05 up.", margin_reason=AUC)
def transient_unmatched(r):
    vanishes = r["shuffled_labels", "auc__dsa"].at_most(0.65)
    return better(r, "transient_unmatched_high", "auc", by=0.05) & vanishes


@study.claim("Transients, starts matched, noise 0.1: DSA's AUC is 0.05 higher.", margin_reason=AUC)
def transient_matched(r):
    return better(r, "transient_matched_high", "auc", by=0.05)


@study.claim("On the attractor, starts not matched, noise 0.1: DSA's AUC is 0.05 higher.", margin_reason=AUC)
def attractor_unmatched(r):
    return better(r, "attractor_unmatched_high", "auc", by=0.05)


@study.claim("On the attractor, starts matched, noise 0.1: DSA's AUC is 0.05 higher.", margin_reason=AUC)
def attractor_matched(r):
    return better(r, "attractor_matched_high", "auc", by=0.05)


@study.claim("Distance falls with shared components: DSA's rank correlation is 0.15 higher.", margin_reason=RHO)
def follows_composition(r):
    return better(r, "composition", "order_shared", by=0.15)


@study.claim("Distance falls with accuracy: DSA's rank correlation is 0.15 higher.", margin_reason=RHO)
def follows_behaviour(r):
    found = better(r, "composition", "order_accuracy", by=0.15)
    is_spread = r["composition", "accuracy_spread"].at_least(0.15).outcome == "holds"
    return found if is_spread else found.inconclusive("accuracies of the groups spread by less than 15 points")


@study.claim("DSA follows a mixed-in pattern more linearly, and with a wider gap.", margin_reason="no size is named")
def follows_mixing(r):
    return better(r, "mixing", "linearity", by=0.0) & better(r, "mixing", "mixing_gap", by=0.0)


ACCURACY = "0.05 is a sixth of what frozen dynamics cost a network in a pilot (65 of 97 %); 1 is the floor itself"


@study.claim(
    "A selective state-space net learns as well (within 0.05) with frozen dynamics and stays nearer to what it was than"
    " two seeds are to each other; a frozen rate network learns 0.05 worse, and learning moves a free one farther.",
    margin_reason=ACCURACY,
)
def needs_no_new_dynamics(r):
    learns_as_well = r["selective", "accuracy__frozen"].matches(r["selective", "accuracy"], within=0.05)
    rate_network_does_not = r["leaky", "accuracy"].exceeds(r["leaky", "accuracy__frozen"], by=0.05)
    stays = r["selective", "learning_change__frozen"].at_most(1.0)
    moves = r["leaky", "learning_change"].at_least(1.0)
    return learns_as_well & rate_network_does_not & stays & moves


RANK = "a tenth of the eleven-fold loss measured on rate networks (ratio to new trials 14.2 at rank 3, 1.25 at 50)"


@study.claim(
    "Rank decides what DSA sees: in units of the floor, regimes are 1 farther apart at rank 3 than at rank 50.",
    margin_reason=RANK,
)
def rank_decides(r):
    return r["ranks", "floor_ratio__dsa_rank3"].exceeds(r["ranks", "floor_ratio__dsa_rank50"], by=1.0)


@study.claim("Trials read as time, as in the released code, cost DSA 0.05 of AUC.", margin_reason=AUC)
def axes_matter(r):
    return r["transient_unmatched_high", "auc__dsa"].exceeds(r["axes_swapped", "auc__dsa"], by=0.05)
