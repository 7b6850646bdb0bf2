"""The one format of every benchmark: a printed table; ``--json FILE`` (or ``$JSON``) takes the same lines as JSON."""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Line:
    """One piece of work, ours against a peer or against a limit.

    Attributes:
        work: what is done, with its size.
        ours_s: our seconds, a median; None if this machine cannot run it, for the reason in `note`.
        peer: who else does it; empty if it is held against a limit alone.
        peer_version: its version, or why it was not run.
        peer_s: its seconds; None if it was not run.
        ours_mb: our peak memory.
        peer_mb: its peak memory.
        limit_s: the most that `ours_s` may be; None: no bar.
        note: what a reader must know to believe the number.
    """

    work: str
    ours_s: float | None
    peer: str = ""
    peer_version: str = ""
    peer_s: float | None = None
    ours_mb: float | None = None
    peer_mb: float | None = None
    limit_s: float | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """How many times faster than the peer we are."""
        return None if self.peer_s is None or self.ours_s is None else self.peer_s / self.ours_s

    @property
    def is_within(self) -> bool:
        """Whether the limit, if there is one, is kept."""
        return self.limit_s is None or (self.ours_s is not None and self.ours_s <= self.limit_s)

    def to_json(self) -> dict[str, Any]:
        """Every column, `ratio` included."""
        columns = ("work", "peer", "peer_version", "ours_s", "peer_s", "ratio", "ours_mb", "peer_mb", "limit_s", "note")
        says = {**asdict(self), "ratio": self.ratio}
        return {name: says[name] for name in columns}


def version(package: str) -> str:
    """Version of an installed package, else ``not installed``: a missing peer is said, never silently left out."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"


def seconds(work: Callable[[], Any]) -> float:
    """Wall-clock seconds of one call."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def interleaved(*works: Callable[[], Any], n: int = 5, n_warm: int = 1) -> list[float]:
    """Median seconds of each work, run in turn, so that whatever else the machine does falls on all alike."""
    for work in works * n_warm:
        work()
    taken = [[seconds(work) for work in works] for _ in range(n)]
    return [statistics.median(column) for column in zip(*taken, strict=True)]


def finish(title: str, lines: Sequence[Line]) -> None:
    """Print the table, and write it where ``--json FILE`` or ``$JSON`` says."""
    table = Table("work", "ours", "peer", "theirs", "ratio", "limit", "note", title=title)
    for line in lines:
        limit = "" if line.limit_s is None else f"{_time(line.limit_s)} {'kept' if line.is_within else 'MISSED'}"
        memory = "" if line.ours_mb is None else f", {line.ours_mb:.0f} MB"
        theirs = "" if line.peer_mb is None else f", {line.peer_mb:.0f} MB"
        table.add_row(
            line.work,
            ("" if line.ours_s is None else _time(line.ours_s)) + memory,
            f"{line.peer} {line.peer_version}".strip(),
            ("" if line.peer_s is None else _time(line.peer_s)) + theirs,
            "" if line.ratio is None else f"{line.ratio:.2f}",
            limit,
            line.note,
        )
    Console(width=160).print(table)
    parser = argparse.ArgumentParser(description=title)
    parser.add_argument("--json", default=os.environ.get("JSON", ""), metavar="FILE", help="write the lines there too")
    if path := parser.parse_args().json:
        Path(path).write_text(json.dumps([line.to_json() for line in lines], indent=1) + "\n")


def _time(s: float) -> str:
    return f"{s:.2f} s" if s >= 1 else f"{1000 * s:.3g} ms"
