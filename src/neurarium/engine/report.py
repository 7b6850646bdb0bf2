"""The report of a run: one HTML file that needs nothing else, verdict first."""

from __future__ import annotations

import json
import math
import shlex
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from neurarium.core.catalogue import roots
from neurarium.engine._report.arrays import planes_figure, rasters_figure
from neurarium.engine._report.figures import curves_figure, metrics_figure
from neurarium.engine._report.numbers import duration, fitted, for_interval, joined, percent
from neurarium.engine._report.shell import PIECES, render
from neurarium.engine._report.strip import Strip, strip
from neurarium.engine._report.tables import level_tables, role
from neurarium.engine.evidence import Evidence
from neurarium.engine.files import replace_whole
from neurarium.engine.fingerprint import canonical
from neurarium.engine.runner import Run
from neurarium.engine.store import Record
from neurarium.engine.study import FIRST_VERDICT_SEED, Study
from neurarium.engine.verdict import Verdict

FIGURES = (metrics_figure, curves_figure, rasters_figure, planes_figure)
LOG_LETTERS = 20_000
PAPERS = {"arxiv": "https://arxiv.org/abs/", "doi": "https://doi.org/"}


@dataclass(frozen=True)
class Comparison:
    """One piece of evidence in the words and the drawing of the page."""

    evidence: Evidence
    outcome: str
    estimate: str
    low_to_high: str
    level: str
    margin: str
    power: str
    detectable: str
    in_words: str
    strip: Strip
    parts: tuple[Comparison, ...]


def write_report(run: Run, path: Path) -> Path:
    """Write the report of `run` to `path`, whole or not at all.

    The file asks no network for anything: its policy forbids it, and only its own two scripts may run.

    Args:
        run: a finished run, or what the store has of one.
        path: file to write, e.g. ``reports/bump.html``.

    Returns:
        `path`.

    Raises:
        StorageError: when it cannot be written.
    """
    replace_whole(path, page(run).encode("utf-8", errors="replace"))
    return path


def page(run: Run) -> str:
    """The report as HTML."""
    figures = [figure for figure in (make(run) for make in FIGURES) if figure.views]
    judged = [{"verdict": v, "comparison": comparison(v.evidence)} for v in run.verdicts]
    claims = [{**_claim(j["verdict"]), "comparison": j["comparison"]} for j in judged]
    return render(
        PIECES / "page.html",
        figures,
        **_about(run),
        **_provenance(run),
        **_troubles(run),
        primary=next(c for c in claims if c["is_primary"]),
        others=[c for c in claims if not c["is_primary"]],
        levels=level_tables(run),
    )


def command(run: Run) -> str:
    """The line that computes the same rows again."""
    plan, path = run.plan, run.loaded.card.path
    is_listed = any(path.is_relative_to(root) for root in roots())
    words = ["neurarium", "run", run.loaded.name if is_listed else str(path), "--scale", plan.scale]
    words += ["--seeds", _seed_range(run.seeds), "--device", plan.device]
    for assignment in plan.assignments:
        words += ["--set", assignment]
    return shlex.join(words)


def comparison(evidence: Evidence) -> Comparison:
    """`evidence` in words."""
    i, unit = evidence.interval, evidence.unit
    form = for_interval(i, unit, is_effect=True)
    ends = form.between(i.low, i.high) if math.isfinite(i.low) else "unbounded"
    bar = fitted(evidence.margin, math.nan, unit, is_effect=True)
    margin = joined(" to ".join(bar.exact(m) for m in evidence.margin), bar.word)
    reach, level = evidence.detectable, percent(i.level)
    return Comparison(
        evidence=evidence,
        outcome=evidence.outcome,
        estimate=form.full(i.estimate),
        low_to_high=ends,
        level=level,
        margin=margin,
        power="" if evidence.power is None or i.n < 2 else percent(evidence.power),
        detectable="" if reach is None or math.isinf(reach) else form.full(reach),
        in_words=f"{evidence.outcome}: {form.full(i.estimate)}, {level} interval {ends}, margin {margin}",
        strip=strip(evidence),
        parts=tuple(comparison(part) for part in evidence.parts),
    )


def _claim(verdict: Verdict) -> dict[str, Any]:
    fields = ("claim", "text", "margin_reason", "outcome", "is_primary")
    return {name: getattr(verdict, name) for name in fields}


def _about(run: Run) -> dict[str, Any]:
    study, plan = run.loaded.study, run.plan
    return {
        "name": run.loaded.name,
        "question": run.loaded.question,
        "paper": _paper(study.paper),
        "scale": plan.scale,
        "seeds": _seeds_in_words(run.seeds),
        "device": plan.device,
        "n_seeds": len(run.seeds),
        "n_done": sum(r.state == "done" for r in run.records.values()),
        "n_trials": len(run.rows.conditions) * len(run.seeds),
        "notices": _notices(run),
        "deviations": study.deviations,
        "conditions": [
            {"name": c, "role": role(run, c), "arguments": _arguments(a)} for c, a in run.rows.conditions.items()
        ],
        "sizes": list(_sizes(run).items()),
        "gate": _gate(study),
    }


