"""Does embedding a recurrent network in space give it modules of low entropy and a heterogeneous spectrum?"""

from functools import partial
from itertools import product

import torch

from neurarium.engine import Gate, Study
from neurarium.nets.recurrent import CommunicabilityPenalty, L1Penalty, SpatialPenalty, grid_positions
from neurarium.studies.alignment._spatial_sweep import (
    at_one_strength,
    low_entropy_modules,
    price_of,
    score,
    shortened,
    trained,
)
from neurarium.tasks import OneChoiceMaze

PENALTIES = {
    "l1": dict(penalty=L1Penalty, gamma=4.5e-3),
    "space": dict(penalty=SpatialPenalty, is_spatial=True, gamma=1.6e-3),
    "communicability": dict(penalty=CommunicabilityPenalty, gamma=0.26),
    "sernn": dict(penalty=CommunicabilityPenalty, is_spatial=True, gamma=0.1),
    "shuffled": dict(penalty=CommunicabilityPenalty, is_spatial=True, is_shuffled=True, gamma=0.12),
}
study = Study(
    paper="arxiv:2409.17693",
    conditions={
        f"{name}_{diagonal}": dict(is_diagonal_charged=diagonal == "charged", **what)
        for diagonal, (name, what) in product(("free", "charged"), PENALTIES.items())
    }
    | {"none": dict(penalty=None)},
    baseline="l1_free",
    controls=("shuffled_free", "shuffled_charged"),
    seeds={"quick": 5, "full": 20},
    scales={
        "quick": dict(sides=(5, 5, 4), steps=(8, 4, 8), batch=32, n_updates=400, lr=1e-3, n_random=3)
        | dict(strength=1.0, sweep=(0.42, 0.76, 1.37, 3.2)),
        "micro": dict(sides=(3, 3, 2), steps=(4, 2, 4), batch=16, n_updates=120, lr=5e-3, n_random=0)
        | dict(sweep=(0.25, 1.0, 2.5, 8.0)),
        "full": dict(steps=(20, 10, 20), batch=128, n_random=10, sweep=(0.2, 0.35, 0.5, 0.75, 1.0, 1.5, 2.5, 5.0)),
    },
    gate=Gate("accuracy", at_least=0.95),
    deviations=(
        "Spiking networks are judged apart, in spiking-spatially-embedded-networks, by the same claims and margins.",
        "The maze has 8, 4 and 8 steps, batches of 32, 4 strengths and 5 seeds; the paper trains a thousand networks.",
        "Measures are read at one total weight between units, interpolated over the sweep, which was set on "
        "development seeds; self-connections count in the spectrum alone. That they pay too (charged) is our addition.",
        "Entropy is not compared with rewired networks: rewiring keeps the weights, and with them their entropy.",
        "Spectra are homogenised by degrees (a quarter to the whole way to one modulus) and the damage averaged.",
    ),
    tags=("recurrent", "spatial", "entropy", "spectrum"),
)


@study.run
def trial(rng, scale, *, penalty, gamma=0.0, **how):
    positions = grid_positions(*scale.sides)
    price = price_of(penalty, positions, rng, **how)
    maze = OneChoiceMaze(**dict(zip(("goal_steps", "delay_steps", "choice_steps"), scale.steps, strict=True)))
    gammas = gamma * torch.tensor(scale.sweep if penalty else (1.0,))
    net, readout = trained(maze, price, gammas, scale, rng)
    accuracy = partial(score, net, readout, maze.draw(512, rng=rng.child("test")))
    return at_one_strength(net, readout, positions, scale, rng, accuracy=accuracy, is_swept=bool(penalty))


ENTROPY = "0.3 bit is a fifth fewer connections of equal weight; Q varies by 0.02 between development seeds"


@study.claim("At one total weight seRNN has 0.3 bit less weight entropy than L1 and no lower Q.", margin_reason=ENTROPY)
def low_entropy_modularity(r):
    return low_entropy_modules(r, "free")


@study.claim("The same when self-connections pay too.", margin_reason=ENTROPY)
def low_entropy_modularity_with_diagonal(r):
    return low_entropy_modules(r, "charged")


@study.claim("SeRNN's eigenvalue moduli spread by 0.01 more than L1's.", margin_reason="6 % of L1's in a pilot net")
def heterogeneous_spectrum(r):
    return r["sernn_free", "modulus_std"].exceeds(r["l1_free", "modulus_std"], by=0.01)


@study.claim(
    "Homogenising the spectrum costs seRNN 5 points more than L1.", margin_reason="5 points of 100 are visible"
)
def heterogeneity_is_used(r):
    return r["sernn_free", "spectral_damage"].exceeds(r["l1_free", "spectral_damage"], by=0.05)


@study.claim(
    "Strong connections shorten by 0.4 units, unless distances are shuffled.", margin_reason="half of a pilot's"
)
def connections_shorten(r):
    return shortened(r)
