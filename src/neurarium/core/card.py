"""Cards: what every entry says about itself, readable without importing it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar

T = TypeVar("T")
Kind = Literal["part", "task", "measure", "study"]


@dataclass(frozen=True)
class Card:
    """What the catalogue knows of one entry.

    Attributes:
        name: the entry's name on the command line, e.g. ``leaky-rnn``.
        kind: part, task, measure or study.
        room: its folder, e.g. ``nets/recurrent``.
        symbol: the Python name to import, e.g. ``LeakyRNN`` (``study`` for a study).
        path: its file.
        summary: one line.
        paper: ``arxiv:...``, ``doi:...`` or ``""``.
        tags: words to filter by.
        more: everything else its card says (``reduces_to``, ``example``, ``covers``, ``conditions`` ...).
    """

    name: str
    kind: Kind
    room: str
    symbol: str
    path: Path
    summary: str
    paper: str = ""
    tags: tuple[str, ...] = ()
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def module(self) -> str:
        """Dotted name to import, e.g. ``neurarium.neurons.lif``."""
        where = "studies/" + self.room if self.kind == "study" else self.room
        return ".".join(["neurarium", *where.split("/"), self.path.stem])


def part(
    *,
    summary: str,
    paper: str = "",
    tags: tuple[str, ...] = (),
    reduces_to: Mapping[str, Mapping[str, Any]] | None = None,
    example: Mapping[str, Any] | None = None,
) -> Callable[[T], T]:
    """Card of a mechanism.

    Args:
        summary: one line, ends with a full stop.
        paper: ``arxiv:1803.09574`` or ``doi:10...``.
        tags: words to filter by; ``differentiable`` makes the catalogue test its gradients.
        reduces_to: limit laws, e.g. ``{"LIF": dict(beta=0.0)}``: with these arguments it equals that part.
        example: arguments to build it with where its defaults do not suffice.
    """
    return _carded("part", summary=summary, paper=paper, tags=tags, reduces_to=reduces_to, example=example)


def task(
    *, summary: str, source: Literal["real", "generated"], paper: str = "", tags: tuple[str, ...] = ()
) -> Callable[[T], T]:
    """Card of a source of data; `source` says honestly whether the data is real or generated."""
    return _carded("task", summary=summary, source=source, paper=paper, tags=tags)


def measure(
    *,
    summary: str,
    level: Literal["behaviour", "representation", "implementation"],
    paper: str = "",
    tags: tuple[str, ...] = (),
    is_metric: bool = False,
) -> Callable[[T], T]:
    """Card of a measure at one of Marr's levels; `is_metric` if it obeys the triangle inequality."""
    return _carded("measure", summary=summary, level=level, paper=paper, tags=tags, is_metric=is_metric)


def _carded(kind: Kind, **says: Any) -> Callable[[T], T]:
    def attach(entry: T) -> T:
        entry.__card__ = {"kind": kind, **{k: v for k, v in says.items() if v is not None}}  # type: ignore[attr-defined]
        return entry

    return attach
