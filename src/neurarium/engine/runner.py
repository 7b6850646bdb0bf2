"""Run what is missing of a study, keep every result, judge the claims."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import torch

from neurarium.core.errors import NeurariumError, bad
from neurarium.engine import pool
from neurarium.engine.files import DamagedError
from neurarium.engine.fingerprint import trial_key
from neurarium.engine.loader import Loaded
from neurarium.engine.rows import Rows
from neurarium.engine.store import Record, Store
from neurarium.engine.study import FIRST_VERDICT_SEED
from neurarium.engine.verdict import Verdict, judge
from neurarium.engine.worker import Job, Status

POLL_S = 0.2


@dataclass(frozen=True)
class Plan:
    """Everything that says what a run is.

    Attributes:
        scale: micro, quick or full.
        seeds: the seeds; None: ``0 .. n-1``, development seeds.
        assignments: ``--set`` assignments.
        device: cpu or cuda.
        root: folder of the store.
        n_workers: local processes; 0 runs in this one.
        cluster: address of a Dask scheduler.
        retry_failed: run failed and crashed trials again.
    """

    scale: str = "quick"
    seeds: tuple[int, ...] | None = None
    assignments: tuple[str, ...] = ()
    device: str = "cpu"
    root: Path = Path("runs")
    n_workers: int = field(default_factory=lambda: os.cpu_count() or 1)
    cluster: str | None = None
    retry_failed: bool = False


@dataclass(frozen=True)
class Event:
    """One thing that happened during a run; for progress bars and logs."""

    kind: Literal["planned", "kept", "damaged", "finished", "waiting"]
    condition: str = ""
    seed: int = -1
    status: Status | Literal[""] = ""
    detail: str = ""
    n: int = 0


@dataclass(frozen=True)
class Run:
    """A finished run: rows, records and verdicts."""

    loaded: Loaded
    plan: Plan
    rows: Rows
    records: dict[str, Record]
    verdicts: list[Verdict]
    damaged: list[str]
    seconds: float

    @property
    def seeds(self) -> tuple[int, ...]:
        """The seeds that were asked for."""
        return self.rows.seeds

    def troubles(self) -> list[Record]:
        """Trials without a row."""
        return [r for r in self.records.values() if r.state != "done"]


Watch = Callable[[Event], None]


def verdict_seeds(n: int) -> tuple[int, ...]:
    """The seeds of the ledger: never used while a study is developed."""
    return tuple(range(FIRST_VERDICT_SEED, FIRST_VERDICT_SEED + n))


def planned_seeds(loaded: Loaded, plan: Plan) -> tuple[int, ...]:
    """The seeds of `plan`, or as many development seeds as the scale asks for."""
    return plan.seeds if plan.seeds is not None else tuple(range(loaded.study.n_seeds(plan.scale)))


def trials(loaded: Loaded, plan: Plan) -> dict[str, tuple[str, int]]:
    """Key -> (condition, seed) of every trial of the run, in order."""
    conditions, scale = loaded.prepared(plan.scale, plan.assignments, plan.device)
    sizes = {**scale.settings, "device": plan.device, "scale": plan.scale}
    return {
        trial_key(arguments, condition, seed, sizes, loaded.source): (condition, seed)
        for condition, arguments in conditions.items()
        for seed in planned_seeds(loaded, plan)
    }


def run(loaded: Loaded, plan: Plan, watch: Watch = lambda event: None) -> Run:
    """Run the missing trials of `plan` and judge the claims.

    Raises:
        StorageError: when the store cannot be written; what is finished stays.
        NeurariumError: for settings that do not fit, or a device or scheduler that is not there.
    """
    if plan.device.startswith("cuda") and not torch.cuda.is_available():
        raise bad("run", "device", "be available here", plan.device, "Use --device cpu.")
    if plan.n_workers < 0:
        raise bad("run", "jobs", "be 0 (in this process) or more", plan.n_workers)
    started = time.perf_counter()
    store = Store(plan.root, loaded.name)
    store.sweep()
    wanted = trials(loaded, plan)
    records, damaged = _stored(store, wanted, watch)
    missing = {
        k: v for k, v in wanted.items() if k not in records or (plan.retry_failed and records[k].state != "done")
    }
    watch(Event("planned", n=len(wanted)))
    for record in records.values():
        if record.key not in missing:
            watch(Event("kept", record.condition, record.seed, record.state, record.error))
    if plan.retry_failed:
        for key in set(missing) & set(records):
            store.quarantine(key)
    _carry_out(loaded, plan, store, missing, watch)
    records, more = _stored(store, wanted, watch)
    rows = collected(loaded, plan, records.values())
    return Run(loaded, plan, rows, records, judge(loaded.study, rows), damaged + more, time.perf_counter() - started)


def stored(loaded: Loaded, plan: Plan) -> Run:
    """The run as far as the store has it; nothing is computed."""
    store = Store(plan.root, loaded.name)
    records, damaged = _stored(store, trials(loaded, plan), lambda event: None)
    rows = collected(loaded, plan, records.values())
    return Run(loaded, plan, rows, records, judge(loaded.study, rows), damaged, 0.0)


def collected(loaded: Loaded, plan: Plan, records: Iterable[Record]) -> Rows:
    """The rows of `records`, by condition and seed."""
    conditions, _ = loaded.prepared(plan.scale, plan.assignments, plan.device)
    data: dict[str, dict[int, dict[str, float]]] = {c: {} for c in conditions}
    for record in records:
        if record.state == "done":
            data[record.condition][record.seed] = dict(record.row)
    return Rows(data, conditions=conditions, seeds=planned_seeds(loaded, plan), baseline=loaded.study.baseline)


def _stored(store: Store, wanted: dict[str, tuple[str, int]], watch: Watch) -> tuple[dict[str, Record], list[str]]:
    records: dict[str, Record] = {}
    damaged: list[str] = []
    for key, (condition, seed) in wanted.items():
        try:
            record = store.read(key)
        except DamagedError as error:
            store.quarantine(key)
            damaged.append(str(error))
            watch(Event("damaged", condition, seed, detail=str(error)))
            continue
        if record is not None:
            records[key] = record
    return records, damaged


def _carry_out(loaded: Loaded, plan: Plan, store: Store, missing: dict[str, tuple[str, int]], watch: Watch) -> None:
    """Work through `missing`; trials that another runner holds are waited for, and taken over if it dies."""
    work = pool.chosen(plan.n_workers, plan.cluster)
    while missing:
        busy: dict[str, tuple[str, int]] = {}
        for _, status in work(_jobs(loaded, plan, missing), store):
            for key, state in status.items():
                condition, seed = missing[key]
                if state == "busy":
                    busy[key] = (condition, seed)
                else:
                    watch(Event("finished", condition, seed, state))
        if busy:
            watch(Event("waiting", n=len(busy), detail="another runner holds these trials"))
            while all(store.is_running(key) for key in busy):
                time.sleep(POLL_S)
        missing = busy


def _jobs(loaded: Loaded, plan: Plan, missing: dict[str, tuple[str, int]]) -> list[Job]:
    groups: dict[tuple[str, int], list[tuple[str, int]]] = {}
    for key, (condition, seed) in missing.items():
        groups.setdefault((condition, -1 if loaded.study.is_stacked else seed), []).append((key, seed))
    return [
        Job(
            study=str(loaded.card.path),
            condition=condition,
            seeds=tuple(seed for _, seed in group),
            keys=tuple(key for key, _ in group),
            scale=plan.scale,
            assignments=plan.assignments,
            device=plan.device,
            root=str(Path(plan.root).resolve()),
            source=loaded.source,
            driver=os.getpid() if plan.n_workers and not plan.cluster else 0,
        )
        for (condition, _), group in groups.items()
    ]


def check_seeds(text: str, n_default: int) -> tuple[int, ...]:
    """Seeds from the command line: ``8`` (0..7), ``3:9``, ``1,5,7`` or ``verdict`` (1000 and up).

    Raises:
        NeurariumError: for anything else.
    """
    try:
        if text == "verdict":
            return verdict_seeds(n_default)
        if ":" in text:
            start, stop = (int(t) for t in text.split(":"))
            seeds = tuple(range(start, stop))
        elif "," in text:
            seeds = tuple(int(t) for t in text.split(",") if t.strip())
        else:
            seeds = tuple(range(int(text)))
    except ValueError:
        seeds = ()
    if not seeds or min(seeds) < 0 or len(set(seeds)) != len(seeds):
        raise NeurariumError(f"--seeds: must be a count, a range a:b, a list a,b,c or the word verdict, got {text!r}.")
    return seeds
