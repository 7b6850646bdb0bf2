"""Does it help that neurons learn their constants too, and does complexity tell apart what rates do not?"""

from functools import partial
from itertools import product

from neurarium.engine import Gate, Study
from neurarium.neurons import LearnedLIF, MetaNeuron
from neurarium.studies.neurons._intrinsic_training import CountingLayer, Tempotrons, compare_heads, train
from neurarium.synapses import Dense, StochasticRelease
from neurarium.tasks import markov_classes, poisson_classes

FOUR, TWO = (60.0,) * 4, (60.0,) * 2
KINDS = {
    "lif": dict(layer=CountingLayer, synapses=Dense, neuron=LearnedLIF),
    "meta": dict(layer=CountingLayer, synapses=StochasticRelease, neuron=MetaNeuron),
    "tempotron": dict(layer=Tempotrons, synapses=Dense, neuron=None),
}
# For each arm the best of twelve pairs of time constant and size of weights, which is that of the threshold, on
# development seeds 900 to 902 (meta-neurons: 900, 901). The constants' step is near the best of three for LIF neurons.
TUNED = {
    "fixed_lif": dict(tau_ms=6.0, gain=1.5),
    "learned_lif": dict(tau_ms=6.0, gain=1.5, lr_constants=0.005),
    "fixed_meta": dict(tau_ms=10.0, gain=0.75, synapses=partial(StochasticRelease, is_fixed=True)),
    "learned_meta": dict(tau_ms=10.0, gain=0.75, lr_constants=0.005),
    "fixed_tempotron": dict(tau_ms=6.0, gain=1.0),
    "learned_tempotron": dict(tau_ms=6.0, gain=1.0, lr_constants=0.005),
}
DEFAULT = {arm: TUNED[f"{arm}_lif"] | dict(tau_ms=20.0) for arm in ("fixed", "learned")}  # the library's own constant
ARMS = tuple(product(("fixed", "learned"), KINDS))
study = Study(
    paper="arxiv:2508.11674",
    conditions={
        f"{arm}_{kind}": dict(run=train, rates_hz=FOUR, is_fixed=arm == "fixed") | KINDS[kind] | TUNED[f"{arm}_{kind}"]
        for arm, kind in ARMS
    }
    | {
        f"{arm}_lif_two": dict(run=train, rates_hz=TWO, is_fixed=arm == "fixed") | KINDS["lif"] | TUNED[f"{arm}_lif"]
        for arm in ("fixed", "learned")
    }
    | {
        f"{arm}_lif_default": dict(run=train, rates_hz=FOUR, is_fixed=arm == "fixed") | KINDS["lif"] | DEFAULT[arm]
        for arm in ("fixed", "learned")
    }
    | {name: dict(run=compare_heads, task=name) for name in ("markov", "rate_only")},
    baseline="fixed_lif",
    controls=("rate_only",),
    seeds={"quick": 9, "full": 20},
    scales={
        "quick": dict(
            classes=partial(poisson_classes, depth=0.6),
            markov=markov_classes,
            rate_only=partial(poisson_classes, rates_hz=(190.0, 210.0), depth=0.0),
            n_hidden=32,
            n_epochs=15,
            batch=100,
            lr=0.02,
        ),
        "micro": dict(
            classes=partial(poisson_classes, depth=0.6, n_trials=60),
            markov=partial(markov_classes, n_trials=60),
            rate_only=partial(poisson_classes, rates_hz=(190.0, 210.0), depth=0.0, n_trials=60),
            n_hidden=8,
            n_epochs=1,
        ),
        "full": dict(n_hidden=128, n_epochs=60),
    },
    gate=Gate("accuracy", at_least=0.4, conditions=tuple(f"{arm}_{kind}" for arm, kind in ARMS)),
    deviations=(
        "All spike trains are generated. Classes of equal rate differ in the phase at which each channel is modulated.",
        "The paper's own form of the meta-neuron could not be checked; ours has two variables, four learned "
        "coefficients, and synapses that fail and vary at random, with a chance for each input that is learned.",
        "Of the paper's rules, surrogate gradients and the tempotron are compared; STDP has no gradient for constants.",
        "Each arm had its first time constant and size of weights (that of the threshold) tuned, twelve settings each, "
        "on development seeds; the paper tunes size and step of networks, no constants. Two classes are near the "
        "ceiling. Three times as many epochs took both LIF arms to 94 % on those seeds, the learned one no higher.",
        "Heads are logistic regressions of one feature a unit, on 20 trains and on 32 LIF neurons with random weights.",
    ),
    tags=("spiking", "heterogeneity", "complexity"),
)


@study.run(stacked=True, tolerance=0.03)
def trial(rngs, scale, *, run, **how):
    return run(rngs, scale, **how)


GAIN = "two points, with the fixed arm tuned as long as the learned one; the paper reports 8 to 13"


def gains(r, kind, by=0.02):
    return r[f"learned_{kind}", "accuracy"].exceeds(r[f"fixed_{kind}", "accuracy"], by=by)


@study.claim("LIF neurons that learn their constants too are 2 points better at four classes.", margin_reason=GAIN)
def learned_constants_help(r):
    return gains(r, "lif")


@study.claim(
    "Where no time constant was tuned, as in the paper, learned constants gain 2 points over the default of 20 ms.",
    margin_reason=GAIN,
)
def learned_constants_spare_the_tuning(r):
    return gains(r, "lif_default")


@study.claim("With tuned constants too they help at two classes, by 2 points.", margin_reason=GAIN)
def learned_constants_help_with_two_classes(r):
    return gains(r, "lif_two")


@study.claim("They help meta-neurons behind random synapses by 2 points.", margin_reason=GAIN)
def learned_constants_help_meta_neurons(r):
    return gains(r, "meta")


@study.claim("They help tempotrons, whose constants learn by the rule of the weights, by 2 points.", margin_reason=GAIN)
def learned_constants_help_tempotrons(r):
    return gains(r, "tempotron")


@study.claim(
    "Each neuron needs the constants it learned: shuffled, they cost 5 points.",
    margin_reason="over twice the gain asked for",
)
def constants_belong_to_their_neurons(r):
    return (r["learned_lif", "accuracy"] - r["learned_lif", "accuracy__shuffled"]).at_least(0.05)


HEADS = "15 points cannot come from the choice of a head; where only rates differ it must not win at all"


def complexity_wins(r, seen):
    complexity, rate = f"accuracy{seen[0]}", f"accuracy{seen[1]}"
    return r["markov", complexity].exceeds(r["markov", rate], by=0.15) & r["rate_only", rate].not_worse_than(
        r["rate_only", complexity], within=0.02
    )


@study.claim(
    "Complexity tells Markov from Bernoulli trains of equal rate 15 points better than rates do; unequal rates never.",
    margin_reason=HEADS,
)
def complexity_tells_what_rates_do_not(r):
    return complexity_wins(r, ("__input", "__rate_input"))


@study.claim("So it does behind a layer of LIF neurons.", margin_reason=HEADS)
def complexity_tells_it_behind_neurons(r):
    return complexity_wins(r, ("", "__rate"))
