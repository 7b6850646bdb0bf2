"""What the command shows: progress, verdicts, tables. Nothing here computes a number."""

from __future__ import annotations

import csv
import json
import math
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from neurarium.engine.evidence import Evidence
    from neurarium.engine.ledger import Check
    from neurarium.engine.runner import Event, Run
    from neurarium.engine.verdict import Verdict

WIDE = 160  # letters a line where nobody looks
PANEL = 100
STYLES = {"holds": "bold cyan", "does not hold": "bold magenta", "inconclusive": "bold yellow"}


def console(*, is_error: bool = False) -> Console:
    """A console on stdout or stderr as they are now; a pipe gets long lines and no colours."""
    file = sys.stderr if is_error else sys.stdout
    is_sized = file.isatty() or "COLUMNS" in os.environ
    return Console(file=file, width=None if is_sized else WIDE, highlight=False, markup=False, emoji=False)


def give(data: Any, *shown: RenderableType) -> None:
    """Print on stdout: `data` as JSON, or what is `shown` if `data` is None."""
    if data is None:
        console().print(
            *(thing for thing in shown if thing != ""), sep="\n", soft_wrap=all(isinstance(t, str) for t in shown)
        )
    else:
        print(json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False, default=str))


def note(text: str) -> None:
    """Print one line on stderr, never broken."""
    print(text, file=sys.stderr, flush=True)


class Watcher:
    """Shows on stderr how a run goes on: a bar where someone looks, a line a trial where not.

    Use it as a context and hand it to the runner.
    """

    def __init__(self, title: str) -> None:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

        self._console = console(is_error=True)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        # a trial that runs in this process has stdout and stderr of its own: the bar must leave both alone
        is_shown = self._console.is_terminal
        self._bar = Progress(
            *columns,
            console=self._console,
            redirect_stdout=False,
            redirect_stderr=False,
            disable=not is_shown,
            transient=True,
        )
        self._task = self._bar.add_task(title, total=None)
        self._n = self._done = self._kept = 0

    def __enter__(self) -> Watcher:
        self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._bar.stop()
        self._tell_kept()

    def __call__(self, event: Event) -> None:
        """Take note of one event."""
        trial = f"{event.condition}, seed {event.seed}"
        if event.kind == "planned":
            self._n = event.n
            self._bar.update(self._task, total=event.n)
        elif event.kind == "kept":
            self._kept += 1
            self._advance()
        elif event.kind == "finished":
            self._tell_kept()
            self._advance()
            if event.status != "done" or not self._console.is_terminal:
                self._console.print(f"[{self._done}/{self._n}] {trial}: {event.status}")
        elif event.kind == "damaged":
            self._console.print(f"damaged: {event.detail}. It is run again ({trial}).")
        else:
            self._console.print(f"waiting: {event.detail} ({event.n})")

    def _advance(self) -> None:
        self._done += 1
        self._bar.advance(self._task)

    def _tell_kept(self) -> None:
        if self._kept:
            self._console.print(f"{self._kept} of {self._n} trials are kept from an earlier run")
        self._kept = 0


def verdicts(run: Run) -> RenderableType:
    """A panel for every claim, the primary one first, and the skill gate."""
    gate = _gate(run)
    return Group(*(_panel(v) for v in run.verdicts), *([gate] if gate else []))


def _panel(verdict: Verdict) -> Panel:
    grid = _grid()
    grid.add_row("claim", verdict.text)
    for label, text in _numbers(verdict.evidence):
        grid.add_row(label, f"{text} ({verdict.margin_reason})" if label == "margin" else text)
    style = STYLES[verdict.outcome]
    name = verdict.claim + (" (primary)" if verdict.is_primary else "")
    title = Text.assemble((verdict.outcome.upper(), style), f"  {name}")
    return Panel(grid, title=title, title_align="left", border_style=style, width=min(PANEL, console().width))


def _numbers(e: Evidence) -> list[tuple[str, str]]:
    i, unit = e.interval, _unit(e.unit)
    low, effect, high = (_number(x, i.high - i.low, e.unit) for x in (i.low, i.estimate, i.high))
    margin = " to ".join(_number(m, 0.0, e.unit) for m in e.margin)
    missing = f", {e.n_missing} without a result" if e.n_missing else ""
    lines = [
        ("effect", f"{effect}{unit}, {i.level:.0%} interval {low} to {high}{unit}"),
        ("margin", f"{margin}{unit}"),
        ("seeds", f"n = {i.n}{missing}"),
    ]
    if e.power is not None:
        if_so = "nothing differed" if len(e.margin) > 1 else "the effect were twice the margin"
        lines.append(("power", f"{e.power:.0%} to say that it holds if {if_so}"))
    if e.reason:
        lines.append(("because", e.reason))
    for p in e.parts:
        size = _number(p.interval.estimate, p.interval.high - p.interval.low, p.unit)
        lines.append(("part", f"{p.outcome}: {p.statement} ({size}{_unit(p.unit)})"))
    return lines


