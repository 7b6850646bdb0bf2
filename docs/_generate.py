"""Write the pages that say what the code says: rooms, catalogue, studies, reference, vocabulary.

MkDocs calls :func:`on_config` before it builds; ``python docs/_generate.py`` does the same by hand. Everything is read
from cards, docstrings and the ledger without importing an entry, so a broken one cannot break the site.
"""

from __future__ import annotations

import ast
import html
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from neurarium.core.card import Card
from neurarium.core.catalogue import NOT_ROOMS, PACKAGE, cards
from neurarium.core.vocabulary import METRICS, PARAMETERS
from neurarium.engine.fingerprint import closure
from neurarium.engine.ledger import read

DOCS = Path(__file__).resolve().parent
LEDGER = DOCS.parent / "ledger" / "quick.jsonl"
FOLDERS = ("catalogue", "reference")
BELOW_THE_ROOMS = ("core", "engine")
CLAIM_WORDS = (
    "neurarium.engine.rows.Sample",
    "neurarium.engine.rows.Sweep",
    "neurarium.engine.evidence.Evidence",
    "neurarium.engine.stats",
)
ROLE = re.compile(r":(?:class|func|meth|mod|attr|data):`~?([^`]+)`")
HOMES = {"arxiv": "https://arxiv.org/abs/", "doi": "https://doi.org/"}

Pages = dict[str, str]


def pages(ledger: Path = LEDGER) -> Pages:
    """Every generated page: path below ``docs/`` -> Markdown."""
    entries, studies = [c for c in cards() if c.kind != "study"], cards("study")
    verdicts = read(ledger)
    used_by = {c.path: [s for s in studies if c.path in closure(s.path)] for c in entries}
    made = {
        "catalogue/index.md": _catalogue(entries, used_by),
        "catalogue/studies.md": _studies(studies, verdicts),
        "reference/vocabulary.md": _vocabulary(),
    }
    for study in studies:
        uses = [c for c in entries if study in used_by[c.path]]
        made[f"catalogue/studies/{study.name}.md"] = _study(study, verdicts.get(study.name), uses)
    for room in rooms():
        made[f"catalogue/rooms/{slug(room)}.md"] = _room(room, [c for c in entries if c.room == room])
    for place in (*BELOW_THE_ROOMS, *rooms()):
        made[f"reference/{slug(place)}.md"] = _reference(place, [c for c in entries if c.room == place])
    return made


def write(docs: Path = DOCS, ledger: Path = LEDGER) -> list[Path]:
    """Write what changed, remove what is no longer generated; gives back every page."""
    wanted = {docs / path: text for path, text in pages(ledger).items()}
    for stale in {p for f in FOLDERS for p in (docs / f).rglob("*.md")} - set(wanted):
        stale.unlink()
    for path, text in wanted.items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return sorted(wanted)


def rooms() -> list[str]:
    """Every room with a docstring of its own, e.g. ``neurons`` or ``nets/recurrent``; studies apart."""
    found = (p.parent.relative_to(PACKAGE).as_posix() for p in PACKAGE.rglob("__init__.py"))
    return sorted(r for r in found if r != "." and r.split("/")[0] not in {*NOT_ROOMS, "studies"})


def exports(place: str) -> dict[str, str]:
    """What a package re-exports: name -> full path, e.g. ``LIF`` -> ``neurarium.neurons.lif.LIF``."""
    tree = ast.parse((PACKAGE / place / "__init__.py").read_text(encoding="utf-8"))
    found = {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("neurarium.")
        for alias in node.names
    }
    return dict(sorted(found.items(), key=lambda item: item[0].lower()))


def targets() -> dict[str, str]:
    """Where every exported name is described."""
    return {name: path for place in (*BELOW_THE_ROOMS, *rooms()) for name, path in exports(place).items()}


def slug(room: str) -> str:
    """File name of a room: ``nets/recurrent`` -> ``nets-recurrent``."""
    return room.replace("/", "-")


# Pages


def _catalogue(entries: list[Card], used_by: Mapping[Path, list[Card]]) -> str:
    text = ["# Parts, tasks and measures", "", f"{len(entries)} entries, by room."]
    for room in dict.fromkeys(c.room for c in sorted(entries, key=lambda c: c.room)):
        title = f"[{room}](rooms/{slug(room)}.md)" if room in rooms() else room
        text += ["", f"## {title}", "", *_table(("name", "kind", "what it is", "paper", "used by"))]
        for card in (c for c in entries if c.room == room):
            studies = ", ".join(f"[{s.name}](studies/{s.name}.md)" for s in used_by[card.path])
            text.append(_line(_api(card), card.kind, safe(card.summary) + _honesty(card), _short(card), studies))
    return _page(text)


