"""What comes, when and how likely: the paradigm, the reservoir's answers to the cue, and the rules that read them.

All rules read the same answers: nothing feeds back from a read-out, so a seed's reservoir is simulated once.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any, NamedTuple

import torch
from torch import Tensor

from neurarium.core import Rng
from neurarium.engine import asset
from neurarium.learning import RecursiveLeastSquares
from neurarium.nets.spiking import IzhikevichReservoir
from neurarium.plasticity import DeltaRule
from neurarium.synapses.double_exponential import DoubleExponential

TRIAL_MS, CUE_MS, CLOSE_MS, WIDTH_MS, EVERY_MS = 800, 100, 750, 70.0, 10
N_NOISE, N_AT_ONCE, N_FAMILIAR = 20, 20, 20
AREA = WIDTH_MS * math.sqrt(2 * math.pi) / EVERY_MS  # of a bell, in samples
DAMPED = 0.2  # of what all units have in common


class Block(NamedTuple):
    """Outcome k comes `latencies_ms[k]` after the cue, in a share `probabilities[k]` of the trials."""

    latencies_ms: tuple[float, ...]
    probabilities: tuple[float, ...]


@asset
def answers(*, seed: int, n_units: int, n_trials: int, dt_ms: float) -> dict[str, Tensor]:
    """Filtered spikes every 10 ms of as many trials, (time, trials, units), less of their mean.

    The cue drives half of the units from 100 ms on; weak noise, shared through 20 channels, makes trials differ. Each
    unit is divided by its deviation, then what all have in common is damped to a fifth, as global inhibition would:
    both are known from 20 trials that are seen before anything is learned. Silence stays zero.
    """
    rng, n_steps = Rng(seed), round(TRIAL_MS / dt_ms)
    net = IzhikevichReservoir(n_inputs=1 + N_NOISE, n_units=n_units, gain=2.0, tau_syn_ms=100.0, dt_ms=dt_ms, rng=rng)
    is_driven = torch.rand(n_units, generator=rng("cue")) < 0.5
    net.weight_in[:, 0] = 10.0 * is_driven * torch.rand(n_units, generator=rng("cue"))
    net.weight_in[:, 1:] *= 0.1 * (3 / N_NOISE / dt_ms) ** 0.5  # a deviation of 0.1 a millisecond on every unit
    synapse, found = DoubleExponential(tau_rise_ms=5.0, tau_decay_ms=50.0, dt_ms=1.0), []
    for n in [N_AT_ONCE] * math.ceil((N_FAMILIAR + n_trials) / N_AT_ONCE):
        x = torch.randn(n_steps, n, 1 + N_NOISE, generator=rng("noise"))
        x[..., 0] = (torch.arange(n_steps) >= CUE_MS / dt_ms).unsqueeze(-1)
        spikes = net(x)[0].unflatten(0, (TRIAL_MS, -1)).sum(1)
        found.append(synapse(spikes)[0][EVERY_MS - 1 :: EVERY_MS])
    states = torch.cat(found, 1)
    familiar, rest = states[:, :N_FAMILIAR], states[:, N_FAMILIAR : N_FAMILIAR + n_trials]
    size = familiar.std((0, 1))
    size += 0.1 * size.mean()  # a unit that hardly ever fires is not blown up
    common = torch.nn.functional.normalize((familiar / size).mean((0, 1)), dim=0)
    rest = rest / size
    return {"states": rest - (1 - DAMPED) * (rest @ common).unsqueeze(-1) * common}


def times_ms() -> Tensor:
    return torch.arange(EVERY_MS, TRIAL_MS + 1, EVERY_MS, dtype=torch.float64)


def is_open() -> Tensor:
    """When the gate is open and predictions are asked for: from the cue until all outcomes are over."""
    return (times_ms() > CUE_MS) & (times_ms() <= CLOSE_MS)


def bumps(block: Block) -> Tensor:
    """What each outcome looks like when it comes, (time, outcomes): a bell of height 1 at its time."""
    at = CUE_MS + torch.tensor(block.latencies_ms, dtype=torch.float64)
    return torch.exp(-0.5 * ((times_ms().unsqueeze(-1) - at) / WIDTH_MS) ** 2)


def drawn(block: Block, n_trials: int, generator: torch.Generator) -> Tensor:
    """Which outcome comes in each trial, one-hot; frequencies are exact in every ten trials."""
    counts = torch.tensor([round(10 * p) for p in block.probabilities])
    ten = torch.repeat_interleave(torch.arange(len(counts)), counts)
    order = [ten[torch.randperm(10, generator=generator)] for _ in range(math.ceil(n_trials / 10))]
    return torch.nn.functional.one_hot(torch.cat(order)[:n_trials], len(counts)).double()


@dataclass
class ThreeFactor:
    """Online, when: the delta rule at every 10 ms while the gate is open. Offline, what: the outcome's weights scaled.

    Between trials ``W_k = W_k (1 + offline Σ_t e_k / A)``, A the area of a bell: up if more of k came than was said,
    else down, and at rest on average where what is said has k's share of the area.
    """

    lr: float = 0.03
    offline: float = 0.1
    is_gated: bool = True
    is_annealed: bool = False
    n_seen: int = 0

    def learn(self, w: Tensor, x: Tensor, y: Tensor) -> Tensor:
        now = is_open() if self.is_gated else torch.ones_like(is_open())
        share = 10 / (10 + self.n_seen) if self.is_annealed else 1.0
        rule, missed = DeltaRule(lr=share * self.lr / x.square().sum(-1).mean().item()), 0.0
        self.n_seen += 1
        for x_t, y_t in zip(x[now].split(1), y[now].split(1), strict=True):
            read = x_t @ w.mT
            missed = missed + (y_t - read)
            w, _ = rule.step(x_t, y_t - read, w, rule.init_state(w))
        return w * (1 + share * self.offline * missed / AREA).clamp(0.5, 1.5).mT

    def changed(self, w: Tensor) -> None:
        """The rule is not told of a change."""

    def macs(self, n_outputs: int, n_units: int) -> int:
        return 2 * n_outputs * n_units


@dataclass
class Force:
    """Recursive least squares while the gate is open; `is_reset`: told of a change, it starts counting anew."""

    forgetting_factor: float = 1.0
    is_reset: bool = False
    strength: float = 1.0
    state: Any = None

    def learn(self, w: Tensor, x: Tensor, y: Tensor) -> Tensor:
        rule = RecursiveLeastSquares(strength=self.strength, forgetting_factor=self.forgetting_factor)
        w, self.state = rule.step(x[is_open()], y[is_open()], w, self.state or rule.init_state(w))
        return w

    def changed(self, w: Tensor) -> None:
        self.state = None if self.is_reset else self.state

    def macs(self, n_outputs: int, n_units: int) -> int:
        return 2 * n_outputs * n_units + 2 * n_units**2


@dataclass
class Offline:
    """Ridge regression on the block's trials, at its end; until then it reads out what it did before."""

    n_trials: int = 80
    strength: float = 1.0
    seen: Any = ()

    def learn(self, w: Tensor, x: Tensor, y: Tensor) -> Tensor:
        self.seen = (*self.seen, (x[is_open()], y[is_open()]))
        if len(self.seen) < self.n_trials:
            return w
        xs, ys = (torch.cat(parts) for parts in zip(*self.seen, strict=True))
        self.seen = ()
        gram = xs.mT @ xs + self.strength * torch.eye(xs.shape[1], dtype=xs.dtype)
        return torch.linalg.solve(gram, xs.mT @ ys).mT

    def changed(self, w: Tensor) -> None:
        """A block is over: what was seen in it has been used."""

    def macs(self, n_outputs: int, n_units: int) -> int:
        return 2 * n_outputs * n_units + n_units**2


