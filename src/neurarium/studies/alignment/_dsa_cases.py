"""The systems that the DSA study compares: Lorenz regimes, mixed patterns, networks that share components."""

from collections import defaultdict
from itertools import combinations

import torch
import torch.nn.functional as F
from scipy.stats import linregress, spearmanr
from sklearn.metrics import roc_auc_score

from neurarium.alignment import cka, dsa_distances, dsa_operators, procrustes, rsa
from neurarium.core.axes import to_samples
from neurarium.cost import operations
from neurarium.nets import gaussian
from neurarium.nets.recurrent import LeakyRNN
from neurarium.tasks import PerceptualDecision, Periods, accuracy, lorenz, unit_cube

PATTERNS = ((6, 3), (7, 4), (8, 5), (3, 6), (4, 7), (5, 8))  # (carries, is mixed in)
TRANSIENT, ATTRACTOR = dict(burn_in=0, stride=1), dict(burn_in=1000, stride=5)  # steps of 0.01
REGIMES = ((0.25, 0.5, 0.75), (5.0, 10.0, 15.0), (30.0, 40.0, 50.0))  # rho: fixed point at 0, two others, chaos
NOISE = 0.1  # where ranks are compared
NETWORK_DSA, NETWORK_RANKS = dict(n_delays=4, interval=1, rank=10), (3, 50)
RANKS, TWINS = (3, 6, 12, 25, 50), (1, 4, 7)  # of the Lorenz systems
COMPONENTS = ("basic", "anti", "delay")
TARGET = "anti+delay"
SUBSETS = [subset for n in (1, 2, 3) for subset in combinations(COMPONENTS, n)]


def dsa_matrix(systems, **settings):
    """Angles of the delay-space operators of all pairs."""
    return dsa_distances(dsa_operators(systems, **settings)).values


def distances(systems, **settings):
    """Distance matrices of the same systems by every measure; all are angles in radians."""
    samples = [to_samples(x) for x in systems]
    found = {"dsa": dsa_matrix(systems, **settings)}
    for name, measure in {"cka": angular_cka, "procrustes": procrustes, "rsa": angular_rsa}.items():
        found[name] = torch.zeros(len(systems), len(systems), dtype=torch.float64)
        for i, j in combinations(range(len(systems)), 2):
            found[name][i, j] = found[name][j, i] = measure(samples[i], samples[j])
    return found


def angular_cka(x, y):
    """Arccos of linear CKA, debiased; a negative estimate counts as a right angle."""
    return torch.tensor(cka(x, y)).clamp(0, 1).acos().item()


def angular_rsa(x, y):
    """Arccos of the correlation of squared distances."""
    return torch.tensor(rsa(x, y)).clamp(-1, 1).acos().item()


def lorenz_systems(rng, *, n_trials, n_steps, burn_in, stride, is_matched, which=range(9)):
    """Nine Lorenz systems, three to a regime, or some; `is_matched`: all start from the same points."""
    shared = rng.child("start")
    rhos = [rho for regime in REGIMES for rho in regime]
    return [
        lorenz(
            rho=rhos[i],
            n_trials=n_trials,
            n_steps=n_steps,
            burn_in=burn_in,
            stride=stride,
            rng=shared.child("all") if is_matched else shared.child(str(i)),
        )
        for i in which
    ]


def noisy(x, level, generator):
    """``√(1 - s²) x + s ξ`` of trajectories brought to the unit cube."""
    x = unit_cube(x)
    return (1 - level**2) ** 0.5 * x + level * torch.randn(x.shape, generator=generator, dtype=x.dtype)