def _number(x: float, width: float, unit: str) -> str:
    """`x` with two digits of the interval's width, or all that were written if it has none; a fraction in points."""
    x, width = (100 * x, 100 * width) if unit == "fraction" else (x, width)
    if not math.isfinite(x):
        return str(x)
    if not (0 < width < math.inf and 1e-3 <= abs(x) < 1e6):
        return f"{x:.6g}"
    return f"{x:.{max(0, 1 - math.floor(math.log10(width)))}f}"


def _unit(unit: str) -> str:
    return {"": "", "fraction": " points"}.get(unit, f" {unit}")


def _gate(run: Run) -> Text | None:
    gate = run.loaded.study.gate
    if gate is None:
        return None
    means = []
    for condition in gate.conditions or tuple(run.rows.conditions):
        skill = list(run.rows.read(condition, gate.metric).values())
        mean = sum(skill) / len(skill) if skill else float("nan")
        means.append(f"{condition} {mean:.3g}{'' if mean >= gate.at_least else ' (below)'}")
    return Text(f"skill gate: {gate.metric} at least {gate.at_least:g}: {', '.join(means)}")


def troubles(run: Run) -> list[str]:
    """A line for each trial without a result, and where its log is."""
    folder = run.plan.root / run.loaded.name
    lines = []
    for r in run.troubles():
        lines.append(f"{r.state}: {r.condition}, seed {r.seed}: {r.error}")
        lines.append(f"    log: {folder / r.key / 'log.txt'}, traceback: {folder / r.key / 'run.json'}")
    return [*lines, "Run them again: --retry-failed"] if lines else []


def table(rows: Sequence[Mapping[str, Any]], *, cut: Iterable[str] = ()) -> RenderableType:
    """Rows as a table; a column is there if some row has a value for it. Columns `cut` lose their ends first."""
    columns = [
        c for c in dict.fromkeys(c for row in rows for c in row) if any(row.get(c) not in ("", None) for row in rows)
    ]
    shown = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        is_number = all(isinstance(row.get(column, 0.0), (int, float)) for row in rows)
        shown.add_column(
            Text(column),
            justify="right" if is_number else "left",
            no_wrap=True,
            overflow="ellipsis" if column in cut else "fold",
            ratio=1 if column in cut else None,
        )
    for row in rows:
        shown.add_row(*(_cell(row.get(column, "")) for column in columns))
    return shown


def show_csv(rows: Sequence[Mapping[str, Any]]) -> None:
    """Print rows as CSV on stdout, every column that some row has."""
    columns = list(dict.fromkeys(c for row in rows for c in row))
    writer = csv.DictWriter(sys.stdout, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)


def details(pairs: Iterable[tuple[str, Any]]) -> RenderableType:
    """Label and value, one below the other; what is empty is left out."""
    grid = _grid()
    for label, value in pairs:
        if value or isinstance(value, (int, float)):
            grid.add_row(label.replace("_", " "), _plain(value))
    return grid


def card(about: Mapping[str, Any]) -> RenderableType:
    """What is known of one entry; claims with their verdicts."""
    claims = [
        (f"claim {c['name']}", [c["text"], f"margin: {c.get('margin_reason', '')}", _in_ledger(c["verdict"])])
        for c in about.get("claims", ())
    ]
    return details([*((k, v) for k, v in about.items() if k not in ("claims", "symbol")), *claims])


def ledger_check(found: Check) -> list[str]:
    """A line for each problem and each stale line, then their numbers."""
    problems = [f"problem: {p['study']} {p['problem']}".replace("  ", " ") for p in found.problems]
    stale = [f"stale: {s}: its source has changed. Run: neurarium ledger update {s}" for s in found.stale]
    return [*problems, *stale, f"{found.n_studies} studies, {len(problems)} problems, {len(stale)} stale lines"]


def _in_ledger(line: Mapping[str, Any] | None) -> str:
    if not line:
        return "verdict: none yet"
    unit = f" {line['unit']}" if line["unit"] else ""
    return f"verdict: {line['outcome']} (effect {line['effect']}, {line['low']} to {line['high']}{unit})"


def _plain(value: Any) -> str:
    if isinstance(value, Mapping):
        return "\n".join(f"{k}: {_inline(v)}" for k, v in value.items())
    if isinstance(value, (list, tuple)):
        words = [_inline(v) for v in value]
        return ("\n" if any(" " in word for word in words) else ", ").join(words)
    return str(value)


def _inline(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{k}={v}" for k, v in value.items()) or "no arguments"
    return str(value)


def _cell(value: Any) -> Text:
    text = f"{value:.6g}" if isinstance(value, float) else "" if value is None else str(value)
    return Text(text, style=STYLES.get(text, ""))


def _grid() -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    return grid
