"""The ledger: the verdicts measured here at quick scale on the verdict seeds, one sorted line a study.

``ledger/quick.jsonl`` of the checkout holds the studies of the library; a folder of ``$NEURARIUM_PATH`` has a ledger of
its own. A line carries its own checksum, so that nobody edits it by hand, and the hash of the source it was made with.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import math
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurarium.core.card import Card
from neurarium.core.catalogue import PACKAGE, CardError, entries, roots
from neurarium.core.errors import NeurariumError
from neurarium.engine.checkout import checkout
from neurarium.engine.files import replace_whole, sha256, storage_error

if TYPE_CHECKING:
    from neurarium.engine.loader import Loaded
    from neurarium.engine.runner import Event, Plan, Run, Watch
    from neurarium.engine.verdict import Verdict

SCALE = "quick"
DRAFT = "draft"  # tag of a study that is not measured yet; it owes no line
Line = dict[str, Any]


@dataclass
class Check:
    """What is wrong with the ledgers.

    Attributes:
        n_studies: studies that should have a line.
        problems: ``{study, problem}``; a reason to refuse.
        stale: studies whose source is not the one their line was made with.
    """

    n_studies: int = 0
    problems: list[dict[str, str]] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)

    def add(self, study: str, problem: str) -> None:
        """One more problem."""
        self.problems.append({"study": study, "problem": problem})


def home(path: Path) -> Path:
    """The ledger that a study's file belongs to: the checkout's, or the one of its ``$NEURARIUM_PATH`` folder.

    Raises:
        NeurariumError: for a file that lies in neither, or when there is no checkout.
    """
    if path.is_relative_to(PACKAGE):
        return checkout() / "ledger" / f"{SCALE}.jsonl"
    for root in roots()[1:]:
        if path.resolve().is_relative_to(root.resolve()):
            return root / "ledger" / f"{SCALE}.jsonl"
    raise NeurariumError(
        f"{path}: is in no catalogue, so it has no ledger. Put it into a folder of $NEURARIUM_PATH: studies/<room>/."
    )


def homes() -> list[Path]:
    """Every ledger there is or could be; a package installed without its checkout has none."""
    found = [root / "ledger" / f"{SCALE}.jsonl" for root in roots()[1:]]
    with contextlib.suppress(NeurariumError):
        found.insert(0, checkout() / "ledger" / f"{SCALE}.jsonl")
    return found


def read(path: Path | None = None) -> dict[str, Line]:
    """Study -> its line, from the ledger at `path` or from all of :func:`homes`; without a file it is empty.

    Raises:
        NeurariumError: for a line that is not JSON; the message names file and line.
    """
    lines = [line for where in ([path] if path else homes()) for _, line in _lines(where)]
    return {line["study"]: line for line in lines}


def numbers(verdict: Verdict) -> Line:
    """What the ledger keeps of one verdict, as JSON data: rounded, and None for what is not finite."""
    e = verdict.evidence
    return {
        "claim": verdict.claim,
        "outcome": e.outcome,
        "effect": _rounded(e.interval.estimate),
        "low": _rounded(e.interval.low),
        "high": _rounded(e.interval.high),
        "level": e.interval.level,
        "margin": [_rounded(m) for m in e.margin],
        "unit": e.unit,
        "n": e.interval.n,
        "reason": e.reason,
    }


def update(loaded: Loaded, plan: Plan, watch: Watch = lambda event: None) -> tuple[Run, Line | None, list[str]]:
    """Run `loaded` at quick scale on its verdict seeds and write its line.

    Args:
        loaded: the study.
        plan: where and on how many processes to run; its scale and seeds are replaced.
        watch: told of every trial.

    Returns:
        the run, the line, and which verdicts are not what they were: the CHANGELOG must name them. When a trial has no
        result nothing is written, and there is no line.

    Raises:
        NeurariumError: when the study is a draft or has no ledger, or the ledger cannot be written.
    """
    from neurarium.engine import runner

    path = home(loaded.card.path)
    if DRAFT in loaded.study.tags:
        raise NeurariumError(
            f"{loaded.name}: is a draft. Take the tag {DRAFT!r} out when claims and margins are final."
        )
    n_kept = 0

    def count(event: Event) -> None:
        nonlocal n_kept
        n_kept += event.kind == "kept"
        watch(event)

    seeds = runner.verdict_seeds(loaded.study.n_seeds(SCALE))
    run = runner.run(loaded, replace(plan, scale=SCALE, seeds=seeds, assignments=()), count)
    if run.troubles():
        return run, None, []
    before = read(path).get(loaded.name)
    line = line_of(run, _wall_s(run, n_kept, before))
    _write(path, line)
    return run, line, _changes(before, line)


def line_of(run: Run, wall_s: float | None = None) -> Line:
    """The line of a finished run; `wall_s` is None when part of it was done earlier."""
    from neurarium.engine.provenance import PACKAGES, commit

    records = list(run.records.values())
    made_with = [r.about["provenance"] for r in records]
    line = {
        "study": run.loaded.name,
        "room": run.loaded.card.room,
        "covers": list(run.loaded.study.covers),
        "verdicts": [numbers(v) for v in run.verdicts],
        "outcome": run.verdicts[0].outcome,
        "seconds": round(sum(r.about["seconds"] for r in records), 1),
        "wall_s": wall_s,
        "seeds": list(run.seeds),
        "versions": {p: " or ".join(sorted({str(m[p]) for m in made_with})) for p in ("python", *PACKAGES)},
        "commit": commit(),
        "source": run.loaded.source,
        "date": datetime.now(UTC).date().isoformat(),
    }
    return {**line, "sha": _sha(line)}


def check() -> Check:
    """Whether every study has a line that nobody touched, in order; which lines are older than their source."""
    found = Check()
    owed: dict[Path, dict[str, Card]] = {path: {} for path in homes()}
    for entry in entries():
        if isinstance(entry, CardError):
            found.add("", str(entry))
        elif entry.kind == "study" and DRAFT not in entry.tags and (path := home(entry.path)) in owed:
            owed[path][entry.name] = entry
    for path, studies in owed.items():
        _check_file(path, studies, found)
    return found


def _check_file(path: Path, studies: Mapping[str, Card], found: Check) -> None:
    from neurarium.engine.fingerprint import source_hash

    found.n_studies += len(studies)
    lines = list(_lines(path))
    names = [line["study"] for _, line in lines]
    for name in sorted(set(studies) - set(names)):
        found.add(name, f"has no line. Run: neurarium ledger update {name}")
    if names != sorted(set(names)):
        found.add("", f"{path}: lines are not sorted, or a study has two. Run `neurarium ledger update`.")
    for text, line in lines:
        name, card = line["study"], studies.get(line["study"])
        if text != _text(line) or line.get("sha") != _sha(line):
            found.add(name, f"its line was edited by hand. Run: neurarium ledger update {name}")
            continue
        if card is None:
            found.add(name, "has a line but no study. Remove the line.")
            continue
        claims = {claim["name"] for claim in card.more["claims"]}
        for claim in [v["claim"] for v in line["verdicts"] if v["claim"] not in claims]:
            found.add(name, f"its line judges {claim!r}, which the study no longer claims.")
        if line.get("source") != source_hash(card.path):
            found.stale.append(name)


def _changes(before: Line | None, line: Line) -> list[str]:
    now = {v["claim"]: v["outcome"] for v in line["verdicts"]}
    was = {v["claim"]: v["outcome"] for v in before["verdicts"]} if before else now
    return [f"{c}: {was[c]} -> {now.get(c, 'no longer claimed')}" for c in was if was[c] != now.get(c)]


def _write(path: Path, line: Line) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _locked(path.parent):
            lines = {**read(path), line["study"]: line}
            replace_whole(path, "".join(_text(lines[name]) + "\n" for name in sorted(lines)).encode())
    except OSError as error:
        raise storage_error(path, error) from error


def _lines(path: Path) -> Iterator[tuple[str, Line]]:
    if not path.is_file():
        return
    for i, text in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            line = json.loads(text)
            yield text, {**line, "study": str(line["study"]), "verdicts": list(line["verdicts"])}
        except (ValueError, KeyError, TypeError) as error:
            raise NeurariumError(f"{path}:{i}: is not a line of the ledger. Restore the file, then update.") from error


def _text(line: Line) -> str:
    return json.dumps(line, sort_keys=True, ensure_ascii=False, allow_nan=False)


def _sha(line: Line) -> str:
    return sha256(_text({k: v for k, v in line.items() if k != "sha"}).encode())[:16]


def _wall_s(run: Run, n_kept: int, before: Line | None) -> float | None:
    if not n_kept:
        return round(run.seconds, 2)
    is_same = before is not None and before.get("source") == run.loaded.source
    return before.get("wall_s") if before is not None and is_same else None


def _rounded(x: float) -> float | None:
    return float(f"{x:.6g}") if math.isfinite(x) else None


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