class Networks:
    """Leaky rate networks with a read-out each, all run as one.

    Args:
        n_units: units of each network.
        rngs: named streams, one a network.
    """

    def __init__(self, *, n_units, rngs):
        nets = [LeakyRNN(n_inputs=7, n_units=n_units, dt_ms=50.0, rng=rng) for rng in rngs]
        self.rnn = LeakyRNN.stack(nets)
        self.readout = torch.stack([gaussian((3, n_units), rng("readout")) for rng in rngs]).requires_grad_()

    def __call__(self, x):
        """Rates ``(time, stacked, batch, units)`` and logits ``(time, stacked, batch, classes)``."""
        rates, _ = self.rnn(x)
        return rates, rates @ self.readout.mT

    def fit(self, rules, learns, scale, rng, *, n_updates, lr):
        """Train each network on its own rules; `learns` says of each: ``"all"``, ``"inputs"`` alone, or ``"none"``."""
        weights = [*self.rnn.parameters(), self.readout]
        is_learned = {id(w): torch.tensor([what == "all" for what in learns]) for w in weights}
        is_learned[id(self.rnn.weight_in)] = torch.tensor([what != "none" for what in learns])
        optimiser = torch.optim.Adam(weights, lr=lr)
        tasks = [task(rule, scale) for rule in rules]
        for _ in range(n_updates):
            trials = [t.draw(scale.batch, rng=rng) for t in tasks]
            logits = self(torch.stack([t.inputs for t in trials], 1))[1]
            targets = torch.stack([t.targets for t in trials], 1)
            optimiser.zero_grad()
            loss = F.cross_entropy(logits.flatten(0, 2), targets.flatten()) * len(rules)  # networks do not share a mean
            loss.backward()
            for w in weights:
                w.grad *= is_learned[id(w)].reshape(-1, *[1] * (w.ndim - 1))
            optimiser.step()


def learned_groups(scale, rng):
    """The paper's groups: their networks, and how many components of the target each has met before.

    Master and its twin of another seed learn the target from scratch, then come: untrained; frozen (input weights
    alone learn the target); every subset of the components learned first, then frozen; all learned first, not frozen.
    """
    first = [(TARGET,), (TARGET,), *[(TARGET,)] * 2, *SUBSETS, COMPONENTS]
    n_shared = [0, 0, *map(len, SUBSETS), 3]
    networks = Networks(n_units=scale.n_units, rngs=[rng.child(f"net {i}") for i in range(len(first))])
    budget = dict(n_updates=scale.n_updates, lr=scale.lr)
    networks.fit(first, ["all", "all", "none", "none", *["all"] * 8], scale, rng.child("first"), **budget)
    then = ["none", "none", "none", "inputs", *["inputs"] * 7, "all"]
    networks.fit([(TARGET,)] * len(first), then, scale, rng.child("then"), **budget)
    return networks, n_shared


def task(rules, scale):
    """The perceptual decision task under some rules, at the study's size."""
    periods = Periods(fixation_ms=100.0, stimulus_ms=scale.stimulus_ms, delay_ms=200.0, decision_ms=100.0)
    return PerceptualDecision(rules=rules, periods=periods, dt_ms=50.0, noise_std=scale.noise_std)


@torch.no_grad()
def activity(networks, trials, n_components=10):
    """Of each network on its own trials: reduced stimulus activity, and accuracy."""
    rates, logits = networks(torch.stack([t.inputs for t in trials], 1))
    start, stop = trials[0].periods["stimulus"]
    systems = [reduced(x, n_components) for x in rates[start:stop].unbind(1)]
    return systems, [accuracy(one, t) for one, t in zip(logits.unbind(1), trials, strict=True)]


def reduced(x, n_components):
    """Activity (time, trials, units) z-scored and brought to principal components, (trials, time, components)."""
    flat = x.double().transpose(0, 1).flatten(0, 1)
    flat = (flat - flat.mean(0)) / flat.std(0).clamp_min(1e-9)
    _, _, v = torch.linalg.svd(flat, full_matrices=False)
    return (flat @ v[:n_components].mT).unflatten(0, (x.shape[1], len(x)))


def noisy_regimes(rng, scale, *, window, noise, **which):
    """The nine systems or some of them, and the regime of each of the nine."""
    systems = lorenz_systems(rng, n_trials=scale.n_trials, n_steps=scale.n_steps, **window, **which)
    return [noisy(x, noise, rng("noise")) for x in systems], torch.arange(9) // 3


def auc(d, regime):
    """Chance that two systems of different regimes are farther apart than two of one."""
    i, j = torch.triu_indices(9, 9, 1)
    return roc_auc_score((regime[i] != regime[j]).numpy(), d[i, j].numpy())


