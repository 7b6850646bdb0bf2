"""``--set a.b=3``: change one number of a study from the command line, by path and with its own type."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import TypeAdapter, ValidationError

from neurarium.core.errors import NeurariumError, bad, unknown


def override(tree: Mapping[str, Any], assignments: Sequence[str]) -> dict[str, Any]:
    """A copy of `tree` in which every ``path=value`` of `assignments` has been carried out.

    Args:
        tree: nested settings, e.g. ``{"scale": {...}, "conditions": {"alif": {"beta": 0.2}}}``.
        assignments: e.g. ``["conditions.alif.beta=0.3", "scale.n_epochs=2"]``; the value is JSON, or a bare word.

    Raises:
        NeurariumError: for a path that does not exist (with the nearest one) or a value of another type.

    Example:
        >>> override({"scale": {"n_epochs": 3}}, ["scale.n_epochs=5"])
        {'scale': {'n_epochs': 5}}
    """
    result = _copy(tree)
    for assignment in assignments:
        path, equals, text = assignment.partition("=")
        if not equals:
            raise bad("--set", "assignment", "look like a.b=3", assignment)
        *folders, leaf = path.strip().split(".")
        where = result
        for i, folder in enumerate(folders):
            where = _child(where, folder, ".".join(folders[: i + 1]))
            if not isinstance(where, dict):
                raise bad("--set", path, "name a single setting", assignment, f"{folder!r} has nothing below it.")
        where[leaf] = _converted(path, text.strip(), _child(where, leaf, path))
    return result


def _copy(tree: Any) -> Any:
    return {k: _copy(v) for k, v in tree.items()} if isinstance(tree, Mapping) else tree


def _child(where: Mapping[str, Any], key: str, path: str) -> Any:
    if key not in where:
        raise unknown(f"setting (in --set {path})", key, where)
    return where[key]


def _converted(path: str, text: str, old: Any) -> Any:
    try:
        value = json.loads(text)
    except json.JSONDecodeError:
        value = text
    if old is None:
        return value
    if not isinstance(old, (bool, int, float, str, tuple, list)):
        raise bad(
            "--set",
            path,
            "be a number, word or list",
            text,
            f"It holds {old!r}; write a condition in the study instead.",
        )
    if isinstance(old, (tuple, list)):
        values = value if isinstance(value, list) else [value]
        kinds = {_kind(v) for v in old}
        inner = kinds.pop() if len(kinds) == 1 else object
        return type(old)(_fitted(path, v, inner, old, text) for v in values)
    if isinstance(old, str):
        return value if isinstance(value, str) else text
    return _fitted(path, value, _kind(old), old, text)


def _kind(value: Any) -> type:
    return next((k for k in (bool, int, float, str) if isinstance(value, k)), object)


def _fitted(path: str, value: Any, kind: type, old: Any, text: str) -> Any:
    try:
        return TypeAdapter(kind).validate_python(value, strict=kind is not float) if kind is not object else value
    except ValidationError:
        what = type(old).__name__ if isinstance(old, (tuple, list)) else kind.__name__
        raise NeurariumError(f"--set: `{path}` must be a {what} like {old!r}, got {text!r}.") from None
