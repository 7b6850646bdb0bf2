"""Can few parameters imitate a neuron with dendrites, and do slow memories make one neuron solve long tasks?"""

from functools import partial

from neurarium.engine import Gate, Study
from neurarium.studies.neurons._neuron_students import LSTMs, MemoryNeurons, TCNs, add, imitate
from neurarium.tasks import dendritic_neuron, event_digit_sums

ELM = dict(run=imitate, student=MemoryNeurons, n_branches=24, lr=0.01, n_updates=300)
LSTM = dict(run=imitate, student=LSTMs, lr=0.01, n_updates=700)
TCN = dict(run=imitate, student=TCNs, lr=0.01, n_updates=500)
study = Study(
    paper="arxiv:2306.16922",
    conditions={f"elm_{n}": dict(n_memory=n, **ELM) for n in (1, 5, 15)}
    | {f"lstm_{n}": dict(n_hidden=n, **LSTM) for n in (4, 16)}
    | {f"tcn_{n}": dict(n_hidden=n, **TCN) for n in (4, 16)}
    | {f"adding_{tau}": dict(run=add, tau_max_ms=float(tau)) for tau in (10, 50, 300)},
    baseline="tcn_16",
    controls=("adding_10", "elm_1"),
    seeds={"quick": 7, "full": 10},
    scales={
        "quick": dict(
            neuron=partial(dendritic_neuron, n_trials=800),
            batch=20,
            share=1.0,
            sums=event_digit_sums,
            n_memory=30,
            batch_sums=50,
            n_updates_sums=600,
            lr_sums=0.01,
        ),
        "micro": dict(
            neuron=partial(dendritic_neuron, n_trials=40, n_steps=200, rate_hz=12.0),
            share=0.01,
            sums=partial(event_digit_sums, n_train=100, n_test=20, silence_steps=10),
            n_memory=4,
            n_updates_sums=2,
        ),
        "full": dict(
            neuron=partial(dendritic_neuron, n_trials=8000),
            share=20.0,
            sums=partial(event_digit_sums, n_train=20000, n_classes=10),
            n_memory=100,
            n_updates_sums=10000,
            lr_sums=0.003,
        ),
    },
    gate=Gate("spike_auc", at_least=0.8, conditions=("elm_15", "tcn_16", "lstm_16")),
    deviations=(
        "The cell to be imitated is generated: 12 branches of 8 AMPA and NMDA or GABA synapses, a soma that integrates "
        "and fires, 200 s of input in trials of 250 ms that begin at rest. The paper's is a pyramidal cell of NEURON.",
        "The memory neurons sum 24 groups of 4 neighbouring synapses first, half a branch of the cell each.",
        "One layer of LSTM units; a TCN of three layers that sees 190 steps. The paper's TCN has seven layers of 128.",
        "Each student's step is the best of 0.003, 0.01 and 0.03 on development seeds 900 and 901. LSTM and TCN, which "
        "run faster, make 2.3 and 1.7 times as many updates. All start at the mean rate of spikes.",
        "Sums are of real handwritten digits below 5, whose spikes are generated, 60 ms apart; the paper: spoken ones.",
    ),
    tags=("dendrite", "memory", "trained"),
)


@study.run(stacked=True, tolerance=0.05)
def trial(rngs, scale, *, run, **how):
    return run(rngs, scale, **how)


FIT = "the row asks for a hundredth of AUC at a fifth of the parameters; sizes are set so that they are that far apart"


@study.claim(
    "Within 0.01 of AUC a memory neuron predicts spikes as well as a TCN of eleven times as many parameters.",
    margin_reason=FIT,
)
def fewer_parameters_than_a_tcn(r):
    return r["elm_15", "spike_auc"].not_worse_than(r["tcn_16", "spike_auc"], within=0.01)


@study.claim("So it does beside an LSTM of four times as many parameters.", margin_reason=FIT)
def fewer_parameters_than_an_lstm(r):
    return r["elm_15", "spike_auc"].not_worse_than(r["lstm_16", "spike_auc"], within=0.01)


@study.claim(
    "A TCN and an LSTM with about as many parameters as the memory neuron, or more, are 0.02 of AUC worse.",
    margin_reason="twice the margin of equality",
)
def at_equal_parameters_it_is_better(r):
    elm = r["elm_15", "spike_auc"]
    return elm.exceeds(r["tcn_4", "spike_auc"], by=0.02) & elm.exceeds(r["lstm_4", "spike_auc"], by=0.02)


@study.claim(
    "A few memories are needed and suffice: from 1 to 5 gains 0.02 of AUC more than from 5 to 15.",
    margin_reason="twice the margin of equality",
)
def a_few_memories_are_needed(r):
    one, five, fifteen = (r[f"elm_{n}", "spike_auc"] for n in (1, 5, 15))
    return ((five - one) - (fifteen - five)).at_least(0.02)


@study.claim(
    "Memories of up to 300 ms add two digits 60 ms apart 10 points better than those of up to 10 ms.",
    margin_reason="as the row asks; nine sums, of which the most frequent makes up a fifth",
)
def slow_memories_add(r):
    return r["adding_300", "accuracy"].exceeds(r["adding_10", "accuracy"], by=0.10)


@study.claim(
    "The gain grows with the range: 50 ms lies between, 3 points from either.",
    margin_reason="two standard errors of the difference of two accuracies on 500 trials",
)
def the_longer_the_better(r):
    short, middle, long = (r[f"adding_{tau}", "accuracy"] for tau in (10, 50, 300))
    return middle.exceeds(short, by=0.03) & long.exceeds(middle, by=0.03)
