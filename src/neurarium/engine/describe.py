"""What can be said about entries from their source and the ledger alone: nothing is imported, nothing is run."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Mapping
from typing import Any

from neurarium.core.card import Card
from neurarium.core.catalogue import CardError, cards_found, entries, find
from neurarium.core.errors import unknown
from neurarium.engine import ledger

KINDS = ("study", "part", "task", "measure")
NO_VERDICT = "none"
VERDICTS = ("holds", "does not hold", "inconclusive", NO_VERDICT)
STUDY_SAYS = ("question", "conditions", "baseline", "controls", "seeds", "scales", "gate", "deviations", "covers")


def listing(
    *, kind: str | None = None, room: str | None = None, tag: str | None = None, verdict: str | None = None
) -> tuple[list[dict[str, Any]], list[str]]:
    """The entries that fit every filter, and what is wrong with files that cannot be read.

    Args:
        kind: study, part, task or measure.
        room: a room; those inside it count.
        tag: a word of the card.
        verdict: outcome of a study's primary claim in the ledger, or ``none``.

    Raises:
        UnknownNameError: for a filter no entry could ever fit.
    """
    found = entries()
    cards = [c for c in found if isinstance(c, Card)]
    rooms = {"/".join(c.room.split("/")[: i + 1]) for c in cards for i in range(c.room.count("/") + 1)}
    asked = {"kind": (kind, KINDS), "room": (room, rooms), "verdict": (verdict, VERDICTS)}
    asked["tag"] = (tag, {t for c in cards for t in c.tags})
    for word, (value, known) in asked.items():
        if value is not None and value not in known:
            raise unknown(word, value, known)
    lines = ledger.read()
    rows = [
        {**card_data(c), "verdict": _outcome(c, lines)}
        for c in cards
        if kind in (None, c.kind)
        and (room is None or f"{c.room}/".startswith(f"{room}/"))
        and (tag is None or tag in c.tags)
    ]
    is_judged = [
        r for r in rows if verdict is None or (r["kind"] == "study" and (r["verdict"] or NO_VERDICT) == verdict)
    ]
    return is_judged, [str(e) for e in found if isinstance(e, CardError)]


def about(name: str) -> dict[str, Any]:
    """Everything that is known of one entry, as JSON data.

    Raises:
        UnknownNameError: when there is none.
    """
    card = find(name)
    if card.kind == "study":
        return {**card_data(card), **_study_data(card, ledger.read().get(card.name, {}))}
    says = {**card_data(card), "import": f"from {_package(card)} import {card.symbol}", "equation": equation(card)}
    return {**says, **card.more, "studies": used_by(card)}


def card_data(card: Card) -> dict[str, Any]:
    """What every card says."""
    return {
        "name": card.name,
        "kind": card.kind,
        "room": card.room,
        "symbol": card.symbol,
        "summary": card.summary,
        "paper": card.paper,
        "tags": list(card.tags),
        "file": str(card.path),
    }


def equation(card: Card) -> str:
    """The paragraphs of the entry's docstring that are set as code: its equations, one or more a line."""
    for node in ast.parse(card.path.read_text(encoding="utf-8")).body:
        if isinstance(node, (ast.ClassDef, ast.FunctionDef)) and node.name == card.symbol:
            text = inspect.cleandoc(ast.get_docstring(node) or "").partition("\nArgs:")[0]
            found = [p for p in text.split("\n\n") if p.startswith("``")]
            return "\n".join(found).replace("``", "")
    return ""


def used_by(card: Card) -> list[str]:
    """The studies that import the entry, from its own module or through a package that exports it."""
    studies = (c for c in cards_found() if c.kind == "study" and c.path != card.path)
    return [study.name for study in studies if _imports(study, card)]


def _imports(study: Card, card: Card) -> bool:
    source = study.path.read_text(encoding="utf-8")
    if card.symbol not in source and card.path.stem not in source:
        return False
    return any(_is_import_of(node, card) for node in ast.walk(ast.parse(source)))


def _is_import_of(node: ast.AST, card: Card) -> bool:
    if isinstance(node, ast.Import):
        return any(alias.name == card.module for alias in node.names)
    if not isinstance(node, ast.ImportFrom) or node.module is None or node.level:
        return False
    if node.module == card.module:
        return any(alias.name == card.symbol for alias in node.names)
    is_above = card.module.startswith(f"{node.module}.")
    return is_above and any(alias.name in (card.symbol, card.path.stem) for alias in node.names)


def _outcome(card: Card, lines: Mapping[str, ledger.Line]) -> str | None:
    return lines.get(card.name, {}).get("outcome") if card.kind == "study" else None


def _study_data(card: Card, line: ledger.Line) -> dict[str, Any]:
    judged = {v["claim"]: v for v in line.get("verdicts", [])}
    claims = [{**claim, "verdict": judged.get(claim["name"])} for claim in card.more["claims"]]
    return {**{name: card.more[name] for name in STUDY_SAYS if name in card.more}, "claims": claims}


def _package(card: Card) -> str:
    return card.module.rpartition(".")[0]