def _studies(studies: list[Card], verdicts: Mapping[str, Mapping[str, Any]]) -> str:
    text = ["# Studies", "", "What was asked of each idea, and what its first claim came to at quick scale.", ""]
    text += _table(("study", "room", "question", "verdict"))
    for card in studies:
        line = verdicts.get(card.name)
        outcome = line["outcome"] if line else "not measured yet"
        text.append(_line(f"[{card.name}](studies/{card.name}.md)", card.room, safe(_question(card)), safe(outcome)))
    return _page(text)


def _study(card: Card, line: Mapping[str, Any] | None, uses: list[Card]) -> str:
    text = [f"# {card.name}", "", f"**{safe(_question(card))}**", ""]
    text += ["```", f"neurarium run {card.name}", "```", ""]
    text += [f"Paper: {paper(card.paper) or 'none'} · room: {safe(card.room)}"]
    if covers := card.more.get("covers"):
        text += ["", "Also decides: " + ", ".join(f"`{c}`" for c in _words(covers)) + "."]
    text += ["", "## Claims", ""]
    constants = _constants(card.path)
    for i, claim in enumerate(card.more["claims"]):
        reason = claim.get("margin_reason", "")
        text += [
            f"{i + 1}. {safe(claim['text'])}",
            "",
            f"    *Why this margin:* {safe(constants.get(reason, reason))}",
            "",
        ]
    text += ["## Verdict", "", *_verdict(line), "", "## Conditions", "", *_conditions(card), ""]
    text += ["## What differs from the paper", "", *[f"- {safe(d)}" for d in _words(card.more.get("deviations"))]]
    if not card.more.get("deviations"):
        text += ["Nothing is declared."]
    text += ["", "## Built from", "", *[f"- {_api(c)}: {safe(c.summary)}" for c in uses]]
    return _page(text)


def _verdict(line: Mapping[str, Any] | None) -> list[str]:
    if line is None:
        return ["Not in the ledger yet."]
    text = _table(("claim", "verdict", "effect", "interval", "held against", "n", "why"))
    for v in line["verdicts"]:
        interval = f"{_number(v['low'], v['unit'])} to {_number(v['high'], v['unit'])}"
        margin = " to ".join(_number(m, v["unit"]) for m in _words(v["margin"]))
        row = (
            v["claim"].replace("_", " "),
            v["outcome"],
            _measured(v["effect"], v["unit"]),
            f"{interval} ({_number(100 * v['level'])} %)",
            margin,
            v["n"],
            v["reason"],
        )
        text.append(_line(*(safe(cell) for cell in row)))
    where = ", ".join(f"{k} {v}" for k, v in dict(line.get("versions", {})).items() if v)
    facts = f"Measured at quick scale in {_number(line['seconds'])} s; commit {line['commit'] or 'unknown'}; {where}."
    return [*text, "", safe(facts)]


def _conditions(card: Card) -> list[str]:
    conditions, controls = card.more["conditions"], _words(card.more.get("controls"))
    roles = {card.more["baseline"]: "baseline", **dict.fromkeys(controls, "control")}
    if not isinstance(conditions, Mapping):  # built by an expression: shown as written
        named = [f"- `{name}`: {role}" for name, role in roles.items()]
        return ["```python", str(conditions), "```", "", *named]
    text = _table(("condition", "role", "arguments"))
    for name, given in conditions.items():
        said = ", ".join(f"{k}={v}" for k, v in given.items()) if isinstance(given, Mapping) else str(given)
        text.append(_line(f"`{name}`", roles.get(name, ""), f"`{said}`" if said else ""))
    gate = card.more.get("gate")
    return [*text, "", f"Skill gate: `{gate}`"] if gate else text


def _room(room: str, entries: list[Card]) -> str:
    text = [f"# {room}", "", linked(_docstring(room), targets())]
    if entries:
        text += ["", "## What is here", "", *_table(("name", "kind", "what it is", "paper"))]
        text += [_line(_api(c), c.kind, safe(c.summary) + _honesty(c), _short(c)) for c in entries]
    text += ["", f"Every argument: [reference](../../reference/{slug(room)}.md)."]
    return _page(text)


