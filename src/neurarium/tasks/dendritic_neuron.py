"""A neuron with branches and conductances, to be imitated from its spikes."""

from __future__ import annotations

import numpy as np
import torch

from neurarium.core.card import task
from neurarium.core.errors import bad, check_count, check_fraction, check_positive
from neurarium.core.rng import Rng
from neurarium.tasks._conductance_kernel import simulate
from neurarium.tasks._neuron_io import NeuronIO

BLOCK_STEPS = 50  # how long a branch keeps its input rate
GAINS = (0.3, 1.0, 3.0)  # of an excitatory rate, drawn for each branch and block


@task(
    summary="Input and output of a branched conductance neuron with AMPA, NMDA and GABA synapses.",
    source="generated",
    paper="arxiv:2306.16922",
    tags=("dendrite", "spiking", "regression"),
)
def dendritic_neuron(
    *,
    n_trials: int = 400,
    test_fraction: float = 0.25,
    n_branches: int = 12,
    n_synapses: int = 96,
    rate_hz: float = 8.0,
    n_steps: int = 250,
    rng: Rng,
) -> NeuronIO:
    """A soma that integrates and fires, joined to branches whose NMDA channels open with the potential there.

    Synapses sit on branches in order, the last quarter of each branch's inhibitory. Excitatory ones fire as Poisson
    processes at 0.3, 1 or 3 times `rate_hz`, one factor for each branch and 50 steps, inhibitory ones at `rate_hz`; at
    most one spike a step of 1 ms. Where many of a branch come together its potential rises by itself and stays up as
    long as NMDA is bound, tens of milliseconds: what the soma does is no sum of what the synapses do alone.

    Args:
        n_trials: trials in all; each begins at rest.
        test_fraction: share of them held out.
        n_branches: branches.
        n_synapses: synapses, a multiple of four for each branch.
        rate_hz: mean rate of an inhibitory synapse.
        n_steps: length of a trial.
        rng: streams ``rates`` and ``spikes``.

    Raises:
        NeurariumError: for synapses that cannot be shared out.

    Example:
        >>> trials = dendritic_neuron(n_trials=8, rng=Rng(0))
        >>> trials.train_x.shape, trials.train_z.shape
        (torch.Size([250, 6, 96]), torch.Size([250, 6]))

    Paper: stands for the cell of Beniaguev et al. 2021 that Spieler et al. 2023, arXiv:2306.16922, imitate.
    """
    check_count("dendritic_neuron", n_trials=n_trials, n_branches=n_branches, n_synapses=n_synapses, n_steps=n_steps)
    check_fraction("dendritic_neuron", test_fraction=test_fraction)
    check_positive("dendritic_neuron", rate_hz=rate_hz)
    if n_synapses % (4 * n_branches):
        raise bad("dendritic_neuron", "n_synapses", f"be a multiple of {4 * n_branches}", n_synapses)
    draw = rng.numpy("rates").choice(GAINS, size=(n_trials, -(-n_steps // BLOCK_STEPS), n_branches))
    gains = draw.repeat(BLOCK_STEPS, axis=1)[:, :n_steps, :, None]
    per_branch = n_synapses // n_branches
    n_excitatory = per_branch * 3 // 4
    chance = np.where(np.arange(per_branch) < n_excitatory, gains, 1.0) * rate_hz / 1000
    spikes = rng.numpy("spikes").random(chance.shape) < chance  # trials time branches synapses
    z, v = np.zeros((n_trials, n_steps)), np.zeros((n_trials, n_steps))
    excite, inhibit = (part.sum(-1).astype(float) for part in np.split(spikes, [n_excitatory], axis=-1))
    simulate(excite, inhibit, z, v)
    sign = np.where(np.arange(per_branch) < n_excitatory, 1.0, -1.0)
    x = (spikes * sign).reshape(n_trials, n_steps, n_synapses)
    n_test = round(test_fraction * n_trials)
    x, z, v = (torch.from_numpy(part).float().transpose(0, 1) for part in (x, z, v))
    test, train = (tuple(part[:, of] for part in (x, z, v)) for of in (slice(n_test), slice(n_test, None)))
    return NeuronIO(*train, *test, dt_ms=1.0)
