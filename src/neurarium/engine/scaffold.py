"""``neurarium new``: a complete, tested entry to start from, in its room of the checkout."""

from __future__ import annotations

import ast
import keyword
import re
from pathlib import Path
from string import Template
from typing import Literal

from neurarium.core.catalogue import entry_files
from neurarium.core.errors import NeurariumError, bad, unknown
from neurarium.engine.checkout import checkout
from neurarium.engine.files import storage_error

TEMPLATES = Path(__file__).with_name("_scaffold")
LONGEST_NAME, LONGEST_LINE = 40, 120
ROOMS = {
    "alignment": "how alike two systems are.",
    "cost": "what a computation takes.",
    "interpret": "what a trained system does, and by which mechanism.",
    "learning": "how credit reaches weights, and what keeps old knowledge.",
    "memory": "stores and recalls; built of atoms, used by nets.",
    "nets": "compounds of atoms; they never assume a learning rule.",
    "nets/attention": "nets that weigh their inputs by content.",
    "nets/fields": "nets whose units lie in a space.",
    "nets/functions": "nets that represent one function or signal.",
    "nets/generative": "nets that draw samples.",
    "nets/metanets": "nets that make, read or change nets.",
    "nets/modular": "nets of modules with their own work.",
    "nets/recurrent": "nets whose units feed back on each other.",
    "nets/spiking": "nets that speak in spikes.",
    "nets/vision": "nets that see.",
    "neurons": "point models of one cell.",
    "plasticity": "rules that change one weight matrix from what its two sides do.",
    "recordings": "what animals did, read from files.",
    "search": "looks for systems: architectures, rules, parameters.",
    "symbolic": "symbols, programs and rules, alone or joined to nets.",
    "synapses": "what joins two units: weights, delays, dynamics.",
    "tasks": "sources of data, real ones first.",
}


def new(kind: Literal["part", "study"], name: str, room: str = "neurons") -> list[Path]:
    """Write the files of a new entry; they pass every test of the catalogue at once.

    Args:
        kind: part or study.
        name: any identifier; ``my-part`` and ``my_part`` become class ``MyPart``, capitals are kept as given.
        room: one of :data:`ROOMS`; its folders are made if missing.

    Returns:
        the files written or changed, the entry first.

    Raises:
        NeurariumError: for a name or room that cannot be, an entry that is there already, or an unwritable folder.
    """
    root = checkout()
    stem, symbol = _names(name)
    if room not in ROOMS:
        raise unknown("room", room, ROOMS, f"Rooms: {', '.join(ROOMS)}.")
    folders = f"studies/{room}" if kind == "study" else room
    entry = root / "src" / "neurarium" / folders / f"{stem}.py"
    test = root / "tests" / folders / f"test_{stem}.py"
    words = {"symbol": symbol, "slug": stem.replace("_", "-"), "package": folders.replace("/", ".")}
    files = {entry: _rendered(kind, words), test: _rendered(f"{kind}_test", words)}
    _refuse_taken(kind, name, stem, files)
    inits = _missing_rooms(root / "src" / "neurarium", folders)
    if kind == "part":
        _refuse_clash(symbol, files[entry], entry.parent / "__init__.py")
        init = entry.parent / "__init__.py"
        before = inits[init] if init in inits else init.read_text(encoding="utf-8")
        module = f"neurarium.{words['package']}.{stem}"
        inits[init] = with_export(with_export(before, module, symbol), module, f"{symbol}State")
    try:
        for path, text in {**files, **inits}.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise storage_error(path, error) from error
    return [*files, *inits]


def with_export(source: str, module: str, symbol: str) -> str:
    r"""The text of a room's ``__init__.py`` with one more ``from module import symbol as symbol``, in order.

    Example:
        >>> print(with_export('from neurarium.a.b import B as B\n', 'neurarium.a.aa', 'AA'), end="")
        from neurarium.a.aa import AA as AA
        from neurarium.a.b import B as B
    """
    line = f"from {module} import {symbol} as {symbol}"
    if len(line) > LONGEST_LINE:
        line = f"from {module} import (\n    {symbol} as {symbol},\n)"
    lines = source.rstrip("\n").split("\n")
    exports = [n for n in ast.parse(source).body if isinstance(n, ast.ImportFrom) and _is_ours(n.module)]
    for node in exports:
        if _natural(node.module or "") > _natural(module):
            lines.insert(node.lineno - 1, line)
            break
    else:
        at = (exports[-1].end_lineno or 0) if exports else len(lines)
        lines[at:at] = [line] if exports else ["", line]
    return "\n".join(lines) + "\n"


def _names(name: str) -> tuple[str, str]:
    plain = name.replace("-", "_")
    stem = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", plain).lower()
    is_mixed = plain != plain.lower()
    symbol = plain.replace("_", "") if is_mixed else "".join(word.capitalize() for word in plain.split("_"))
    if not (re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", plain) and len(plain) <= LONGEST_NAME):
        raise bad("new", "name", f"be letters, digits, - and _, at most {LONGEST_NAME}, a letter first", name)
    if keyword.iskeyword(stem) or keyword.iskeyword(symbol):
        raise bad("new", "name", "not be a word of Python", name, "Choose another name.")
    return stem, symbol


def _rendered(template: str, words: dict[str, str]) -> str:
    text = Template((TEMPLATES / f"{template}.txt").read_text(encoding="utf-8")).substitute(words)
    lines = text.split("\n")
    ours = [i for i, line in enumerate(lines) if line.startswith("from neurarium.")]
    for i, line in zip(ours, sorted(lines[i] for i in ours), strict=True):
        lines[i] = line
    return "\n".join(lines)


def _refuse_taken(kind: str, name: str, stem: str, files: dict[Path, str]) -> None:
    for path in files:
        if path.exists():
            raise NeurariumError(f"{path}: is there already and stays as it is. Choose another name.")
    for path, room in entry_files():
        same_kind = room.startswith("studies") == (kind == "study")
        if same_kind and path.stem.replace("_", "") == stem.replace("_", ""):
            raise NeurariumError(f"new: {name!r} is taken by {path}. Choose another name.")


def _refuse_clash(symbol: str, source: str, init: Path) -> None:
    taken = {a.asname or a.name for n in ast.walk(ast.parse(source)) if isinstance(n, ast.ImportFrom) for a in n.names}
    if init.is_file():
        tree = ast.parse(init.read_text(encoding="utf-8"))
        taken |= {a.asname or a.name for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) for a in n.names}
    for word in (symbol, f"{symbol}State"):
        if word in taken:
            raise NeurariumError(f"new: {word} would hide another {word} in {init.parent}. Choose another name.")


def _missing_rooms(package: Path, folders: str) -> dict[Path, str]:
    missing: dict[Path, str] = {}
    parts = folders.split("/")
    for depth in range(1, len(parts) + 1):
        room = "/".join(parts[:depth])
        init = package / room / "__init__.py"
        if init.is_file():
            continue
        if parts[0] == "studies":
            missing[init] = f'"""Studies of the room {room.removeprefix("studies/")}."""\n'
        else:
            missing[init] = _rendered("room", {"title": parts[depth - 1].capitalize(), "about": ROOMS[room]})
    return missing


def _is_ours(module: str | None) -> bool:
    return (module or "").startswith("neurarium.")


def _natural(module: str) -> list[tuple[int, int | str]]:
    words = [w for w in re.split(r"(\d+)", module) if w]
    return [(0, int(w)) if w.isdigit() else (1, w) for w in words]
