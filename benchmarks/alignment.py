"""Measures of two systems against netrep and rsatoolbox, on the same data and one thread; the clock is the CPU's.

netrep is in no registry: ``pip install git+https://github.com/ahwillia/netrep`` adds it to the venv of ``make bench``.
"""

from __future__ import annotations

import gc
import math
import os
import statistics
import time
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec

import numpy as np
import torch
from _dsa_rows import dsa_lines
from _table import Line, finish, version
from _turns import Work, peak_mb

from neurarium.alignment import cka, rsa

N_SAMPLES, N_UNITS = 5000, 512
SIZE = f"{N_SAMPLES:,} stimuli x {N_UNITS} units"


def two_systems() -> tuple[np.ndarray, np.ndarray]:
    """Two populations that share a part of what they respond to."""
    generator = np.random.default_rng(0)
    X = generator.normal(size=(N_SAMPLES, N_UNITS))
    mixing = generator.normal(size=(N_UNITS, N_UNITS)) / math.sqrt(N_UNITS)
    return X, X @ mixing + generator.normal(size=(N_SAMPLES, N_UNITS))


def in_turn(*works: Work, n: int) -> list[float]:
    """Median CPU seconds of each, in turn; the first is warmed up, as compiling is no part of the work."""
    works[0]()
    taken: list[list[float]] = [[] for _ in works]
    for _ in range(n):
        for work, seconds in zip(works, taken, strict=True):
            gc.collect()
            started = time.process_time()
            work()
            seconds.append(time.process_time() - started)
    return [statistics.median(seconds) for seconds in taken]


def against(work: str, peer: str, ours: Work, theirs: Work | None, *, n: int, bar: float, note: str = "") -> Line:
    """A line with both speeds and memories; `theirs` is None where the peer is not installed."""
    if theirs is None:
        (ours_s,) = in_turn(ours, n=n)
        return Line(work, ours_s, peer, version(peer), ours_mb=peak_mb(ours), note=note)
    difference = f"values differ by {abs(ours() - theirs()):.0e}"
    ours_s, peer_s = in_turn(ours, theirs, n=n)
    note = "; ".join(filter(None, [f"bar: {bar:g} times", difference, note]))
    memory = dict(ours_mb=peak_mb(ours), peer_mb=peak_mb(theirs))
    return Line(work, ours_s, peer, version(peer), peer_s, limit_s=peer_s / bar, note=note, **memory)


def cka_against_netrep() -> Line:
    X, Y = two_systems()

    def theirs() -> float:
        from netrep.metrics import LinearCKA

        return math.cos(LinearCKA().score(X, Y))  # it gives the angle

    there = theirs if find_spec("netrep") else None
    return against(f"linear CKA, {SIZE}", "netrep", partial(cka, X, Y, is_debiased=False), there, n=5, bar=12)


def rsa_against_rsatoolbox(compare: str, their_compare: str, *, bar: float, note: str = "") -> Line:
    X, Y = two_systems()

    def theirs() -> float:
        import rsatoolbox

        rdms = [rsatoolbox.rdm.calc_rdm(rsatoolbox.data.Dataset(A), method="correlation") for A in (X, Y)]
        return float(rsatoolbox.rdm.compare(*rdms, method=their_compare)[0, 0])

    there = theirs if find_spec("rsatoolbox") else None
    ours = partial(rsa, X, Y, distance="correlation", compare=compare)
    return against(f"RSA, correlation + {compare}, {SIZE}", "rsatoolbox", ours, there, n=3, bar=bar, note=note)


LINES: tuple[Callable[[], Line], ...] = (
    cka_against_netrep,
    partial(rsa_against_rsatoolbox, "pearson", "corr", bar=50, note="bar for our memory: 100 MB"),
    partial(rsa_against_rsatoolbox, "spearman", "spearman", bar=3),
)


def main() -> None:
    torch.set_num_threads(1)
    load = os.getloadavg()[0]
    lines = [*(line() for line in LINES), *dsa_lines(peak_mb)]
    finish(f"alignment ({os.cpu_count()} cores, load {load:.1f}, one thread, CPU seconds)", lines)


if __name__ == "__main__":
    main()
