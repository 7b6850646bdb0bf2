"""Find every entry by its path and read its card with ``ast``: nothing is imported, so nothing can break it."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from neurarium.core._card_cache import CardCache
from neurarium.core.card import Card
from neurarium.core.errors import NeurariumError, unknown

PACKAGE = Path(__file__).resolve().parent.parent
NOT_ROOMS = {"core", "engine", "__pycache__"}
DECORATORS = {"part", "task", "measure"}
SEARCH_PATH = "NEURARIUM_PATH"


class CardError(NeurariumError):
    """A file that should be an entry has no card that can be read."""


def roots() -> list[Path]:
    """The package, then every folder of ``$NEURARIUM_PATH`` (laid out in the same rooms)."""
    more = [Path(p) for p in os.environ.get(SEARCH_PATH, "").split(os.pathsep) if p]
    return [PACKAGE, *more]


def entry_files() -> Iterator[tuple[Path, str]]:
    """Every file that is an entry, with its room: no leading underscore, inside a room."""
    for root in roots():
        for path in sorted(root.rglob("*.py")):
            folders = path.relative_to(root).parts[:-1]
            if not folders or folders[0] in NOT_ROOMS or path.stem.startswith("_"):
                continue
            if any(f.startswith(("_", ".")) for f in folders):
                continue
            yield path, "/".join(folders)


def cards(kind: str | None = None) -> list[Card]:
    """The cards of all entries (of one `kind`), in the order of room and name."""
    found = entries()
    for entry in found:
        if isinstance(entry, CardError):
            raise entry
    return [c for c in found if isinstance(c, Card) and kind in (None, c.kind)]


def cards_found(kind: str | None = None) -> list[Card]:
    """Those of :func:`cards` that can be read."""
    return [c for c in entries() if isinstance(c, Card) and kind in (None, c.kind)]


def entries() -> list[Card | CardError]:
    """The cards of all entries, in order; a file whose card cannot be read gives its error, and breaks only itself."""
    cache = CardCache()
    found: list[Card] = []
    broken: list[CardError] = []
    for path, room in entry_files():
        card = cache.get(path, room)
        if card is None:
            try:
                card = read_card(path, room)
            except CardError as error:
                broken.append(error)
                continue
            cache.put(path, room, card)
        found.append(card)
    cache.save()
    found.sort(key=lambda c: (c.kind, c.room, c.name))
    return [*found, *broken]


def find(name: str, kind: str | None = None) -> Card:
    """The entry called `name` (``LeakyRNN``, ``leaky_rnn`` and ``leaky-rnn`` are one name).

    Raises:
        UnknownNameError: with the nearest names when there is none.
    """
    wanted = _norm(name)
    for path, room in entry_files():
        is_study = room.startswith("studies")
        if _norm(path.stem) == wanted and (kind is None or is_study == (kind == "study")):
            return read_card(path, room)
    for card in cards_found(kind):  # a row that another study covers
        if wanted in map(_norm, card.more.get("covers", ())):
            return card
    known = [
        p.stem.replace("_", "-")
        for p, r in entry_files()
        if kind is None or r.startswith("studies") == (kind == "study")
    ]
    raise unknown(kind or "entry", name, sorted(known, key=len), "`neurarium list` shows them all.")


def read_card(path: Path, room: str | None = None) -> Card:
    """Read the card of one file without importing it.

    Raises:
        CardError: when the file does not parse or holds no card; the message names the file.
    """
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except (OSError, SyntaxError, ValueError) as error:
        raise CardError(f"{path}: cannot be read as Python ({error}). Mend or remove the file.") from error
    room = room if room is not None else "/".join(path.parts[-2:-1])
    if room == "studies" or room.startswith("studies/"):
        return _study_card(path, room.removeprefix("studies").strip("/"), tree)
    for node in tree.body:
        for call in getattr(node, "decorator_list", []):
            if isinstance(call, ast.Call) and _called(call) in DECORATORS:
                says = _keywords(call)
                return _card(_called(call), path, room, node.name, says)  # type: ignore[attr-defined]
    raise CardError(f"{path}: no @part, @task or @measure. Add one, or start the file's name with an underscore.")


def _study_card(path: Path, room: str, tree: ast.Module) -> Card:
    claims = []
    says: dict[str, Any] | None = None
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and _called(node.value) == "Study":
            says = _keywords(node.value)
        for call in getattr(node, "decorator_list", []):
            if isinstance(call, ast.Call) and ast.unparse(call.func) == "study.claim":
                claims.append({"name": node.name, "text": _first(call), **_keywords(call)})  # type: ignore[attr-defined]
    if says is None:
        raise CardError(f"{path}: no `study = Study(...)` at the top level. See `neurarium new study`.")
    says["claims"] = claims
    says.setdefault("summary", (ast.get_docstring(tree) or "").split("\n")[0])
    return _card("study", path, room, "study", says)


def _card(kind: Any, path: Path, room: str, symbol: str, says: dict[str, Any]) -> Card:
    common = {
        "summary": says.pop("summary", ""),
        "paper": says.pop("paper", ""),
        "tags": tuple(says.pop("tags", ())),
    }
    return Card(name=path.stem.replace("_", "-"), kind=kind, room=room, symbol=symbol, path=path, more=says, **common)


def _keywords(call: ast.Call) -> dict[str, Any]:
    return {k.arg: literal(k.value) for k in call.keywords if k.arg}


def _first(call: ast.Call) -> Any:
    return literal(call.args[0]) if call.args else ""


def _called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def literal(node: ast.expr) -> Any:
    """The value of a literal; ``dict(a=1)`` counts as one, and whatever is no literal stays as its source text."""
    if isinstance(node, ast.Dict) and all(node.keys):
        return {literal(k): literal(v) for k, v in zip(node.keys, node.values, strict=True) if k}
    if isinstance(node, ast.Call) and _called(node) == "dict" and not node.args:
        return _keywords(node)
    if isinstance(node, (ast.Tuple, ast.List)):
        return tuple(literal(e) for e in node.elts)
    try:
        return ast.literal_eval(node)
    except ValueError:
        return ast.unparse(node)


def _norm(name: str) -> str:
    return name.lower().replace("-", "").replace("_", "")
