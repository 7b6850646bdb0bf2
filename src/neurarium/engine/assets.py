"""Assets: a trained model or a table that several studies need, built once and verified on every read."""

from __future__ import annotations

import contextlib
import contextvars
import fcntl
import functools
import hashlib
import inspect
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load, save

from neurarium.core.errors import NeurariumError, bad
from neurarium.engine.files import DamagedError, replace_whole, seal, sha256, storage_error, unseal
from neurarium.engine.fingerprint import canonical, source_hash

CACHE = "NEURARIUM_CACHE"
_spent: contextvars.ContextVar[list[float] | None] = contextvars.ContextVar("asset_seconds", default=None)

Arrays = dict[str, np.ndarray]


def cache_folder() -> Path:
    """``$NEURARIUM_CACHE``, else ``~/.cache/neurarium``."""
    return Path(os.environ.get(CACHE) or Path.home() / ".cache" / "neurarium")


def asset(build: Callable[..., Mapping[str, Any]]) -> Callable[..., Arrays]:
    """Wrap ``build(*, ...) -> {name: array}`` so that it runs once for each set of arguments.

    The result is stored as safetensors under a hash of the arguments and of the builder's source with all it imports
    from neurarium; a damaged file is noticed and built again. Two processes that want it at once build it once.
    Its seconds are counted apart from the trial's (:func:`counted`).

    Raises:
        NeurariumError: when the builder takes positional arguments or gives something else than arrays.
    """
    if any(p.kind is not p.KEYWORD_ONLY for p in inspect.signature(build).parameters.values()):
        raise bad("asset", "build", "take keyword-only arguments", build.__qualname__)

    @functools.wraps(build)
    def cached(**arguments: Any) -> Arrays:
        started = time.perf_counter()
        filled = {
            **{n: p.default for n, p in inspect.signature(build).parameters.items() if p.default is not p.empty},
            **arguments,
        }
        says = [
            build.__module__,
            build.__qualname__,
            canonical(filled),
            source_hash(Path(inspect.getfile(build))),
        ]
        key = hashlib.sha256(json.dumps(says, sort_keys=True).encode()).hexdigest()[:20]
        folder = cache_folder() / "assets" / f"{build.__name__}-{key}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / ".lock").touch()
        except OSError as error:
            raise storage_error(folder, error) from error
        with _locked(folder / ".lock"):
            found = _read(folder)
            arrays = found if found is not None else _built(build, filled, folder)
        spent = _spent.get()
        if spent is not None:
            spent.append(time.perf_counter() - started)
        return arrays

    return cached


@contextlib.contextmanager
def counted() -> Iterator[list[float]]:
    """Collect the seconds that assets take inside the block."""
    token = _spent.set(seconds := [])
    try:
        yield seconds
    finally:
        _spent.reset(token)


def _built(build: Callable[..., Mapping[str, Any]], arguments: Mapping[str, Any], folder: Path) -> Arrays:
    arrays: Arrays = {}
    token = _spent.set(None)  # assets that this one is built from are part of its own seconds
    try:
        built = build(**arguments)
    finally:
        _spent.reset(token)
    for name, value in built.items():
        array = value.detach().cpu().numpy() if hasattr(value, "detach") else value
        if not isinstance(array, np.ndarray):
            raise NeurariumError(
                f"asset {build.__name__}: {name!r} is a {type(value).__name__}, not an array or tensor."
            )
        arrays[name] = np.asarray(array, order="C")
    blob = save(arrays)
    replace_whole(folder / "arrays.safetensors", blob)
    replace_whole(folder / "asset.json", seal({"sha256": sha256(blob), "arguments": canonical(arguments)}))
    return arrays


def _read(folder: Path) -> Arrays | None:
    if not (folder / "asset.json").exists():
        return None
    try:
        blob = (folder / "arrays.safetensors").read_bytes()
        return load(blob) if sha256(blob) == unseal(folder / "asset.json")["sha256"] else None
    except (OSError, KeyError, DamagedError):
        return None


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    with open(path, "a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
