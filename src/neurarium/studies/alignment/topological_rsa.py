"""Does the topology of a representation identify its layer as well as the geometry, and better in noise?"""

from itertools import product

import numpy as np
import torch

from neurarium.alignment import cka, procrustes
from neurarium.engine import Gate, Outcome, Study
from neurarium.studies.alignment._layer_identification import (
    by_measure,
    by_rdm,
    identified,
    milliseconds,
    population,
)

LOWER, UPPER = (0.0, 0.2, 0.4), (0.4, 0.6, 0.8, 0.95)
GEO_TOPOLOGICAL = [dict(lower=low, upper=up) for low, up in product(LOWER, UPPER) if low < up]
GEODESIC = [dict(lower=0.0, upper=up, is_geodesic=True) for up in (0.2, 0.4, 0.6, 0.8)]
GRAPHS = [dict(lower=q, upper=q) for q in (0.1, 0.2, 0.35, 0.5, 0.65, 0.8)]

study = Study(
    paper="arxiv:2309.11028",
    conditions={
        "rgtm": dict(choices=GEO_TOPOLOGICAL),
        "rgdm": dict(choices=GEODESIC),
        "graph": dict(choices=GRAPHS),
        "rdm": dict(choices=[dict(lower=0.0, upper=1.0)]),
        "cka": dict(measure=cka),
        "procrustes": dict(measure=lambda x, y: -procrustes(x, y)),
        "shuffled": dict(choices=GEO_TOPOLOGICAL, is_shuffled=True),
    },
    baseline="rdm",
    controls=("shuffled",),
    seeds={"quick": 8, "full": 20},
    scales={
        "quick": dict(n_nets=8, channels=(8, 8, 16, 16, 16), n_updates=300, batch=64, lr=3e-3)
        | dict(n_stimuli=60, n_units=50, n_repeats=4, snrs=(4.0, 1.0, 0.25, 0.0625), n_low=2),
        "micro": dict(n_nets=4, channels=(4, 4, 4, 4, 4), n_updates=20, n_stimuli=20, n_units=20, n_repeats=1)
        | dict(snrs=(4.0, 0.25), n_low=1),
        "full": dict(n_nets=20, channels=(32, 32, 64, 64, 64), n_updates=1500, n_repeats=20),
    },
    gate=Gate("accuracy", at_least=0.90),
    deviations=(
        "8 nets of 5 convolutional layers on scikit-learn's digits (real, 8 by 8 pixels), 60 held-out images; the "
        "paper: 10 All-CNN-C trained on CIFAR-10, 62 images, and human fMRI, of which we have none of these images.",
        "Noise is added to responses of 50 random units; the released example adds it to RDMs.",
        "A recording is assigned to the layer of one other net that it resembles most, by correlation; the paper takes "
        "the nearest mean of a layer over the other nets, and bootstraps stimuli where we draw nets anew.",
        "Quantiles are of distances, as in rsatoolbox; the released code ranks distances first.",
        "Thresholds are chosen on four nets of each seed and tested on the four others, on the same stimuli.",
        "Edges of no length are edges here; where networkx builds the graph (rsatoolbox 0.3.2) they are dropped.",
    ),
    tags=("rdm", "topology", "representation"),
)


@study.run
def trial(rng, scale, *, choices=(), measure=None, is_shuffled=False):
    names = ("n_nets", "channels", "n_updates", "batch", "lr", "n_stimuli")
    made = population(seed=rng.seed, **{name: getattr(scale, name) for name in names})
    layers = [torch.from_numpy(made[f"layer {k}"]) for k in range(len(scale.channels))]
    half = scale.n_nets // 2
    tuned, tested = [x[:half] for x in layers], [x[half:] for x in layers]
    candidates = [by_rdm(**thresholds) for thresholds in choices] or [by_measure(measure)]
    best = 0
    if len(candidates) > 1:
        best = int(np.argmax([np.mean(identified(c, tuned, scale, rng.child("tuned"))) for c in candidates]))
    found = identified(candidates[best], tested, scale, rng.child("tested"), is_shuffled=is_shuffled)
    decades = np.log10(scale.snrs)
    return Outcome(
        row={
            "accuracy": made["accuracy"].mean(),
            "layer_identification": np.mean(found),
            "layer_identification__high_snr": np.mean(found[: -scale.n_low]),
            "layer_identification__low_snr": np.mean(found[-scale.n_low :]),
            "noise_slope": np.polyfit(decades, found, 1)[0],
            "comparison_ms": milliseconds(candidates[best], tested),
        },
        curves={"identified, from the highest signal-to-noise ratio to the lowest": found},
        arrays={"thresholds chosen": np.array([choices[best]["lower"], choices[best]["upper"]])} if choices else {},
    )


POINTS = "2 points: one recording in fifty, about a tenth of what is above chance where noise is least"


@study.claim(
    "Over all levels of noise geo-topological matrices identify layers at most 2 points worse than RDMs.",
    margin_reason=POINTS,
)
def topology_loses_nothing(r):
    return r["rgtm", "layer_identification"].not_worse_than(r["rdm", "layer_identification"], within=0.02)


@study.claim("So do geodesic matrices.", margin_reason=POINTS)
def geodesics_lose_nothing(r):
    return r["rgdm", "layer_identification"].not_worse_than(r["rdm", "layer_identification"], within=0.02)


@study.claim(
    "Where noise has the upper hand, geo-topological matrices do 2 points better than RDMs.", margin_reason=POINTS
)
def topology_gains_in_noise(r):
    return r["rgtm", "layer_identification__low_snr"].exceeds(r["rdm", "layer_identification__low_snr"], by=0.02)


@study.claim(
    "With noise they lose no more than RDMs, within 1 point a decade.",
    margin_reason="the four levels span 1.8 decades: 2 points from end to end",
)
def topology_is_robust(r):
    return r["rgtm", "noise_slope"].not_worse_than(r["rdm", "noise_slope"], within=0.01)


@study.claim("They do at most 2 points worse than CKA and than Procrustes.", margin_reason=POINTS)
def as_good_as_other_measures(r):
    found = r["rgtm", "layer_identification"]
    others = (r[name, "layer_identification"] for name in ("cka", "procrustes"))
    cka_, procrustes_ = (found.not_worse_than(other, within=0.02) for other in others)
    return cka_ & procrustes_


@study.claim(
    "A graph alone, without any distance, identifies at most 5 points worse than RDMs.",
    margin_reason="what the paper calls excellent sensitivity: less than a third of what is above chance",
)
def a_graph_suffices(r):
    return r["graph", "layer_identification"].not_worse_than(r["rdm", "layer_identification"], within=0.05)


@study.claim(
    "Once stimuli are shuffled layers are found by chance (1 in 5, within 5 points), and 5 points less often.",
    margin_reason="twice the spread of shuffled seeds expected from 20 recordings of 4 nets",
)
def shuffling_undoes_it(r):
    by_chance = r["shuffled", "layer_identification"].at_most(0.25)
    return by_chance & r["rgtm", "layer_identification"].exceeds(r["shuffled", "layer_identification"], by=0.05)
