"""The store: plain files are the truth, one folder a trial, whole or not there."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load as load_arrays
from safetensors.numpy import save as save_arrays

from neurarium.engine.files import (
    DamagedError,
    StorageError,
    seal,
    sha256,
    storage_error,
    sync_folder,
    unseal,
    write_synced,
)
from neurarium.engine.owner import Owner

State = Literal["done", "failed", "crashed"]
RUN, CURVES, ARRAYS, LOG = "run.json", "curves.jsonl", "arrays.safetensors", "log.txt"


@dataclass(frozen=True)
class Record:
    """What is known of one finished trial.

    Attributes:
        key: hash of all it depends on; the name of its folder.
        condition: name of its condition.
        seed: its seed.
        state: done, failed (it raised, or gave no finite row) or crashed (its process died three times).
        row: metric -> number; empty unless done.
        error: one line, empty if done.
        about: scale, seconds, asset seconds, traceback, provenance, arguments ...
        curves: name -> values.
        arrays: name -> array.
        log: what the trial printed.
    """

    key: str
    condition: str
    seed: int
    state: State
    row: Mapping[str, float] = field(default_factory=dict)
    error: str = ""
    about: Mapping[str, Any] = field(default_factory=dict)
    curves: Mapping[str, list[float]] = field(default_factory=dict)
    arrays: Mapping[str, np.ndarray] = field(default_factory=dict)
    log: str = ""


class Store:
    """The trials of one study below a folder, e.g. ``runs/hebbian-orthogonal-projection/<key>/``.

    Args:
        root: the folder, made if missing.
        study: the study's name.

    Raises:
        StorageError: when the folder cannot be written.
    """

    def __init__(self, root: str | Path, study: str) -> None:
        self.folder = Path(root) / study
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            (self.folder / ".lock").touch()
        except OSError as error:
            raise storage_error(self.folder, error) from error
        if not os.access(self.folder, os.W_OK):
            raise StorageError(f"{self.folder}: is not writable. Choose another folder with --store.")

    def write(self, record: Record) -> None:
        """Keep `record`: written under a temporary name, synced, then renamed in one instant."""
        part = self.folder / f".tmp-{record.key}-{uuid.uuid4().hex[:8]}"
        files = {
            CURVES: "".join(
                json.dumps({"name": n, "values": list(v)}) + "\n" for n, v in record.curves.items()
            ).encode(),
            ARRAYS: save_arrays({n: np.asarray(a, order="C") for n, a in record.arrays.items()}),
            LOG: record.log.encode(errors="replace"),
        }
        body = {
            **{name: getattr(record, name) for name in ("key", "condition", "seed", "state", "error")},
            "row": dict(record.row),
            "about": dict(record.about),
            "files": {name: sha256(content) for name, content in files.items()},
        }
        try:
            part.mkdir()
            for name, content in files.items():
                write_synced(part / name, content)
            write_synced(part / RUN, seal(body))
            self._set_aside(record.key)
            part.rename(self.folder / record.key)
            sync_folder(self.folder)
        except OSError as error:
            raise storage_error(self.folder, error) from error
        finally:
            shutil.rmtree(part, ignore_errors=True)

    def read(self, key: str) -> Record | None:
        """The record called `key`, or None if there is none.

        Raises:
            DamagedError: when any of its files is not what was written; the message names the file.
        """
        folder = self.folder / key
        if not folder.is_dir():
            return None
        body = unseal(folder / RUN)
        if body["key"] != key:
            raise DamagedError(f"{folder / RUN}: is the record of another trial, {body['key']}")
        contents: dict[str, bytes] = {}
        for name, digest in body["files"].items():
            try:
                contents[name] = (folder / name).read_bytes()
            except OSError as error:
                raise DamagedError(f"{folder / name}: cannot be read ({error.strerror})") from error
            if sha256(contents[name]) != digest:
                raise DamagedError(f"{folder / name}: content does not match its checksum")
        try:
            arrays = load_arrays(contents[ARRAYS])
        except SafetensorError as error:
            raise DamagedError(f"{folder / ARRAYS}: {error}") from error
        curves = [json.loads(line) for line in contents[CURVES].decode().splitlines()]
        plain = {name: body[name] for name in ("key", "condition", "seed", "state", "error", "row", "about")}
        return Record(
            **plain,
            curves={c["name"]: c["values"] for c in curves},
            arrays=arrays,
            log=contents[LOG].decode(),
        )

    def keys(self) -> list[str]:
        """Every record there is, whole or not, in no order of importance."""
        return sorted(p.name for p in self.folder.iterdir() if p.is_dir() and not p.name.startswith("."))

    def quarantine(self, key: str) -> Path:
        """Move a damaged record out of the way; it is kept for inspection, never trusted, never in the way."""
        return self._set_aside(key) or self.folder / key

    def _set_aside(self, key: str) -> Path | None:
        folder = self.folder / key
        if not folder.exists():
            return None
        aside = self.folder / f".replaced-{key}-{uuid.uuid4().hex[:8]}"
        folder.rename(aside)
        return aside

    def claim(self, key: str) -> bool:
        """Take trial `key` for this process; False if a living process has it."""
        with self._locked():
            owner = Owner.read(self._claim_file(key))
            if owner is not None and owner.is_alive() and not owner.is_me():
                return False
            try:
                self._claim_file(key).write_text(Owner.me().to_json())
            except OSError as error:
                raise storage_error(self.folder, error) from error
            return True

    def release(self, key: str) -> None:
        """Give trial `key` back."""
        self._claim_file(key).unlink(missing_ok=True)

    def is_claimed(self, key: str) -> bool:
        """Whether a process, living or dead, has not given trial `key` back."""
        return Owner.read(self._claim_file(key)) is not None

    def is_running(self, key: str) -> bool:
        """Whether a living process has trial `key`."""
        owner = Owner.read(self._claim_file(key))
        return owner is not None and owner.is_alive()

    def heartbeat(self, key: str) -> None:
        """Show that the owner of `key` is still at it, for owners on other machines."""
        with contextlib.suppress(FileNotFoundError):
            os.utime(self._claim_file(key))

    def sweep(self, older_than_s: float = 3600.0) -> None:
        """Remove temporary folders that a killed process left behind."""
        for path in self.folder.glob(".tmp-*"):
            with contextlib.suppress(FileNotFoundError):
                if time.time() - path.stat().st_mtime > older_than_s:
                    shutil.rmtree(path, ignore_errors=True)

    def _claim_file(self, key: str) -> Path:
        return self.folder / f".claim-{key}"

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        with open(self.folder / ".lock") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
