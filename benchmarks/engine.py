"""What the engine costs: per trial, to list, to resume, and what a second worker brings."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from _table import Line, finish, seconds
from joblib.externals.loky import get_reusable_executor

from neurarium.engine import Plan, load_study, run

STUDY = '''"""Does nothing, or counts."""

from neurarium.engine import Outcome, Study

study = Study(
    paper="",
    baseline="a",
    controls=("b",),
    conditions={{"a": dict(x=0), "b": dict(x=1)}},
    seeds={{"quick": 8, "full": 8}},
    scales={{"micro": {{}}, "quick": dict(n_sums={n_sums}), "full": {{}}}},
)


@study.run
def trial(rng, scale, *, x):
    total = 0
    for i in range(scale.n_sums):
        total += i
    return Outcome({{"accuracy": x + 1e-9 * rng.seed, "loss": 0.5}}, curves={{"loss": [0.1] * 100}})


@study.claim("b exceeds a.", margin_reason="made up")
def b_exceeds_a(r):
    return r["b", "accuracy"].exceeds(r["a", "accuracy"], by=0.5)
'''
N_STUDIES, N_TRIALS = 300, 1000
ONE_THREAD = "one thread a process"


def study(folder: Path, n_sums: int = 0) -> Path:
    path = folder / f"counting_{n_sums}.py"
    path.write_text(STUDY.format(n_sums=n_sums))
    return path


def per_trial(folder: Path) -> list[Line]:
    loaded = load_study(study(folder))

    def took(n_seeds: int, n_workers: int, turn: int) -> float:
        plan = Plan(
            seeds=tuple(range(n_seeds)), root=folder / f"runs-{n_workers}-{n_seeds}-{turn}", n_workers=n_workers
        )
        return seconds(lambda: run(loaded, plan))

    lines = []
    for n_workers, where in ((0, "in this process"), (1, "on a worker")):
        took(2, n_workers, -1)  # workers started, caches warm
        costs = [(took(105, n_workers, turn) - took(5, n_workers, turn)) / 200 for turn in range(3)]
        note = f"claim, hash, 4 files fsynced, rename; median of 3 slopes between 10 and 210 trials; {ONE_THREAD}"
        lines.append(Line(f"overhead of one trial {where}", statistics.median(costs), limit_s=0.020, note=note))
    return lines


def listing(folder: Path) -> list[Line]:
    room = folder / "more" / "studies" / "counting"
    room.mkdir(parents=True)
    for i in range(N_STUDIES):
        (room / f"counting_{i}.py").write_text(STUDY.format(n_sums=i))
    cache = folder / "cache"
    env = {**os.environ, "NEURARIUM_PATH": str(folder / "more"), "NEURARIUM_CACHE": str(cache)}
    command = [str(Path(sys.executable).with_name("neurarium")), "list"]

    def listed() -> None:
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
        assert f"counting-{N_STUDIES - 1}" in done.stdout

    def first() -> None:
        for file in cache.glob("*"):
            file.unlink()
        listed()

    listed()
    work = f"`neurarium list` with {N_STUDIES} more studies"
    cold, warm = (statistics.median(seconds(f) for _ in range(7)) for f in (first, listed))
    return [
        Line(f"{work}, nothing cached", cold, limit_s=0.5, note="whole command, median of 7"),
        Line(f"{work}, as usual", warm, limit_s=0.5, note="whole command, median of 7"),
    ]


def resume(folder: Path) -> list[Line]:
    loaded = load_study(study(folder))
    plan = Plan(seeds=tuple(range(N_TRIALS // 2)), root=folder / "runs-resume", n_workers=0)
    run(loaded, plan)
    taken = []
    for _ in range(5):
        started, decided = time.perf_counter(), []
        run(loaded, plan, lambda event, at=decided: at.append(time.perf_counter()))
        taken.append(decided[0] - started)
    note = "every record read and its checksums compared; median of 5"
    return [Line(f"what is missing of {N_TRIALS:,} trials", statistics.median(taken), limit_s=2.0, note=note)]


def two_workers(folder: Path) -> list[Line]:
    loaded = load_study(study(folder, n_sums=10_000_000))
    taken: dict[int, list[float]] = {1: [], 2: []}
    for turn in range(3):
        for n_workers in (1, 2):
            get_reusable_executor().shutdown(wait=True, kill_workers=True)
            plan = Plan(seeds=tuple(range(20)), root=folder / f"runs-{turn}-{n_workers}", n_workers=n_workers)
            taken[n_workers].append(seconds(lambda plan=plan: run(loaded, plan)))
    one, two = (statistics.median(taken[n]) for n in (1, 2))
    note = f"40 equal CPU-bound trials, start of the workers included; bar: 0.6 of one worker; {two / one:.2f}"
    return [Line("two workers", two, peer="one worker", peer_s=one, limit_s=0.6 * one, note=note)]


def main() -> None:
    lines: list[Line] = []
    before = os.getloadavg()[0]  # of other work: on a busy machine wall-clock times say little
    for part in (per_trial, listing, resume, two_workers):
        with tempfile.TemporaryDirectory() as folder:
            lines += part(Path(folder))
    finish("engine", [replace(line, note=f"{line.note}; {os.cpu_count()} cores, load {before:.1f}") for line in lines])


if __name__ == "__main__":
    main()
