"""Cards kept between two calls of the command, so that listing hundreds of entries parses only what changed."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from neurarium.core.card import Card

CACHE = "NEURARIUM_CACHE"
READER = Path(__file__).with_name("catalogue.py")
_TUPLE = "()"  # key of a tuple in JSON, which knows only lists


class CardCache:
    """Cards by file, room, time and size; a cache that cannot be read or written is as good as none.

    Args:
        path: its JSON file; default ``cards.json`` in ``$NEURARIUM_CACHE``, else in ``~/.cache/neurarium``.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or Path(os.environ.get(CACHE) or Path.home() / ".cache" / "neurarium") / "cards.json"
        self._known: dict[str, Any] = {}
        self._is_changed = False
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            kept = json.loads(self.path.read_bytes())
            if kept["maker"] == _maker():
                self._known = dict(kept["cards"])

    def get(self, path: Path, room: str) -> Card | None:
        """The card of `path` if the file is as it was when the card was kept."""
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            kept = self._known[str(path)]
            if kept["stamp"] == _stamp(path, room):
                return Card(**{**_decoded(kept["card"]), "path": path})
        return None

    def put(self, path: Path, room: str, card: Card) -> None:
        """Keep `card`, unless it holds something JSON cannot give back as it was."""
        says = {f.name: getattr(card, f.name) for f in fields(card) if f.name != "path"}
        with contextlib.suppress(OSError, TypeError):
            self._known[str(path)] = {"stamp": _stamp(path, room), "card": _encoded(says)}
            self._is_changed = True

    def save(self) -> None:
        """Write what is new, in one instant; files that are gone are forgotten."""
        if not self._is_changed:
            return
        known = {name: kept for name, kept in self._known.items() if Path(name).is_file()}
        part = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        with contextlib.suppress(OSError, ValueError):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            part.write_text(json.dumps({"maker": _maker(), "cards": known}), encoding="utf-8")
            os.replace(part, self.path)
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        self._is_changed = False


def _maker() -> list[int]:
    """Changes whenever cards could be read in another way."""
    return [READER.stat().st_mtime_ns, *sys.version_info[:2]]


def _stamp(path: Path, room: str) -> list[Any]:
    about = path.stat()
    return [room, about.st_mtime_ns, about.st_size]


def _encoded(value: Any) -> Any:
    if isinstance(value, tuple):
        return {_TUPLE: [_encoded(v) for v in value]}
    if isinstance(value, Mapping):
        if _TUPLE in value or not all(isinstance(k, str) for k in value):
            raise TypeError("not a mapping that JSON gives back as it was")
        return {k: _encoded(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_encoded(v) for v in value]
    if value is None or type(value) in (bool, int, float, str):
        return value
    raise TypeError(f"{type(value).__name__} is not JSON")


def _decoded(value: Any) -> Any:
    if isinstance(value, dict):
        if _TUPLE in value:
            return tuple(_decoded(v) for v in value[_TUPLE])
        return {k: _decoded(v) for k, v in value.items()}
    return [_decoded(v) for v in value] if isinstance(value, list) else value
