"""Three ways to carry out jobs: in this process, on local workers, on a Dask cluster."""

from __future__ import annotations

import concurrent.futures
from collections.abc import Callable, Iterator
from concurrent.futures import Future, as_completed
from concurrent.futures.process import BrokenProcessPool
from typing import Any

from joblib.externals.loky import get_reusable_executor

from neurarium.core.errors import NeurariumError
from neurarium.core.extras import require
from neurarium.engine.store import Record, Store
from neurarium.engine.worker import Job, Status, beating, compute, finished, run_job

RETRIES = 2
CONNECT_S = 10.0
ONE_THREAD = {name: "1" for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")}
Results = Iterator[tuple[Job, dict[str, Status]]]


def in_process(jobs: list[Job], store: Store) -> Results:
    """One after the other, here: for tests and debuggers."""
    for job in jobs:
        yield job, run_job(job)


def local(jobs: list[Job], store: Store, n_workers: int) -> Results:
    """On `n_workers` processes with one thread each.

    A worker that dies takes the whole pool with it, so every trial that was under way is suspect. Suspects are then run
    alone: an innocent one succeeds, the culprit dies again and after two retries is recorded as crashed.
    """
    suspects: list[Job] = []
    todo = list(jobs)
    while todo:
        lost: list[Job] = []
        for job, future in _submitted(todo, n_workers):
            try:
                yield job, future.result()
            except BrokenProcessPool:
                lost.append(job)
        under_way = [job for job in lost if _left_a_claim(job, store)]
        suspects += under_way
        todo = [job for job in lost if job not in under_way]
        if lost and not under_way and len(lost) == len(jobs):
            raise NeurariumError("workers die before they start a trial. Try `--jobs 0` to see why.")
        jobs = todo
    for job in suspects:
        yield job, _alone(job, store)


def _submitted(jobs: list[Job], n_workers: int) -> Iterator[tuple[Job, Future[Any]]]:
    # workers are kept from one run to the next, but never for a source that was edited in between
    env = {**ONE_THREAD, "NEURARIUM_SOURCE": jobs[0].source}
    executor = get_reusable_executor(min(n_workers, len(jobs)), timeout=20, env=env, kill_workers=True)
    futures = {}
    try:
        for job in jobs:
            futures[executor.submit(run_job, job)] = job
    except BrokenProcessPool:
        pass
    try:
        for future in as_completed(futures):
            yield futures[future], future
        for job in jobs[len(futures) :]:  # never handed over: the pool broke first
            yield job, _broken()
    except BaseException:
        executor.shutdown(wait=True, kill_workers=True)
        raise


def _alone(job: Job, store: Store) -> dict[str, Status]:
    for _ in range(RETRIES):
        for _, future in _submitted([job], 1):
            try:
                return future.result()
            except BrokenProcessPool:
                continue
    status: dict[str, Status] = {}
    for key, seed in zip(job.keys, job.seeds, strict=True):
        if not store.claim(key):
            status[key] = "busy"
            continue
        error = f"its process died {RETRIES + 1} times (killed, out of memory, or a fault in compiled code)"
        store.write(Record(key, job.condition, seed, "crashed", error=error, about={"scale": job.scale}))
        store.release(key)
        status[key] = "crashed"
    return status


def _left_a_claim(job: Job, store: Store) -> bool:
    return any(store.is_claimed(key) and not store.is_running(key) for key in job.keys)


def _broken() -> Future[Any]:
    future: Future[Any] = Future()
    future.set_exception(BrokenProcessPool("the pool broke before this job"))
    return future


def dask(jobs: list[Job], store: Store, address: str) -> Results:
    """On the workers of a Dask scheduler; records come back and are kept here, so no folder need be shared.

    Dask itself moves the trials of a dead worker to another one; a trial that kills worker after worker is
    recorded as crashed.
    """
    distributed = require("cluster", "distributed")
    try:
        client = distributed.Client(address, timeout=CONNECT_S, set_as_default=False)
    except (OSError, ValueError) as error:
        raise NeurariumError(
            f"--cluster: no scheduler answers at {address!r} ({error}). Start one: dask scheduler"
        ) from error
    with client:
        held: list[str] = []
        try:
            mine: dict[Any, Job] = {}
            for job in jobs:
                status = _taken(job, store, held)
                if status:
                    yield job, status
                todo = job.only(tuple(k for k in job.keys if k not in status))
                if todo.keys:
                    mine[client.submit(compute, todo, pure=False)] = todo
            with beating(store, tuple(held)):
                for future in distributed.as_completed(mine, loop=client.loop):
                    yield mine[future], _kept(mine[future], future, store, distributed.KilledWorker)
        except (concurrent.futures.CancelledError, distributed.comm.CommClosedError) as error:
            raise NeurariumError(f"--cluster: {address} was lost. Finished trials are kept; run again.") from error
        finally:
            for key in held:
                store.release(key)


def _taken(job: Job, store: Store, held: list[str]) -> dict[str, Status]:
    """Claim the trials of `job` for this process; gives back those that are another's, or kept already."""
    status: dict[str, Status] = {}
    for key in job.keys:
        if not store.claim(key):
            status[key] = "busy"
            continue
        held.append(key)
        if (found := finished(store, key)) is not None:
            status[key] = found
    return status


def _kept(job: Job, future: Any, store: Store, killed: type[Exception]) -> dict[str, Status]:
    try:
        records = future.result()
    except killed as error:
        records = [
            Record(
                key,
                job.condition,
                seed,
                "crashed",
                error=f"its workers died: {error}",
                about={"scale": job.scale},
            )
            for key, seed in zip(job.keys, job.seeds, strict=True)
        ]
    for record in records:
        store.write(record)
        store.release(record.key)
    return {record.key: record.state for record in records}


def chosen(n_workers: int, address: str | None) -> Callable[[list[Job], Store], Results]:
    """The way that the command line asked for."""
    if address:
        return lambda jobs, store: dask(jobs, store, address)
    if n_workers == 0:
        return in_process
    return lambda jobs, store: local(jobs, store, n_workers)