def _reference(place: str, entries: list[Card]) -> str:
    package = "neurarium." + place.replace("/", ".")
    text = [f"# {package}", "", linked(_docstring(place), targets())]
    listed = [*exports(place).values(), *(CLAIM_WORDS if place == "engine" else ())]
    for path in dict.fromkeys([*listed, *(f"{c.module}.{c.symbol}" for c in entries)]):
        text += ["", f"::: {path}"]
    return _page(text)


def _vocabulary() -> str:
    text = ["# Vocabulary", "", "One meaning for each word.", "", "## Metrics", ""]
    text += _table(("metric", "meaning", "better", "level", "unit"))
    for name, m in sorted(METRICS.items()):
        text.append(_line(f"`{name}`", safe(m.meaning), m.better, m.level, m.unit))
    text += ["", "## Parameters", "", *_table(("parameter", "meaning"))]
    return _page([*text, *(_line(f"`{name}`", safe(meaning)) for name, meaning in sorted(PARAMETERS.items()))])


# Pieces


def linked(text: str, known: Mapping[str, str]) -> str:
    """Docstring roles as Markdown: ``:class:`LIF``` becomes a link to where `LIF` is described, else plain code."""

    def link(role: re.Match[str]) -> str:
        name = role[1]
        return f"[`{name}`][{known[name]}]" if name in known else f"`{name}`"

    return ROLE.sub(link, text)


def paper(reference: str, label: str = "") -> str:
    """A link to ``arxiv:...`` or ``doi:...``."""
    kind, _, number = reference.partition(":")
    return f"[{safe(label or reference)}](<{HOMES[kind]}{html.escape(number)}>)" if kind in HOMES else safe(reference)


def safe(text: Any) -> str:
    """Text from a file, harmless in Markdown and HTML and inside a table."""
    return html.escape(str(text), quote=False).replace("|", "&#124;").replace("\n", " ")


def _api(card: Card) -> str:
    return f"[`{card.symbol}`][{card.module}.{card.symbol}]"


def _honesty(card: Card) -> str:
    said = card.more.get("source") or card.more.get("level")
    return f" *({safe(said)})*" if said else ""


def _short(card: Card) -> str:
    return paper(card.paper, label=card.paper.partition(":")[0])


def _question(card: Card) -> str:
    return str(card.more.get("question") or card.summary)


def _docstring(place: str) -> str:
    return ast.get_docstring(ast.parse((PACKAGE / place / "__init__.py").read_text(encoding="utf-8"))) or ""


def _words(value: Any) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, (tuple, list)) else () if value in (None, "") else (value,)


def _constants(path: Path) -> dict[str, Any]:
    """Names that a file gives to literals, e.g. one margin's reason that several claims share."""
    found = {}
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
            found.update({t.id: node.value.value for t in node.targets if isinstance(t, ast.Name)})
    return found


def _measured(value: Any, unit: str) -> str:
    shown = "points" if unit == "fraction" else unit
    return f"{_number(value, unit)} {shown}".rstrip()


def _number(value: Any, unit: str = "") -> str:
    if not isinstance(value, (int, float)):
        return "–" if value is None else str(value)
    return f"{100 * value if unit == 'fraction' else value:.3g}"


def _table(head: Iterable[str]) -> list[str]:
    head = list(head)
    return [_line(*head), _line(*["---"] * len(head))]


def _line(*cells: Any) -> str:
    return "| " + " | ".join(map(str, cells)) + " |"


def _page(lines: Iterable[str]) -> str:
    return "\n".join(lines).rstrip() + "\n"


# MkDocs


def on_config(config: Any) -> Any:
    """Write the pages and put them into the navigation."""
    write(Path(config["docs_dir"]))
    studies = [{"All studies": "catalogue/studies.md"}]
    studies += [{c.name: f"catalogue/studies/{c.name}.md"} for c in cards("study")]
    choose = [{room: f"catalogue/rooms/{slug(room)}.md"} for room in rooms()]
    reference = [{place: f"reference/{slug(place)}.md"} for place in (*BELOW_THE_ROOMS, *rooms())]
    config["nav"] += [
        {"Rooms": [{"All entries": "catalogue/index.md"}, *choose]},
        {"Studies": studies},
        {"Reference": [*reference, {"Vocabulary": "reference/vocabulary.md"}]},
        {"Project": config["extra"]["project"]},
    ]
    return config


if __name__ == "__main__":
    print(f"{len(write())} pages written below {DOCS}")
