"""The study's own logic: no training leaks into the test, controls keep what they should, three of four is three."""

import math
from types import SimpleNamespace

import pytest
import torch

from neurarium.core import Rng
from neurarium.engine.loader import load_study
from neurarium.engine.rows import Rows
from neurarium.studies.plasticity import _reservoir_tasks as reservoirs

SIZES = SimpleNamespace(n_units=60, n_train=300, n_test=100, n_delays=5, n_passes=3, n_stretch=50)
STUDY = load_study("adaptive-ei-reservoir").study


@pytest.fixture(scope="module")
def tasks():
    return reservoirs.drawn(SIZES, Rng(0))


def test_tasks_have_their_steps_and_are_standardised_on_training_alone(tasks):
    assert tuple(tasks) == reservoirs.TASKS
    for x, y in tasks.values():
        assert len(x) == len(y) == 500
        assert x[100:400].mean().item() == pytest.approx(0, abs=1e-9)
        assert x[100:400].std().item() == pytest.approx(1)
    series, target = tasks["mackey_glass"]
    torch.testing.assert_close(
        series[17:, 0, 0].diff() / target[:-17, 0, 0].diff(), (1 / target.std()).expand(482), rtol=0.2, atol=0
    )


def test_score_sees_the_future_only_to_be_scored(tasks):
    _, y = tasks["narma"]
    h = torch.randn(500, 1, 4, generator=Rng(0)("h"), dtype=torch.float64)
    h[:, :, :1] = y
    assert reservoirs.score("narma", h, y, 300, 100) < -4  # the target is among the units
    changed = y.clone()
    changed[400:] = changed[400:].flip(0)
    assert reservoirs.score("narma", h, changed, 300, 100) > -0.2


def test_the_best_is_chosen_on_validation(tasks):
    a, b = (reservoirs.Result(v, t, 0, 0, 0) for v, t in ((1.0, 9.0), (2.0, 8.0)))
    assert reservoirs.better("memory", (a, b)) is b
    assert reservoirs.better("narma", (a, b)) is a


def test_variation_is_of_errors_not_of_their_logarithms():
    results = [reservoirs.Result(0, math.log10(e), 0, 0, 0) for e in (0.1, 0.3)]
    assert reservoirs.variation("narma", results) == pytest.approx(0.1 / 0.2)
    lags = [reservoirs.Result(0, e, 0, 0, 0) for e in (10, 30)]
    assert reservoirs.variation("memory", lags) == pytest.approx(0.5)


def test_misplaced_inhibition_has_the_amounts_of_homeostasis_on_other_units(tasks):
    target = 0.2 + 0.2 * torch.rand(60, generator=Rng(0)("target"), dtype=torch.float64)
    right, wrong = (reservoirs.built(SIZES, Rng(0), input_scale=0.1) for _ in range(2))
    before = right.weight_inh.sum(1)
    reservoirs.homeostatic(right, tasks["narma"], target, SIZES, Rng(0))
    reservoirs.misplaced(wrong, tasks["narma"], target, SIZES, Rng(0))
    amounts = [net.weight_inh.sum(1) / before for net in (right, wrong)]
    torch.testing.assert_close(amounts[0].sort().values, amounts[1].sort().values)
    assert (amounts[0] - amounts[1]).abs().max() > 0.1
    error = [(net(tasks["narma"].x)[0][100:].mean((0, 1)) - target).abs().mean() for net in (right, wrong)]
    assert error[0] < 0.5 * error[1]


@pytest.mark.parametrize(("n_worse", "outcome"), [(0, "holds"), (1, "holds"), (2, "does not hold")])
def test_three_of_four_tasks_decide(n_worse, outcome):
    metrics = ("memory_capacity", *(f"log_nrmse__{name}" for name in reservoirs.TASKS[1:]))
    tuned = {m: 10.0 if m == "memory_capacity" else -1.0 for m in metrics}
    worse = dict(list({m: 5.0 if m == "memory_capacity" else -0.5 for m in metrics}.items())[:n_worse])
    data = {c: {s: {**row} for s in range(8)} for c, row in (("tuned", tuned), ("homogeneous", tuned | worse))}
    rows = Rows(data, conditions=STUDY.conditions, seeds=tuple(range(8)), baseline="tuned")
    claim = next(c for c in STUDY.claims if c.name == "adaptation_replaces_tuning")
    assert claim.decide(rows).outcome == outcome
