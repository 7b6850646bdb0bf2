"""What a result depends on, as a hash: a changed equation makes its old rows stale, a changed comment does not."""

from __future__ import annotations

import ast
import dataclasses
import functools
import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from neurarium.core.catalogue import PACKAGE
from neurarium.core.errors import bad

ENGINE = "neurarium.engine"  # moves and stores rows, does not compute them
FORMAT = 1


def canonical(value: Any) -> Any:
    """`value` as JSON data that is the same in every process.

    Classes and functions count by name, dataclasses by field, arrays and tensors by content.

    Raises:
        NeurariumError: for an object that only shows its address, which differs from one process to the next.
    """
    if isinstance(value, Mapping):
        return {str(k): canonical(v) for k, v in sorted(value.items(), key=lambda kv: str(kv[0]))}
    if isinstance(value, (list, tuple)):
        return [canonical(v) for v in value]
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, functools.partial):
        return {
            "partial": canonical(value.func),
            "args": canonical(value.args),
            "with": canonical(value.keywords),
        }
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {f.name: canonical(getattr(value, f.name)) for f in dataclasses.fields(value)}
        return {type(value).__qualname__: fields}
    if isinstance(value, (set, frozenset)):
        return {"set": sorted((canonical(v) for v in value), key=lambda v: json.dumps(v, sort_keys=True))}
    if hasattr(value, "__array__") and not isinstance(value, type):
        tensor = getattr(value, "detach", None)
        array = np.asarray(tensor().cpu() if tensor else value, order="C")
        return {"array": [str(array.dtype), list(array.shape), hashlib.sha256(array.tobytes()).hexdigest()]}
    if hasattr(value, "__qualname__"):
        return f"{value.__module__}.{value.__qualname__}"
    text = f"{type(value).__module__}.{type(value).__qualname__}:{value}"
    if " at 0x" in text:
        raise bad("Study", "conditions", "be numbers, words, arrays, classes, functions or dataclasses", value)
    return text


def trial_key(arguments: Mapping[str, Any], condition: str, seed: int, sizes: Mapping[str, Any], source: str) -> str:
    """The name of one trial's folder: hash of condition, seed, sizes and source."""
    parts = [FORMAT, condition, canonical(arguments), seed, canonical(sizes), source]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:20]


def source_hash(path: Path) -> str:
    """Hash of a study's code and of every neurarium module it reaches, comments and docstrings apart."""
    digest = hashlib.sha256()
    for file in sorted(closure(path), key=lambda p: (p != path, str(p))):
        digest.update(_code(file, file.stat().st_mtime_ns).encode())
    return digest.hexdigest()[:20]


def closure(path: Path) -> set[Path]:
    """The study's file and every file of the package that its imports reach, the engine apart.

    Every trial is handed an Rng, so the file of Rng is always among them.
    """
    seen: set[Path] = set()
    todo = [path, PACKAGE / "core" / "rng.py"]
    while todo:
        file = todo.pop()
        if file not in seen:
            seen.add(file)
            todo.extend(_imports(file, file.stat().st_mtime_ns))
    return seen


@functools.cache
def _code(path: Path, mtime: int) -> str:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)) and ast.get_docstring(
            node
        ):
            node.body = node.body[1:] or [ast.Pass()]
    return ast.unparse(tree)


@functools.cache
def _imports(path: Path, mtime: int) -> tuple[Path, ...]:
    return tuple(dict.fromkeys(_reached(ast.parse(path.read_text(encoding="utf-8")), path)))


def _reached(tree: ast.Module, path: Path) -> Iterator[Path]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [(a.name, None) for a in node.names]
        elif isinstance(node, ast.ImportFrom) and (module := _absolute(node, path)):
            names = [(module, a.name) for a in node.names]
        else:
            continue
        for module, name in names:
            inner = f"{module}.{name or ''}."
            if module.split(".")[0] == "neurarium" and not inner.startswith(f"{ENGINE}."):
                yield from _files(module, name)


def _absolute(node: ast.ImportFrom, path: Path) -> str:
    """The dotted name an import is from; a relative one is followed inside the package only."""
    if not node.level:
        return node.module or ""
    folder = path.parents[node.level - 1]
    if not folder.is_relative_to(PACKAGE):
        return ""
    return ".".join(["neurarium", *folder.relative_to(PACKAGE).parts, *([node.module] if node.module else [])])


def _files(module: str, name: str | None) -> Iterator[Path]:
    """The files behind ``from module import name``: a package's re-export is followed to where the name lives."""
    base = PACKAGE.joinpath(*module.split(".")[1:])
    if (file := base.with_suffix(".py")).is_file():
        yield file
        return
    if name and (file := base / f"{name}.py").is_file():
        yield file
        return
    if name and (base / name / "__init__.py").is_file():
        yield from _files(f"{module}.{name}", None)
        return
    if not (init := base / "__init__.py").is_file():
        return
    for node in ast.walk(ast.parse(init.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and any((a.asname or a.name) == name for a in node.names):
            yield from _files(_absolute(node, init), next(a.name for a in node.names if (a.asname or a.name) == name))
            return
    yield init
