"""Everything that spikes, and reservoirs: layers, a train step, simulated networks, against their peers and memory.

One process measures layers and the train step with one thread, another with two; in each, ours and every peer run in
turn. With one thread the clock is that of the CPU, which a busy machine does not falsify; with two it is the wall's.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile

import reservoir
import simulation
import torch
from _gpu_rows import gpu_lines
from _lif_rows import SIZES, kernel_lines, layer_lines
from _table import Line, finish
from _train_rows import train_lines
from _turns import N_TURNS

THREADS = "NEURARIUM_BENCH_THREADS"  # set in the processes that measure
# What one work frees, glibc would give back to the system, and the next would wait for 6,400 fresh pages an array: 8 ms
# for a sweep of 6. A loop that trains one network meets its own memory again; so may all here, ours and the peers.
WARM_HEAP = {"MALLOC_TRIM_THRESHOLD_": str(1 << 33), "MALLOC_MMAP_THRESHOLD_": str(1 << 25)}

FIRST_CALL = """
import time, torch
started = time.perf_counter()
from neurarium.neurons import LIF
x = torch.ones(10, 3).requires_grad_()
imported = time.perf_counter()
LIF()(x)[0].sum().backward()
print(imported - started, time.perf_counter() - imported)
"""


def first_call_lines() -> list[Line]:
    """A new process each time: with kernels on disk, and once without."""

    def took(folder: str) -> tuple[float, float]:
        environment = {**os.environ, "NUMBA_CACHE_DIR": folder}
        done = subprocess.run([sys.executable, "-c", FIRST_CALL], env=environment, capture_output=True, check=True)
        return tuple(float(s) for s in done.stdout.split())  # type: ignore[return-value]

    with tempfile.TemporaryDirectory() as folder:
        compiling = took(folder)[1]
        imports, calls = zip(*(took(folder) for _ in range(5)), strict=True)
    note = f"wall; import of the neurons, numba with them: {statistics.median(imports):.2f} s more; "
    note += f"the very first one compiles: {compiling:.1f} s"
    return [Line("first call, kernels on disk", statistics.median(calls), limit_s=1.0, note=note)]


def measure() -> list[Line]:
    """All lines of one number of threads."""
    torch.set_num_threads(int(os.environ[THREADS]))
    lines = kernel_lines("T=100, B=64, N=1024")
    for size in SIZES:
        for is_soft in (True, False):
            lines += layer_lines(size, is_soft)
    return lines + train_lines()


def measured(n_threads: int) -> list[Line]:
    """:func:`measure` in a process of its own, as numba fixes its threads when it starts."""
    names = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS", THREADS)
    environment = {**os.environ, **WARM_HEAP, **dict.fromkeys(names, str(n_threads))}
    load = os.getloadavg()[0]  # of other work: above the number of cores left over, wall-clock times say little
    done = subprocess.run([sys.executable, __file__], env=environment, stdout=subprocess.PIPE, check=True)
    columns = [{k: v for k, v in line.items() if k != "ratio"} for line in json.loads(done.stdout.splitlines()[-1])]
    label = "1 thread, CPU: " if n_threads == 1 else f"{n_threads} threads, wall, load {load:.1f}: "
    return [Line(**{**c, "work": label + c["work"]}) for c in columns]


def main() -> None:
    if THREADS in os.environ:
        print(json.dumps([line.to_json() for line in measure()]))
        return
    n_threads = [n for n in (1, 2) if n <= (os.cpu_count() or 1)]
    lines = [line for n in n_threads for line in measured(n)] + first_call_lines() + gpu_lines()
    lines += simulation.lines() + reservoir.lines()
    finish(f"spiking ({os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, medians of {N_TURNS})", lines)


if __name__ == "__main__":
    main()
