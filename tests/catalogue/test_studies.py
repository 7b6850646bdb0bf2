"""The contract of studies, tested on every one of them."""

import math

import numpy as np
import pytest

from neurarium.core import vocabulary
from neurarium.core.errors import NeurariumError
from neurarium.engine import ledger
from neurarium.engine.loader import load_study
from neurarium.engine.rows import Rows
from neurarium.engine.worker import Job, compute

LEVELS = (-1e3, -10.0, -3.0, -1.0, -0.5, -0.2, -0.08, -0.02, 0.0, 0.01, 0.04, 0.1, 0.3, 0.6, 0.9, 1.0, 3.0, 10.0, 1e3)


class MadeUp(Rows):
    """Rows whose cells take a drawn level, with a little noise, as soon as a claim reads them."""

    def __init__(self, study, levels, generator):
        super().__init__({}, conditions=study.conditions, seeds=tuple(range(8)), baseline=study.baseline)
        self.levels, self.generator = levels, generator

    def metrics(self):
        return []

    def read(self, condition, name):
        level = self.levels.setdefault((condition, name), self.generator.choice(LEVELS))
        noise = self.generator.normal(size=len(self.seeds)) * 1e-4
        return dict(zip(self.seeds, level + noise, strict=True))


def test_declares_what_is_needed(study_card):
    study = load_study(study_card.name).study
    assert study.paper
    assert load_study(study_card.name).question.endswith("?")
    assert study.baseline not in study.controls
    assert study.seeds["quick"] >= 5
    assert study.seeds["full"] >= study.seeds["quick"]
    assert all(text.endswith(".") for text in study.deviations)
    assert study.deviations, "say what differs from the paper, or that nothing does"
    for slug in study.covers:
        assert any(slug in claim.covers for claim in study.claims), f"no claim covers {slug}"
    for condition in study.controls:
        assert any(condition in cells(study, claim) for claim in study.claims), f"no claim reads control {condition}"


def micro_job(name, condition, seeds):
    """A job at micro scale that nothing stores."""
    keys = tuple(map(str, seeds))
    return Job(name, condition, seeds, keys, "micro", (), "cpu", "unused", load_study(name).source)


def cells(study, claim):
    """The conditions that a claim reads."""
    rows = MadeUp(study, {}, np.random.default_rng(0))
    claim.decide(rows)
    return {condition for condition, _ in rows.touched}


def test_every_claim_can_say_yes_and_no(study_card):
    study, generator = load_study(study_card.name).study, np.random.default_rng(0)
    for claim in study.claims:
        said = set()
        for _ in range(20_000):
            try:
                said.add(claim.decide(MadeUp(study, {}, generator)).outcome)
            except NeurariumError:  # made-up levels may leave a metric's range, e.g. below zero on a log scale
                continue
            if {"holds", "does not hold"} <= said:
                break
        assert {"holds", "does not hold"} <= said, f"{claim.name} can only say {said}"


def test_micro_run_gives_finite_listed_metrics(study_card):
    study = load_study(study_card.name).study
    seen = set()
    for condition in study.conditions:
        (record,) = compute(micro_job(study_card.name, condition, (0,)))
        assert record.state == "done", f"{condition}: {record.error}\n{record.about['traceback']}"
        assert all(math.isfinite(v) for v in record.row.values())
        seen |= {(condition, name) for name in record.row}
    for claim in study.claims:
        rows = MadeUp(study, {}, np.random.default_rng(0))
        claim.decide(rows)
        assert rows.touched <= seen, f"{claim.name} reads what no trial gives: {rows.touched - seen}"
    levels = {vocabulary.metric(name).level for _, name in seen}
    assert levels == {"behaviour", "representation", "implementation"}, "look at all of Marr's levels"


def test_stacked_runs_equal_single_runs(study_card):
    study = load_study(study_card.name).study
    if not study.is_stacked:
        pytest.skip("this study runs one seed at a time")
    condition = next(iter(study.conditions))
    together = compute(micro_job(study_card.name, condition, (0, 1)))
    for seed, record in zip((0, 1), together, strict=True):
        (alone,) = compute(micro_job(study_card.name, condition, (seed,)))
        assert record.row == pytest.approx(alone.row, abs=study.tolerance)


def test_has_a_ledger_line(study_card):
    if ledger.DRAFT in study_card.tags:
        pytest.skip("a draft is not measured yet")
    line = ledger.read().get(study_card.name)
    assert line is not None, f"run: neurarium ledger update {study_card.name}"
    assert [v["claim"] for v in line["verdicts"]] == [c["name"] for c in study_card.more["claims"]]
