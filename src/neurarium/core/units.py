"""Numbers with a dimension carry it in their name; these are the endings that are allowed."""

from __future__ import annotations

import math

SUFFIXES: dict[str, str] = {
    "ms": "milliseconds",
    "s": "seconds",
    "hz": "events per second",
    "mv": "millivolts",
    "pj": "picojoules",
    "nj": "nanojoules",
    "mb": "megabytes (1e6 bytes)",
    "bytes": "bytes",
    "bits": "bits",
    "steps": "time steps",
    "rad": "radians",
    "pa": "picoamperes",
    "na": "nanoamperes",
}
DIMENSIONED = ("tau", "dt", "delay", "rate", "energy", "duration", "period", "latency")


def missing_suffix(name: str) -> bool:
    """Whether `name` is a dimensioned quantity without its unit.

    >>> missing_suffix("tau_mem"), missing_suffix("tau_mem_ms"), missing_suffix("n_units")
    (True, False, False)
    """
    words = name.split("_")
    return words[0] in DIMENSIONED and words[-1] not in SUFFIXES


def decay(dt_ms: float, tau_ms: float) -> float:
    """The factor ``exp(-dt / τ)`` by which a leaky quantity shrinks in one step."""
    return math.exp(-dt_ms / tau_ms)