class Course(NamedTuple):
    """`error`: after each trial, relative to what is to be predicted; `weights`: at the end of each block."""

    error: Tensor
    weights: list[Tensor]


def course(rule: Any, states: Tensor, probe: Tensor, blocks: Sequence[Block], outcomes: Sequence[Tensor]) -> Course:
    """Learn block after block; after each trial read the mean answer `probe` (time, units), compare with the truth."""
    n, w = 0, torch.zeros(len(blocks[0].probabilities), states.shape[-1], dtype=torch.float64)
    errors, weights = [], []
    for i, (block, came) in enumerate(zip(blocks, outcomes, strict=True)):
        if i:
            rule.changed(w)
        bells = bumps(block)
        truth = (bells * torch.tensor(block.probabilities, dtype=torch.float64))[is_open()]
        for k in came:
            w = rule.learn(w, states[:, n % states.shape[1]], bells * k)
            errors.append((probe[is_open()] @ w.mT - truth).norm() / truth.norm())
            n += 1
        weights.append(w)
    return Course(torch.stack(errors), weights)


def smallest_angle_deg(a: Tensor, b: Tensor) -> float:
    """Between the spaces that the rows of `a` and of `b` span: 90 where they have nothing in common."""
    bases = [torch.linalg.qr(rows.mT)[0] for rows in (a, b)]
    return math.degrees(math.acos(min(1.0, torch.linalg.matrix_norm(bases[0].mT @ bases[1], ord=2).item())))


def peaks(probe: Tensor, w: Tensor) -> tuple[Tensor, Tensor]:
    """Height and time of each outcome's peak while the gate is open."""
    height, at = (probe[is_open()] @ w.mT).max(0)
    return height, times_ms()[is_open()][at]


def time_errors_ms(probe: Tensor, w: Tensor, block: Block) -> Tensor:
    """Distance of each outcome's peak from its time."""
    return (peaks(probe, w)[1] - CUE_MS - torch.tensor(block.latencies_ms)).abs()


def amplitude_r2(heights: Tensor, probabilities: Tensor) -> float:
    """Squared correlation over levels, both (levels, outcomes); mean over outcomes."""
    pairs = (torch.stack(pair) for pair in zip(heights.mT, probabilities.mT, strict=True))
    return fmean(torch.corrcoef(pair)[0, 1].item() ** 2 for pair in pairs)


def trials_to_criterion(error: Tensor, settled: float) -> int:
    """Trials of a block until five in a row are, on average, as good as asked; all of them if they never are.

    Asked is 1.2 times the error that had `settled` before, or half of what is to be predicted, if that is easier.
    """
    met = (error.unfold(0, 5, 1).mean(-1) <= max(1.2 * settled, 0.5)).nonzero()
    return met[0].item() + 1 if len(met) else len(error)


def shown(error: Tensor, probe: Tensor, weights: Sequence[Tensor]) -> dict[str, list[float]]:
    """The curves of a trial."""
    curves = {"error after each trial; changes after a third and two thirds": error.tolist()}
    for i, w in enumerate(weights, 1):
        for k, said in enumerate((probe @ w.mT).mT):
            curves[f"read-out of outcome {k} after block {i}, every 10 ms"] = said.tolist()
    return curves
