"""What one worker does with one job: run the trial, check its row, keep the result."""

from __future__ import annotations

import contextlib
import io
import math
import os
import threading
import time
import traceback
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch

from neurarium.core.errors import NeurariumError, bad
from neurarium.core.rng import Rng
from neurarium.core.vocabulary import metric
from neurarium.engine.assets import counted
from neurarium.engine.files import DamagedError
from neurarium.engine.fingerprint import canonical
from neurarium.engine.loader import Loaded, load_study
from neurarium.engine.owner import HEARTBEAT_S
from neurarium.engine.provenance import provenance
from neurarium.engine.store import Record, Store
from neurarium.engine.study import Outcome

Status = Literal["done", "failed", "crashed", "busy"]


@dataclass(frozen=True)
class Job:
    """One condition on one seed, or on several seeds that are run stacked.

    Attributes:
        study: name or file of the study.
        condition: name of the condition.
        seeds: the seeds.
        keys: their trial keys, in the same order.
        scale: micro, quick or full.
        assignments: ``--set`` assignments.
        device: cpu or cuda.
        root: folder of the store.
        source: hash of the source that the keys were made from.
        driver: process number of the driver; 0 if the job runs in the driver itself or on another machine.
    """

    study: str
    condition: str
    seeds: tuple[int, ...]
    keys: tuple[str, ...]
    scale: str
    assignments: tuple[str, ...]
    device: str
    root: str
    source: str
    driver: int = 0

    def only(self, keys: tuple[str, ...]) -> Job:
        """The same job for some of its seeds."""
        pairs = [(s, k) for s, k in zip(self.seeds, self.keys, strict=True) if k in keys]
        return Job(**{**self.__dict__, "seeds": tuple(s for s, _ in pairs), "keys": tuple(k for _, k in pairs)})


def run_job(job: Job) -> dict[str, Status]:
    """Claim, compute and keep the trials of `job`; those that another process holds are reported busy."""
    if job.driver and os.getppid() != job.driver:  # the driver died: finish nothing more on its behalf
        os._exit(0)
    loaded = load_study(job.study)
    store = Store(job.root, loaded.name)
    mine: list[str] = []
    status: dict[str, Status] = {}
    try:
        for key in job.keys:
            if not store.claim(key):
                status[key] = "busy"
                continue
            mine.append(key)
            if (found := finished(store, key)) is not None:  # another runner was quicker
                status[key] = found
        todo = job.only(tuple(k for k in mine if k not in status))
        if todo.keys:
            with beating(store, todo.keys):
                for record in compute(todo, loaded):
                    store.write(record)
                    status[record.key] = record.state
        return status
    finally:
        for key in mine:
            store.release(key)


def compute(job: Job, loaded: Loaded | None = None) -> list[Record]:
    """Run the trials of `job` and give back their records; a trial that raises becomes a failed record."""
    loaded = loaded or load_study(job.study)
    if loaded.source != job.source:
        raise NeurariumError(f"{job.study}: it, or a part it uses, was edited while it ran. Run it again.")
    torch.set_num_threads(1)
    conditions, scale = loaded.prepared(job.scale, job.assignments, job.device)
    arguments = conditions[job.condition]
    trial = loaded.study.trial
    if trial is None:
        raise NeurariumError(f"{loaded.name}: no trial. Decorate a function with @study.run.")
    log, started, error, trace = io.StringIO(), time.perf_counter(), "", ""
    results: list[Any] = []
    with counted() as asset_seconds, _captured(log):
        try:
            rngs = [Rng(seed) for seed in job.seeds]
            if loaded.study.is_stacked:
                results = list(trial(rngs, scale, **arguments))
                if len(results) != len(rngs):
                    raise NeurariumError(f"a stacked trial of {len(rngs)} seeds gave {len(results)} rows")
            else:
                results = [trial(rngs[0], scale, **arguments)]
        except (Exception, SystemExit) as raised:
            error, trace = f"{type(raised).__name__}: {raised}", traceback.format_exc()
    seconds = (time.perf_counter() - started - sum(asset_seconds)) / len(job.seeds)
    about = {
        "scale": job.scale,
        "sizes": canonical(scale.settings),
        "arguments": canonical(arguments),
        "assignments": list(job.assignments),
        "device": job.device,
        "source": loaded.source,
        "seconds": seconds,
        "asset_seconds": sum(asset_seconds) / len(job.seeds),
        "stacked": len(job.seeds),
        "provenance": provenance(),
    }
    if error:
        results = [None] * len(job.seeds)
    return [_record(job, i, result, error, trace, about, log.getvalue()) for i, result in enumerate(results)]


def _record(job: Job, i: int, result: Any, error: str, trace: str, about: Mapping[str, Any], log: str) -> Record:
    outcome = result if isinstance(result, Outcome) else Outcome(result if isinstance(result, Mapping) else {})
    row, fault = _checked(outcome.row) if not error else ({}, error)
    curves: dict[str, list[float]] = {}
    arrays: dict[str, np.ndarray] = {}
    try:
        curves = {n: [float(v) for v in values] for n, values in outcome.curves.items()}
        arrays = {n: _array(n, a) for n, a in outcome.arrays.items()}
    except (TypeError, ValueError) as unfit:
        fault = fault or f"its curves and arrays cannot be kept: {unfit}"
    broken = [n for n, values in curves.items() if not all(map(math.isfinite, values))]
    fault = fault or (f"curve `{broken[0]}` is not finite" if broken else "")
    return Record(
        key=job.keys[i],
        condition=job.condition,
        seed=job.seeds[i],
        state="failed" if fault else "done",
        row={} if fault else row,
        error=fault,
        about={**about, "traceback": trace},
        curves={} if fault else curves,
        arrays=arrays,
        log=log,
    )


def _checked(row: Mapping[str, Any]) -> tuple[dict[str, float], str]:
    if not row:
        return {}, "the trial gave no row: return a dict of metric -> number"
    checked: dict[str, float] = {}
    for name, value in row.items():
        try:
            metric(name)
            checked[name] = float(value)
        except (NeurariumError, TypeError, ValueError) as error:
            return {}, f"metric `{name}`: {error}"
        if not math.isfinite(checked[name]):
            return {}, f"metric `{name}` is {checked[name]}: a silent NaN is never a result"
    return checked, ""


def _array(name: str, value: Any) -> np.ndarray:
    array = value.detach().cpu().numpy() if isinstance(value, torch.Tensor) else np.asarray(value)
    if array.dtype.kind not in "biuf":
        raise bad("Outcome", f"arrays[{name!r}]", "hold numbers", str(array.dtype))
    return array


def finished(store: Store, key: str) -> Status | None:
    """The state of trial `key` if it is kept already; records to be retried were moved away by the driver."""
    try:
        record = store.read(key)
    except DamagedError:
        return None
    return None if record is None else record.state


@contextlib.contextmanager
def _captured(log: io.StringIO) -> Iterator[None]:
    def note(message: Any, category: Any, filename: str, lineno: int, *_: Any) -> None:
        log.write(f"{category.__name__}: {message} ({filename}:{lineno})\n")

    with contextlib.redirect_stdout(log), contextlib.redirect_stderr(log), warnings.catch_warnings():
        warnings.showwarning = note
        yield


@contextlib.contextmanager
def beating(store: Store, keys: tuple[str, ...]) -> Iterator[None]:
    """Keep the claims on `keys` fresh inside the block."""
    over = threading.Event()

    def beat() -> None:
        while not over.wait(HEARTBEAT_S):
            for key in keys:
                store.heartbeat(key)

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
