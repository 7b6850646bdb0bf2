"""A recording: what a system did, be it a model or an animal."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from safetensors import SafetensorError
from safetensors.numpy import load, save

from neurarium.core.errors import NeurariumError, bad, unknown

FORMAT = 1


class Recording(Mapping[str, np.ndarray]):
    """Named arrays over ``(time, trials, units)`` with a table of the trials.

    Arrays share time and trials; each has its own units. Written as two files, ``NAME.safetensors`` (arrays) and
    ``NAME.json`` (trial table, unit tables, step, notes, checksum): nothing is ever unpickled.

    Args:
        arrays: name to array ``(time, trials, units)``.
        trials: one row a trial; default only numbers them.
        dt_ms: duration of a step in milliseconds, if the steps have one.
        notes: JSON-able remarks (where it comes from, which species, which layer).

    Raises:
        NeurariumError: if shapes disagree; the message names the array.

    Example:
        >>> r = Recording({"rate": np.zeros((5, 2, 3))}, trials=pd.DataFrame({"side": ["left", "right"]}))
        >>> r.select(r.trials.side == "left")["rate"].shape
        (5, 1, 3)
    """

    def __init__(
        self,
        arrays: Mapping[str, np.ndarray],
        *,
        trials: pd.DataFrame | None = None,
        dt_ms: float | None = None,
        notes: Mapping[str, Any] | None = None,
    ) -> None:
        if not arrays:
            raise bad("Recording", "arrays", "hold at least one array", {})
        self.arrays = {name: np.asarray(a) for name, a in arrays.items()}
        first = next(iter(self.arrays.values()))
        for name, a in self.arrays.items():
            if a.dtype.kind not in "biuf":
                raise bad("Recording", name, "hold numbers", str(a.dtype))
            if a.ndim != 3 or a.shape[:2] != first.shape[:2]:
                raise bad(
                    "Recording",
                    name,
                    f"be (time, trials, units) with {first.shape[:2]} steps and trials",
                    a.shape,
                )
        self.trials = pd.DataFrame(index=range(first.shape[1])) if trials is None else trials.reset_index(drop=True)
        if len(self.trials) != first.shape[1]:
            raise bad("Recording", "trials", f"have {first.shape[1]} rows, one a trial", len(self.trials))
        self.dt_ms = dt_ms
        self.notes = dict(notes or {})

    def __getitem__(self, name: str) -> np.ndarray:
        if name not in self.arrays:
            raise unknown("array", name, self.arrays)
        return self.arrays[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.arrays)

    def __len__(self) -> int:
        return len(self.arrays)

    @property
    def n_steps(self) -> int:
        """Length of the time axis."""
        return next(iter(self.arrays.values())).shape[0]

    @property
    def n_trials(self) -> int:
        """Length of the trial axis."""
        return len(self.trials)

    def select(self, keep: Any) -> Recording:
        """Only the trials where `keep` (a mask or indices over trials) says so."""
        index = np.asarray(keep)
        index = np.flatnonzero(index) if index.dtype == bool else index
        return Recording(
            {n: a[:, index] for n, a in self.arrays.items()},
            trials=self.trials.iloc[index],
            dt_ms=self.dt_ms,
            notes=self.notes,
        )

    def between(self, start: int, stop: int) -> Recording:
        """Only the steps ``start <= t < stop``."""
        return Recording(
            {n: a[start:stop] for n, a in self.arrays.items()},
            trials=self.trials,
            dt_ms=self.dt_ms,
            notes=self.notes,
        )

    def save(self, path: str | Path) -> Path:
        """Write ``path.safetensors`` and ``path.json``; both are complete or the old ones stay."""
        path = _stem(path)
        blob = save({n: np.ascontiguousarray(a) for n, a in self.arrays.items()})
        table = {c: {"dtype": str(self.trials[c].dtype), "values": self.trials[c].tolist()} for c in self.trials}
        for name, column in table.items():
            if not _is_json(column):
                raise bad("Recording", name, "hold numbers, words or truth values", column["dtype"])
        if not _is_json(self.notes):
            raise bad("Recording", "notes", "be plain JSON data", self.notes)
        head = {
            "format": FORMAT,
            "sha256": hashlib.sha256(blob).hexdigest(),
            "arrays": list(self.arrays),
            "n_trials": self.n_trials,
            "trials": table,
            "dt_ms": self.dt_ms,
            "notes": self.notes,
        }
        head["head_sha256"] = _digest(head)
        path.parent.mkdir(parents=True, exist_ok=True)
        for suffix, content in ((".safetensors", blob), (".json", json.dumps(head, indent=1).encode())):
            whole = path.with_name(path.name + suffix)
            part = whole.with_name(f".{whole.name}.{os.getpid()}")
            part.write_bytes(content)
            os.replace(part, whole)
        return path

    @classmethod
    def load(cls, path: str | Path) -> Recording:
        """Read back what :meth:`save` wrote.

        Raises:
            NeurariumError: when a file is missing, damaged, or the two do not belong together.
        """
        path = _stem(path)
        try:
            head = json.loads(path.with_name(path.name + ".json").read_text())
            if head.pop("head_sha256") != _digest(head):
                raise NeurariumError("the .json does not match its own checksum")
            blob = path.with_name(path.name + ".safetensors").read_bytes()
            if hashlib.sha256(blob).hexdigest() != head["sha256"]:
                raise NeurariumError("the arrays do not match the checksum in the .json")
            stored = load(blob)
            trials = pd.DataFrame(
                {c: pd.Series(t["values"], dtype=t["dtype"]) for c, t in head["trials"].items()},
                index=range(head["n_trials"]),
            )
        except (OSError, AttributeError, KeyError, TypeError, ValueError, SafetensorError) as error:
            raise NeurariumError(
                f"Recording: {path} cannot be read ({error}). Restore the file or record again."
            ) from error
        return cls({n: stored[n] for n in head["arrays"]}, trials=trials, dt_ms=head["dt_ms"], notes=head["notes"])

    def __repr__(self) -> str:
        shapes = ", ".join(f"{n} {a.shape[2]} units" for n, a in self.arrays.items())
        return f"Recording({self.n_steps} steps, {self.n_trials} trials: {shapes})"


def _is_json(value: Any) -> bool:
    try:
        json.dumps(value)
    except (TypeError, ValueError):
        return False
    return True


def _digest(head: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(head, sort_keys=True).encode()).hexdigest()


def _stem(path: str | Path) -> Path:
    path = Path(path)
    return path.with_suffix("") if path.suffix in (".json", ".safetensors") else path
