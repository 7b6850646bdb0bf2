"""Runs, trials and verdicts as plain data: what ``--json``, ``--csv`` and the tables of the command are made of."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from neurarium.engine.runner import Run
    from neurarium.engine.verdict import Verdict


def run_data(run: Run, report: Path | None) -> dict[str, Any]:
    """A run: verdicts, how many trials ended how, and what went wrong."""
    states = [r.state for r in run.records.values()]
    return {
        "study": run.loaded.name,
        "scale": run.plan.scale,
        "seeds": list(run.seeds),
        "device": run.plan.device,
        "assignments": list(run.plan.assignments),
        "verdicts": [verdict_data(v) for v in run.verdicts],
        "trials": {state: states.count(state) for state in ("done", "failed", "crashed")},
        "troubles": [
            {"condition": r.condition, "seed": r.seed, "state": r.state, "error": r.error, "key": r.key}
            for r in run.troubles()
        ],
        "damaged": run.damaged,
        "seconds": run.seconds,
        "report": str(report) if report else None,
    }


def verdict_data(verdict: Verdict) -> dict[str, Any]:
    """A verdict with every number behind it; what is not finite is None."""
    e = verdict.evidence
    return {
        "claim": verdict.claim,
        "text": verdict.text,
        "is_primary": verdict.is_primary,
        "statement": e.statement,
        "outcome": e.outcome,
        "effect": finite(e.interval.estimate),
        "low": finite(e.interval.low),
        "high": finite(e.interval.high),
        "level": e.interval.level,
        "margin": [finite(m) for m in e.margin],
        "margin_reason": verdict.margin_reason,
        "unit": e.unit,
        "n": e.interval.n,
        "n_missing": e.n_missing,
        "power": finite(e.power),
        "detectable": finite(e.detectable),
        "reason": e.reason,
    }


def trial_rows(run: Run) -> list[dict[str, Any]]:
    """Every trial that was asked for, in order: condition, seed, state, metrics, seconds, error.

    The state is done, failed, crashed, running (a living process has it), stale (there is only a record made by
    another version of the source) or pending.
    """
    from neurarium.engine.runner import trials
    from neurarium.engine.store import Store

    store = Store(run.plan.root, run.loaded.name)
    wanted = trials(run.loaded, run.plan)
    older = _older(run, store, set(wanted)) if len(run.records) < len(wanted) else set()
    rows = []
    for key, (condition, seed) in wanted.items():
        record = run.records.get(key)
        if record is not None:
            extra = {"seconds": record.about.get("seconds"), "error": record.error}
            rows.append({"condition": condition, "seed": seed, "state": record.state, **extra, **record.row})
        else:
            state = "running" if store.is_running(key) else "stale" if (condition, seed) in older else "pending"
            rows.append({"condition": condition, "seed": seed, "state": state})
    return rows


def finite(x: float | None) -> float | None:
    """`x`, or None if JSON has no word for it."""
    return x if x is not None and math.isfinite(x) else None


def _older(run: Run, store: Any, wanted: set[str]) -> set[tuple[str, int]]:
    """Condition and seed of records made with the same settings by another source."""
    from neurarium.engine.files import DamagedError, unseal
    from neurarium.engine.fingerprint import canonical
    from neurarium.engine.store import RUN

    plan = run.plan
    conditions, scale = run.loaded.prepared(plan.scale, plan.assignments, plan.device)
    settings = {"scale": plan.scale, "device": plan.device, "sizes": canonical(scale.settings)}
    asked = {name: {**settings, "arguments": canonical(given)} for name, given in conditions.items()}
    found = set()
    for key in set(store.keys()) - wanted:
        try:
            body = unseal(store.folder / key / RUN)
        except DamagedError:
            continue
        about = body["about"]
        same = asked.get(body["condition"])
        if same and all(about.get(k) == v for k, v in same.items()) and about.get("source") != run.loaded.source:
            found.add((body["condition"], body["seed"]))
    return found
