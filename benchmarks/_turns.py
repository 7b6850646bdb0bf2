"""Work measured in turn: with one thread by the clock of the CPU, which a busy machine does not falsify."""

from __future__ import annotations

import ctypes
import gc
import statistics
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import torch

Work = Callable[[], Any]
N_TURNS = 7


def clock() -> float:
    return time.process_time() if torch.get_num_threads() == 1 else time.perf_counter()


def in_turn(works: dict[str, Work]) -> dict[str, float]:
    """Median seconds of each, measured in turn after one round that is not."""
    taken: dict[str, list[float]] = {name: [] for name in works}
    for turn in range(N_TURNS + 1):
        for name, work in works.items():
            gc.collect()
            started = clock()
            work()
            if turn:
                taken[name].append(clock() - started)
    return {name: statistics.median(seconds) for name, seconds in taken.items()}


def peak_mb(work: Work) -> float | None:
    """How far the process grows while it works, above what it held before (Linux)."""
    gc.collect()
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
        Path("/proc/self/clear_refs").write_text("5")  # forgets the highest mark so far
        before = _status_kb("VmRSS")
        work()
        return (_status_kb("VmHWM") - before) / 1000
    return None


def _status_kb(field: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field))
