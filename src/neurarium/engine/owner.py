"""Who is at work on a trial: the content of a claim file, and whether that process still lives."""

from __future__ import annotations

import json
import os
import socket
import time
from dataclasses import asdict, dataclass
from pathlib import Path

HEARTBEAT_S = 10.0
SILENT_S = 60.0


@dataclass(frozen=True)
class Owner:
    """A process, told apart from a later one with the same number by its start time.

    Attributes:
        pid: process number.
        host: machine.
        start: start of the process, in clock ticks since boot.
        seen: when its claim file was last touched, seconds since the epoch.
    """

    pid: int
    host: str
    start: int
    seen: float = 0.0

    @classmethod
    def me(cls) -> Owner:
        """This process."""
        return cls(os.getpid(), socket.gethostname(), _start(os.getpid()), time.time())

    @classmethod
    def read(cls, path: Path) -> Owner | None:
        """The owner named in a claim file; None if there is none or the file is cut short."""
        try:
            return cls(**{**json.loads(path.read_text()), "seen": path.stat().st_mtime})
        except (OSError, ValueError, TypeError):
            return None

    def to_json(self) -> str:
        """Content of the claim file."""
        return json.dumps(asdict(self))

    def is_me(self) -> bool:
        """Whether this process is the owner."""
        me = Owner.me()
        return (self.pid, self.host, self.start) == (me.pid, me.host, me.start)

    def is_alive(self) -> bool:
        """Whether the owner still runs: by process table here, by heartbeat on another machine."""
        if self.host != socket.gethostname():
            return time.time() - self.seen < SILENT_S
        return self.start != 0 and _start(self.pid) == self.start


def _start(pid: int) -> int:
    """Field 22 of ``/proc/<pid>/stat``; 0 if gone or a zombie. Without /proc: 1 if it can be signalled."""
    if not os.path.isdir("/proc/self"):
        try:
            os.kill(pid, 0)
        except OSError:
            return 0
        return 1
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return 0 if fields[0] in "ZX" else int(fields[19])
