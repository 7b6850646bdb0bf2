"""Lives of plastic networks on two-stimulus tasks, and the evolution of what they are born with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from neurarium.core import Rng
from neurarium.engine import asset
from neurarium.learning import EvolutionStrategy
from neurarium.nets.recurrent import PlasticRNN
from neurarium.tasks import Lives, Periods, TwoStimulusLogic

STRENGTH = 3.0  # of every input but the bias, as in the authors' code
TARGETS = (0.1, 0.9)
WITHHELD = ("match", "nonmatch")
TRAINING = tuple(rule for rule in TwoStimulusLogic().rules if rule not in WITHHELD)
N_INPUTS = 6  # two of the stimulus, bias, error made, answer given (two)


class Lived(NamedTuple):
    """What became of each individual; rows on the second axis.

    Attributes:
        errors: squared error of each trial, ``(trials, rows)``.
        correct: 1 where the answer was right.
        change: what was learned by the end, ``(1, rows, units, inputs + units)``.
        delays: activity at the end of the delay, in each trial of the last third, ``(trials, rows, units)``.
    """

    errors: Tensor
    correct: Tensor
    change: Tensor
    delays: Tensor


def task_of(timing: Mapping[str, float]) -> TwoStimulusLogic:
    """The task with the durations of a scale."""
    of_trial = {k: timing[k] for k in ("stimulus_ms", "delay_ms", "decision_ms")}
    rest = {k: v for k, v in timing.items() if k not in of_trial}
    return TwoStimulusLogic(periods=Periods(fixation_ms=0.0, **of_trial), **rest)


def live(
    net: PlasticRNN,
    task: TwoStimulusLogic,
    lives: Lives,
    rngs: Sequence[Rng],
    rule: Mapping[str, float],
    *,
    n_shares: int = 1,
    others: Tensor | None = None,
) -> Lived:
    """One life for each individual.

    Args:
        net: with as many networks as the individuals can be shared out to.
        task: says what is shown when.
        lives: what the individuals meet.
        rngs: one for each seed, whose individuals come one after the other.
        rule: step size and bound of what is learned from one reward.
        n_shares: how many courses of kicks the individuals of a seed are dealt.
        others: whose error and answer each individual is told in place of its own.
    """
    steps, (n_trials, n_rows) = task.steps, lives.answers.shape
    heard, due, end = steps["decision"][1], slice(*steps["decision"]), steps["rest"][1]
    rows, state = torch.arange(n_rows), net.init_state(torch.zeros(n_rows, N_INPUTS))
    expected, n_seen = torch.full((n_rows, 4), torch.nan), n_trials // 10
    found: list[tuple[Tensor, Tensor]] = []
    delays = []
    for trial, (stimuli, answers) in enumerate(zip(*lives, strict=True)):
        kicks = torch.cat([net.draw_kicks(end, n_shares, rng=rng) for rng in rngs], 1)
        x = torch.zeros(end, n_rows, N_INPUTS)
        x[..., :2], x[..., 2] = STRENGTH * task.show(stimuli), 1.0
        y, state = net.unroll(x[:heard], state, kicks[:heard])
        said = (1 + y[due, :, -2:]) / 2
        given = said.sum(0).argmax(-1)
        error = (said - answered(answers, TARGETS)).square().sum(-1).mean(0)
        found.append((error, given == answers))
        told, heard_answer = (error, given) if others is None else (error[others], given[others])
        kind = 2 * stimuli[:, 0] + stimuli[:, 1]
        before = expected[rows, kind]
        before = torch.where(before.isnan(), told, before)
        if trial >= n_seen:
            state = net.learn(state, before * (before - told), **rule)
        expected[rows, kind] = 0.9 * before + 0.1 * told
        x[slice(*steps["feedback"]), :, 3] = STRENGTH * told
        x[slice(*steps["feedback"]), :, 4:] = STRENGTH * answered(heard_answer, (0.0, 1.0))
        _, state = net.unroll(x[heard:], state, kicks[heard:])
        if trial >= n_trials - n_trials // 3:
            delays.append(y[due.start - 1])
    errors, correct = (torch.stack(each) for each in zip(*found, strict=True))
    return Lived(errors, correct.float(), state.change[None], torch.stack(delays))


def answered(answers: Tensor, levels: tuple[float, float]) -> Tensor:
    """Two response units that say `answers`: the low level, and the high one where the answer is."""
    low, high = levels
    return low + (high - low) * torch.nn.functional.one_hot(answers, 2)


def innate(seed: int, n_units: int, dt_ms: float, is_plastic: bool) -> Tensor:
    """The genes of a first ancestor: weights and, if `is_plastic`, plasticity, ``(1 or 2, units, inputs + units)``."""
    net = PlasticRNN(n_inputs=N_INPUTS, n_units=n_units, dt_ms=dt_ms, rng=Rng(seed).child("innate"))
    return torch.stack([net.weight.detach(), net.alpha.detach()][: 1 + is_plastic])


def inhabited(genes: Tensor, dt_ms: float) -> PlasticRNN:
    """The networks that have these genes, ``(networks, 1 or 2, units, inputs + units)``."""
    net = PlasticRNN(n_inputs=N_INPUTS, n_units=genes.shape[2], dt_ms=dt_ms, n_stacked=len(genes), rng=Rng(0))
    weight, alpha = genes[:, 0], genes[:, 1] if genes.shape[1] == 2 else torch.zeros_like(genes[:, 0])
    net.load_state_dict({"weight": weight, "alpha": alpha})
    return net


@asset
@torch.no_grad()
def evolved(
    *,
    seeds: tuple[int, ...],
    is_plastic: bool,
    n_units: int,
    n_trials: int,
    n_generations: int,
    rule: dict[str, float],
    timing: dict[str, float],
    search: dict[str, float],
) -> dict[str, Any]:
    """Genes after evolution on the training tasks, and the mean error of every generation, ``(generations, seeds)``."""
    task, evolution = task_of(timing), EvolutionStrategy(**search)
    rngs, course = [Rng(seed).child("evolution") for seed in seeds], []
    first = [innate(seed, n_units, task.dt_ms, is_plastic) for seed in seeds]
    shape, states = first[0].shape, [evolution.init_state(genes.flatten()) for genes in first]
    for _ in range(n_generations):
        noise = [evolution.draw(state, rng=rng) for state, rng in zip(states, rngs, strict=True)]
        born = [evolution.candidates(state, moves) for state, moves in zip(states, noise, strict=True)]
        lives = [twice(task.lives(drawn_rules(evolution.n_pairs, rng), n_trials, rng=rng)) for rng in rngs]
        net = inhabited(torch.cat(born).unflatten(1, shape), task.dt_ms)
        lived = live(net, task, together(lives), rngs, rule)
        losses = lived.errors[-(n_trials // 3) :].mean(0).view(len(seeds), -1)
        states = [evolution.tell(*told) for told in zip(states, noise, -losses, strict=True)]
        states = [state._replace(mean=rectified(state.mean.view(shape)).flatten()) for state in states]
        course.append(losses.mean(1))
    return {"genes": torch.stack([state.mean.view(shape) for state in states]), "course": torch.stack(course)}


def rectified(genes: Tensor) -> Tensor:
    """No connection learns backwards: plasticity below zero becomes zero."""
    return torch.cat([genes[:1], genes[1:].clamp(min=0)])


def drawn_rules(n: int, rng: Rng) -> list[str]:
    """One training task for each of `n` individuals, all tasks in turn."""
    shift = int(torch.randint(len(TRAINING), (1,), generator=rng("rules")))
    return [TRAINING[(i + shift) % len(TRAINING)] for i in range(n)]


def twice(lives: Lives) -> Lives:
    """The same trials for both members of every pair of candidates."""
    return together([lives, lives])


def together(lives: Sequence[Lives]) -> Lives:
    """All individuals in one batch."""
    return Lives(*(torch.cat(part, 1) for part in zip(*lives, strict=True)))