def _notices(run: Run) -> list[str]:
    notices = []
    if any(seed < FIRST_VERDICT_SEED for seed in run.seeds):
        notices.append("Development seeds: not a verdict for the ledger.")
    if run.plan.assignments:
        notices.append(f"Settings changed by hand: {', '.join(run.plan.assignments)}. Not a verdict for the ledger.")
    return notices


def _paper(address: str) -> dict[str, str]:
    kind, _, number = address.partition(":")
    home = PAPERS.get(kind.lower())
    return {"text": address, "href": home + number if home and number else ""}


def _gate(study: Study) -> str:
    gate = study.gate
    if gate is None:
        return ""
    where = ", ".join(gate.conditions) or "every condition that a claim reads"
    return f"A model counts as trained once the mean {gate.metric} is at least {gate.at_least:g}; asked of {where}."


def _arguments(arguments: Any) -> str:
    return ", ".join(f"{k} = {json.dumps(canonical(v), ensure_ascii=False)}" for k, v in arguments.items()) or "none"


def _sizes(run: Run) -> dict[str, Any]:
    _, scale = run.loaded.prepared(run.plan.scale, run.plan.assignments, run.plan.device)
    return {name: json.dumps(canonical(value), ensure_ascii=False) for name, value in scale.settings.items()}


def _troubles(run: Run) -> dict[str, Any]:
    missing = len(run.rows.conditions) * len(run.seeds) - len(run.records)
    return {
        "troubles": [_trouble(r) for r in run.troubles()],
        "damaged": run.damaged,
        "n_pending": missing,
    }


def _trouble(record: Record) -> dict[str, Any]:
    is_cut = len(record.log) > LOG_LETTERS
    return {
        "state": record.state,
        "condition": record.condition,
        "seed": record.seed,
        "error": record.error,
        "traceback": record.about.get("traceback", ""),
        "log": record.log[-LOG_LETTERS:],
        "cut": f" (the last {LOG_LETTERS} letters)" if is_cut else "",
    }


def _provenance(run: Run) -> dict[str, Any]:
    records = list(run.records.values())
    where = [r.about.get("provenance", {}) for r in records]
    names = dict.fromkeys(name for p in where for name in p)
    made = [(name, _values(p.get(name, "") for p in where)) for name in names]
    what = [
        ("study", run.loaded.name),
        ("scale", run.plan.scale),
        ("seeds", _seeds_in_words(run.seeds)),
        ("device", run.plan.device),
        ("source hash", run.loaded.source),
    ]
    return {
        "command": command(run),
        "provenance": what + [(name, text) for name, text in made if text],
        "times": _times(run, records),
        "arrays": _arrays(records),
        "store": str(run.plan.root / run.loaded.name),
        "version": metadata.version("neurarium"),
        "written": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
    }


def _times(run: Run, records: list[Record]) -> list[tuple[str, str]]:
    trials = [float(r.about["seconds"]) for r in records if "seconds" in r.about]
    assets = sum(float(r.about.get("asset_seconds", 0.0)) for r in records)
    if not trials:
        return [("trials", "none has run")]
    return [
        ("trials, summed", duration(sum(trials))),
        ("one trial, mean", duration(sum(trials) / len(trials))),
        ("one trial, longest", duration(max(trials))),
        ("assets, apart from the trials", duration(assets)),
        ("this run, start to end", duration(run.seconds) if run.seconds else "read from the store, nothing computed"),
    ]


def _arrays(records: list[Record]) -> list[tuple[str, str]]:
    found = Counter((name, str(a.shape), str(a.dtype)) for r in records for name, a in r.arrays.items())
    return [(name, f"{shape} {dtype}, in {n} trials") for (name, shape, dtype), n in found.items()]


def _values(values: Iterable[Any]) -> str:
    """One value, or each with the number of trials that it belongs to."""
    counts = Counter(str(v) for v in values)
    return next(iter(counts)) if len(counts) == 1 else "; ".join(f"{v or 'unknown'} ({n})" for v, n in counts.items())


def _is_run(seeds: tuple[int, ...]) -> bool:
    return seeds == tuple(range(seeds[0], seeds[0] + len(seeds)))


def _seed_range(seeds: tuple[int, ...]) -> str:
    return f"{seeds[0]}:{seeds[-1] + 1}" if _is_run(seeds) else ",".join(map(str, seeds))


def _seeds_in_words(seeds: tuple[int, ...]) -> str:
    if len(seeds) == 1:
        return f"seed {seeds[0]}"
    return f"seeds {seeds[0]} to {seeds[-1]}" if _is_run(seeds) else f"seeds {', '.join(map(str, seeds))}"
