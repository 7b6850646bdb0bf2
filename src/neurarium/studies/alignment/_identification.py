"""Which net does a recording come from? Every measure names the candidate that is most alike."""

import time
from itertools import product

import numpy as np
import torch
from sklearn.metrics import roc_auc_score

from neurarium.alignment import cka, linear_predictivity, pair_measures, procrustes, rsa
from neurarium.engine import Outcome
from neurarium.studies.alignment._known_nets import ARCHITECTURES, HAS_RECURRENCE, STIMULI, known_nets

NAMES = list(ARCHITECTURES)
IS_RECURRENT = np.array([name in HAS_RECURRENCE for name in NAMES])
AUDITED = {  # the more, the more alike, of a recording and a candidate
    "predictivity": lambda brain, net: linear_predictivity(net, brain, n_folds=2),
    "cka": cka,
    "rsa": rsa,
    "procrustes": lambda brain, net: -procrustes(brain, net),
}


def audit(rng, scale, *, is_shuffled=False):
    """How often the best candidate has the architecture of the net that was recorded, and what scores owe to.

    Each net is recorded in turn, `n_units` of its units with noise; candidates are the nets of other seeds, whole.
    `is_shuffled`: the stimuli of a recording are mixed up, so that nothing can be known.
    """
    sizes = dict(n_seeds=scale.n_seeds, n_updates=scale.n_updates, batch=scale.batch, lr=scale.lr)
    nets = known_nets(seed=rng.seed, n_stimuli=scale.n_stimuli, **sizes)
    row = {"accuracy": min(float(v[0]) for key, v in nets.items() if key.endswith("accuracy"))}
    arrays = {}
    for name, function in audited(scale.is_all).items():
        started = time.process_time()
        scores = all_scores(function, nets, rng.child("recording"), scale, is_shuffled)
        row[f"comparison_ms__{name}"] = 1000 * (time.process_time() - started) / scores.size
        best = scores.reshape(*scores.shape[:3], -1).argmax(-1) % len(NAMES)  # (stimuli, recorded seed, architecture)
        shares = (best == np.arange(len(NAMES))).mean((1, 2))
        row |= {f"identification__{name}_{kind}": float(v) for kind, v in zip(STIMULI, shares, strict=True)}
        row[f"motif_auc__{name}"] = motif_auc(scores)
        row[f"stimulus_share__{name}"], row[f"architecture_share__{name}"] = variance_shares(scores)
        arrays |= {f"confusion {name} {kind}": confusion(b) for kind, b in zip(STIMULI, best, strict=True)}
    return Outcome(row, arrays=arrays)


def audited(is_all):
    """The four measures of the claims; if `is_all`, beside them every paired measure that the room has."""
    if not is_all:
        return AUDITED
    more = [m for m in pair_measures() if m.takes == "samples units" and m.is_paired]
    more = [m for m in more if m.name != "permutation-distance"]  # nets and electrodes are not equal in number
    return AUDITED | {m.name.replace("-", "_"): _signed(m.function, 1 if m.is_similarity else -1) for m in more}


def _signed(function, sign):
    return lambda brain, net: sign * function(brain, net)


def all_scores(function, nets, rng, scale, is_shuffled):
    """Scores ``(stimuli, recorded seed, recorded architecture, candidate's seed, candidate's architecture)``."""
    seeds = range(scale.n_seeds)
    found = np.full((len(STIMULI), scale.n_seeds, len(NAMES), scale.n_seeds - 1, len(NAMES)), np.nan)
    for (s, kind), k, (a, name) in product(enumerate(STIMULI), seeds, enumerate(NAMES)):
        brain = recorded(nets[f"{name}/{k}/{kind}"], rng.child(f"{name} {k} {kind}"), scale)
        brain = brain[torch.randperm(len(brain), generator=rng("mixed"))] if is_shuffled else brain
        others = [j for j in seeds if j != k]
        for (c, j), (b, candidate) in product(enumerate(others), enumerate(NAMES)):
            found[s, k, a, c, b] = function(brain, varying(nets[f"{candidate}/{j}/{kind}"]))
    return found


def recorded(responses, rng, scale):
    """Some units, those that ever vary, with noise of a share of their spread."""
    x = varying(responses)
    x = x[:, torch.randperm(x.shape[1], generator=rng("units"))[: scale.n_units]]
    return x + scale.noise * x.std(0) * torch.randn(x.shape, generator=rng("noise"), dtype=x.dtype)


def varying(responses):
    """Units that vary within each half of the stimuli: a silent one cannot be predicted, nor recorded."""
    x = torch.from_numpy(responses).double()
    return x[:, torch.stack([half.std(0) > 1e-9 for half in x.chunk(2)]).all(0)]


def motif_auc(scores):
    """Chance that a candidate with the recorded net's motif (recurrence or none) outscores one without.

    Candidates of the recorded architecture are left out: their motif is known by their name.
    """
    found = []
    for a, is_recurrent in enumerate(IS_RECURRENT):
        others = np.arange(len(NAMES)) != a
        same = IS_RECURRENT[others] == is_recurrent
        for s in scores[:, :, a][..., others].reshape(-1, scores.shape[3], others.sum()):
            found.append(roc_auc_score(np.broadcast_to(same, s.shape).ravel(), s.ravel()))
    return float(np.mean(found))


def variance_shares(scores):
    """Shares of the variance of scores: between sets of stimuli, and between pairs of architectures within them."""
    total = scores.var()
    by_stimuli = scores.mean((1, 2, 3, 4)).var()
    by_pair = (scores.mean((1, 3)) - scores.mean((1, 2, 3, 4))[:, None, None]).mean(0).var()
    return float(by_stimuli / total), float(by_pair / total)


def confusion(best):
    """Recorded architecture by named architecture, shares."""
    table = np.zeros((len(NAMES), len(NAMES)))
    for a, named in enumerate(best.T):
        table[a] = np.bincount(named, minlength=len(NAMES)) / len(named)
    return table
