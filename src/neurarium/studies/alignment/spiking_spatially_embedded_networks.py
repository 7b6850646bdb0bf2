"""Does embedding a recurrent spiking network in space give it modules of low entropy and a heterogeneous spectrum?"""

from functools import partial
from itertools import product

import torch

from neurarium.engine import Gate, Study
from neurarium.nets.recurrent import CommunicabilityPenalty, L1Penalty, grid_positions
from neurarium.studies.alignment._spatial_sweep import at_one_strength, low_entropy_modules, price_of, shortened
from neurarium.studies.alignment._spiking_sweep import rate, score, trained
from neurarium.tasks import lagged_volleys, spoken_digits

PENALTIES = {
    "l1": dict(penalty=L1Penalty, gamma=4.5e-3),
    "sernn": dict(penalty=CommunicabilityPenalty, is_spatial=True, gamma=0.1),
    "shuffled": dict(penalty=CommunicabilityPenalty, is_spatial=True, is_shuffled=True, gamma=0.1),
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
    seeds={"quick": 6, "full": 20},
    scales={
        "quick": dict(data=partial(spoken_digits, dt_ms=20.0), sides=(4, 4, 4), batch=64, n_epochs=8, lr=5e-3)
        | dict(gain=3.0, tau_steps=4.0, strength=3.5, sweep=(0.08, 0.14, 0.2, 0.35), n_random=3),
        "micro": dict(data=partial(lagged_volleys, n_trials=160, n_channels=32), sides=(3, 3, 2), n_epochs=4, batch=16)
        | dict(n_random=0, strength=2.5, sweep=(0.01, 1.0, 10.0, 100.0)),  # generated, so that no file is needed
        "full": dict(sides=(5, 5, 5), n_epochs=40, n_random=10, sweep=(0.2, 0.35, 0.5, 0.75, 1.0, 1.5, 2.5, 5.0)),
    },
    gate=Gate("accuracy", at_least=0.85),
    deviations=(
        "Spoken digits from wav files (10 classes, 32 channels, 35 steps) for the Heidelberg digits (20 classes, 700).",
        "64 leaky integrate-and-fire units, 4 strengths and 6 seeds; the paper trains a thousand networks.",
        "Measures are read at one total weight between units, interpolated over the sweep, which was set on "
        "development seeds; self-connections count in the spectrum alone. That they pay too (charged) is our addition.",
        "Spectra are homogenised by degrees (a quarter to the whole way to one modulus) and the damage averaged.",
        "Margins are those of the rate networks: whether spiking ones go the same way is the question.",
    ),
    tags=("spiking", "recurrent", "spatial", "entropy", "spectrum"),
)


@study.run
def trial(rng, scale, *, penalty, gamma=0.0, **how):
    positions = grid_positions(*scale.sides)
    price = price_of(penalty, positions, rng, **how)
    data = scale.data(rng=rng.child("data"))
    gammas = gamma * torch.tensor(scale.sweep if penalty else (1.0,))
    net, readout = trained(data, price, gammas, scale, rng)
    accuracy = partial(score, net, readout, data)
    also = {"spikes_per_step": rate(net, data)}
    return at_one_strength(net, readout, positions, scale, rng, accuracy=accuracy, is_swept=bool(penalty), also=also)


ENTROPY = "0.3 bit, as for rate networks: a fifth fewer connections of equal weight"


@study.claim("At one total weight seRNN has 0.3 bit less weight entropy than L1 and no lower Q.", margin_reason=ENTROPY)
def low_entropy_modularity(r):
    return low_entropy_modules(r, "free")


@study.claim("The same when self-connections pay too.", margin_reason=ENTROPY)
def low_entropy_modularity_with_diagonal(r):
    return low_entropy_modules(r, "charged")


@study.claim("SeRNN's eigenvalue moduli spread by 0.01 more than L1's.", margin_reason="as for rate networks")
def heterogeneous_spectrum(r):
    return r["sernn_free", "modulus_std"].exceeds(r["l1_free", "modulus_std"], by=0.01)


@study.claim("Homogenising the spectrum costs seRNN 5 points more than L1.", margin_reason="as for rate networks")
def heterogeneity_is_used(r):
    return r["sernn_free", "spectral_damage"].exceeds(r["l1_free", "spectral_damage"], by=0.05)


@study.claim(
    "Strong connections shorten by 0.4 units, unless distances are shuffled.", margin_reason="as for rate networks"
)
def connections_shorten(r):
    return shortened(r)