def regimes(rng, scale, *, is_shuffled=False, is_swapped=False, **systems):
    """How well each measure tells pairs of the same Lorenz regime from pairs of different ones.

    With `is_swapped` DSA is handed (time, trials, units) as the released code does.
    """
    systems, regime = noisy_regimes(rng, scale, **systems)
    regime = regime[torch.randperm(9, generator=rng("shuffle"))] if is_shuffled else regime
    systems = [x.transpose(0, 1) for x in systems] if is_swapped else systems
    found = distances(systems, n_delays=10, interval=2, rank=12)
    return {f"auc__{name}": auc(d, regime) for name, d in found.items()}


def ranks(rng, scale):
    """DSA on the attractor by rank, and distances of regimes over those of twins: the same system from other starts."""
    settings = dict(window=ATTRACTOR, is_matched=False, noise=NOISE)
    systems, regime = noisy_regimes(rng, scale, **settings)
    twins, _ = noisy_regimes(rng.child("twins"), scale, **settings, which=TWINS)
    i, j = torch.triu_indices(9, 9, 1)
    row = {}
    for rank in RANKS:
        d = dsa_matrix([*systems, *twins], n_delays=20, interval=1, rank=rank)
        floor = d[torch.tensor(TWINS), torch.arange(9, 12)].mean()
        row[f"auc__dsa_rank{rank}"] = auc(d[:9, :9], regime)
        row[f"floor_ratio__dsa_rank{rank}"] = (d[i, j][regime[i] != regime[j]].mean() / floor).item()
    return row


def mixing(rng, scale):
    """How linearly a distance follows a pattern that is mixed in, and its gap to none in deviations over pairs."""
    made = lorenz_systems(rng, n_trials=scale.n_trials, n_steps=scale.n_steps, is_matched=True, **TRANSIENT)
    levels, rows = (0.0, *scale.mixing), defaultdict(list)
    for a, b in PATTERNS:
        other = unit_cube(made[b]) - unit_cube(made[b])[:, :1]
        copies = [noisy(unit_cube(made[a]) + w * other, 0.002, rng("noise")) for w in levels]
        found = distances([noisy(made[a], 0.002, rng("noise")), *copies], n_delays=10, interval=2, rank=12)
        for name, d in found.items():
            rows[name].append(d[0, 1:].tolist())
    row = {}
    for name, values in rows.items():
        d = torch.tensor(values)
        row[f"linearity__{name}"] = sum(linregress(scale.mixing, x[1:]).rvalue ** 2 for x in values) / len(values)
        gaps = d[:, levels.index(min(scale.mixing))] - d[:, 0]
        row[f"mixing_gap__{name}"] = (gaps.mean() / gaps.std()).item()
    return row


def composition(rng, scale):
    """Whether the distance to a network that learned the target falls with what another has in common with it."""
    networks, n_shared = learned_groups(scale, rng)
    trials = task((TARGET,), scale).draw(scale.n_test, rng=rng.child("test"))
    systems, scores = activity(networks, [trials] * len(networks.readout))
    found = distances(systems, **NETWORK_DSA)
    for rank in NETWORK_RANKS:
        found[f"dsa_rank{rank}"] = dsa_matrix(systems, n_delays=6, rank=rank)
    found["dsa_swapped"] = dsa_matrix([x.transpose(0, 1) for x in systems], **NETWORK_DSA)
    others = [task((TARGET,), scale).draw(scale.n_test, rng=rng.child(f"test {i}")) for i in range(len(systems))]
    unpaired, _ = activity(networks, others)
    found |= {f"{name}_unpaired": d for name, d in distances(unpaired, **NETWORK_DSA).items()}
    one = operations(networks.rnn, trials.inputs[:, None].expand(-1, len(scores), -1, -1), n_samples=len(trials))
    row = {
        "accuracy": scores[0],
        "accuracy_spread": max(scores[2:]) - min(scores[2:]),
        "n_parameters": sum(p[0].numel() for p in (*networks.rnn.parameters(), networks.readout)),
        "dense_macs": one.per_sample["dense_macs"] / len(scores),
    }
    for name, d in found.items():
        to_master = d[0, 2:].numpy()
        row[f"order_shared__{name}"] = -spearmanr(to_master, n_shared).statistic
        row[f"order_accuracy__{name}"] = -spearmanr(to_master, scores[2:]).statistic
        row[f"floor_ratio__{name}"] = to_master.mean() / d[0, 1].item()
    return row
