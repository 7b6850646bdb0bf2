"""Four series for reservoirs, the score of a read-out on each, and how a reservoir finds its balance."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from neurarium.core import Rng
from neurarium.learning import ridge_readout
from neurarium.nets.recurrent import ExcitatoryInhibitoryReservoir
from neurarium.plasticity import InhibitoryHomeostasis
from neurarium.tasks import Series, capacities, lorenz, mackey_glass, memory_capacity, narma, nrmse

WASHOUT = 100
MEMORY = "memory"
TASKS = (MEMORY, "narma", "mackey_glass", "lorenz")


class Result(NamedTuple):
    """`validation` and `test`: lags held (memory), or log10 NRMSE; the rest of the network that gave them."""

    validation: float
    test: float
    activity_spread: float
    inhibition_ratio: float
    total_weight: float


def drawn(sizes, rng: Rng) -> dict[str, Series]:
    """The tasks, each of washout, training and test steps; inputs have mean 0 and deviation 1 in training."""
    n_steps = WASHOUT + sizes.n_train + sizes.n_test
    butterfly = lorenz(rho=28.0, n_trials=1, n_steps=n_steps + 10, step_size=0.02, burn_in=500, rng=rng)
    raw = {
        MEMORY: memory_capacity(n_delays=sizes.n_delays, n_steps=n_steps, rng=rng),
        "narma": narma(n_steps=n_steps, rng=rng),
        "mackey_glass": ahead(mackey_glass(n_steps=n_steps + 17, rng=rng), 17),
        "lorenz": ahead(butterfly.transpose(0, 1)[..., :1], 10),
    }
    return {name: Series(standardised(x, sizes.n_train), y) for name, (x, y) in raw.items()}


def ahead(path: Tensor, n_steps: int) -> Series:
    """The series as input, itself some steps later as target."""
    return Series(path[:-n_steps], path[n_steps:])


def standardised(x: Tensor, n_train: int) -> Tensor:
    seen = x[WASHOUT : WASHOUT + n_train]
    return (x - seen.mean()) / seen.std()


def score(name: str, h: Tensor, y: Tensor, n_fit: int, n_score: int) -> float:
    """Fit a read-out on `n_fit` steps after the washout, score it on the `n_score` steps that follow."""
    fit, held_out = (slice(WASHOUT, WASHOUT + n_fit), slice(WASHOUT + n_fit, WASHOUT + n_fit + n_score))
    prediction = ridge_readout(h[fit], y[fit], ridge=1e-7)(h[held_out])
    if name == MEMORY:
        return capacities(prediction, y[held_out]).sum().item()
    return math.log10(nrmse(prediction, y[held_out]))


def built(sizes, rng: Rng, **changes) -> ExcitatoryInhibitoryReservoir:
    """The seed's reservoir: the same draw whatever its balance, gain or input scale."""
    return ExcitatoryInhibitoryReservoir(n_inputs=1, n_units=sizes.n_units, rng=rng.child("net"), **changes).double()


def evaluated(net: ExcitatoryInhibitoryReservoir, name: str, task: Series, sizes) -> Result:
    h, _ = net(task.x)
    n_fit = 3 * sizes.n_train // 4
    validation = score(name, h, task.y, n_fit, sizes.n_train - n_fit)
    rates = h[WASHOUT:].mean((0, 1))
    inhibited, excited = rates[net.n_exc :] @ net.weight_inh.mT, rates[: net.n_exc] @ net.weight_exc.mT
    return Result(
        validation,
        score(name, h, task.y, sizes.n_train, sizes.n_test),
        rates.std().item(),
        (inhibited.mean() / excited.mean()).item(),
        (net.weight_inh.sum() + net.weight_exc.sum()).item(),
    )


def better(name: str, results: Sequence[Result]) -> Result:
    """The best on validation; the test is not looked at."""
    return (max if name == MEMORY else min)(results, key=lambda result: result.validation)


def variation(name: str, results: Sequence[Result]) -> float:
    """Standard deviation of lags held, or of NRMSE, over its mean."""
    tests = torch.tensor([result.test for result in results]).double()
    tests = tests if name == MEMORY else 10**tests
    return (tests.std(correction=0) / tests.mean()).item()


def homeostatic(net: ExcitatoryInhibitoryReservoir, task: Series, target: Tensor, sizes, rng: Rng) -> None:
    """Let inhibition settle while the training input runs; weights change once a stretch of `n_stretch` steps."""
    rule, state = InhibitoryHomeostasis(lr=0.5, target=target), None
    synapses = rule.init_state(net.weight_inh)
    for _ in range(sizes.n_passes):
        for stretch in task.x[WASHOUT : WASHOUT + sizes.n_train].split(sizes.n_stretch):
            h, state = net(stretch, state)
            rates = h.flatten(0, -2)
            net.weight_inh, synapses = rule.step(rates[:, net.n_exc :], rates, net.weight_inh, synapses)


def one_shot(net: ExcitatoryInhibitoryReservoir, task: Series, target: Tensor, sizes, rng: Rng) -> None:
    """Scale each unit's inhibition once, from the means alone."""
    net.weight_inh = net.inhibition_for(target, task.x[WASHOUT : WASHOUT + sizes.n_train])


def misplaced(net: ExcitatoryInhibitoryReservoir, task: Series, target: Tensor, sizes, rng: Rng) -> None:
    """Homeostasis as it should be, then each unit gets the amount of inhibition that another one needed."""
    before = net.weight_inh
    homeostatic(net, task, target, sizes, rng)
    needed = net.weight_inh.sum(-1) / before.sum(-1)
    net.weight_inh = before * needed[torch.randperm(len(needed), generator=rng("misplaced"))].unsqueeze(-1)


def scores(by_task: Mapping[str, float], half: str = "") -> dict[str, float]:
    """The row's metrics; `half` (``_inhibited``, ``_excited``) becomes part of the qualifier."""
    row = {f"log_nrmse__{name}{half}": value for name, value in by_task.items() if name != MEMORY}
    return {f"memory_capacity__{half[1:]}" if half else "memory_capacity": by_task[MEMORY]} | row


def titled(
    curves: Mapping[str, Sequence[float]], found: Mapping[tuple[str, float], Result], scales: Sequence[float]
) -> dict[str, Sequence[float]]:
    """Curves with names that say what they show: over balances where they were swept, and over input scales."""
    unit = {name: "lags held" if name == MEMORY else "log10 NRMSE" for name in TASKS}
    over_scales = {name: [found[name, s].test for s in scales] for name in TASKS}
    return {f"{name}: {unit[name]} over balances 1/2 .. 2": curve for name, curve in curves.items()} | {
        f"{name}: {unit[name]} over input scales 0.1, 0.3, 1": values for name, values in over_scales.items()
    }
