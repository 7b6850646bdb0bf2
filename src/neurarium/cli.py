"""The command ``neurarium``: thin verbs. What costs seconds to import is imported by the verb that needs it."""

from __future__ import annotations

import re
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neurarium import __version__
from neurarium.core.catalogue import find
from neurarium.core.errors import NeurariumError, bad
from neurarium.engine import _data, _terminal, describe, ledger
from neurarium.engine import _options as ask
from neurarium.engine._verbs import verbs
from neurarium.engine.cite import bibtex
from neurarium.engine.scaffold import new

if TYPE_CHECKING:
    from neurarium.engine.loader import Loaded
    from neurarium.engine.runner import Plan, Run


app = verbs("Brain-inspired systems: every published idea as a part that combines and a study with a verdict.")
new_app = verbs("Write a complete, tested entry to start from (inside a source checkout).")
ledger_app = verbs("The verdicts measured here: ledger/quick.jsonl, one line a study.")
app.add_typer(new_app, name="new")
app.add_typer(ledger_app, name="ledger")


# The columns of a comparison that a terminal has room for; --csv and --json give all.
BRIEF = ("measure", "a", "b", "value", "low", "high", "null_quantile", "split_half", "is_trusted", "reason")


@app.callback(invoke_without_command=True)
def _version(is_asked: ask.Version = False) -> None:
    if is_asked:
        print(f"neurarium {__version__}")
        raise typer.Exit


@app.command()
def run(
    study: ask.StudyName,
    scale: ask.ScaleName = "quick",
    seeds: ask.Seeds = None,
    assignments: ask.Set = None,
    jobs: ask.Jobs = None,
    cluster: Annotated[str | None, typer.Option(help="Dask scheduler, e.g. tcp://10.0.0.1:8786.")] = None,
    device: ask.Device = "cpu",
    store: ask.StoreFolder = Path("runs"),
    retry_failed: Annotated[bool, typer.Option("--retry-failed", help="Run failed trials again.")] = False,
    as_json: ask.Json = False,
    no_report: Annotated[bool, typer.Option("--no-report", help="Write no HTML.")] = False,
) -> None:
    """Run a study, judge its claims, write the report.

    Only trials that are missing are run.

    Example: neurarium run adaptive-memory --seeds verdict --jobs 2
    """
    from neurarium.engine import runner

    loaded, plan = _plan(study, scale, seeds, assignments, device, store)
    plan = replace(plan, n_workers=plan.n_workers if jobs is None else jobs, cluster=cluster, retry_failed=retry_failed)
    with _terminal.Watcher(loaded.name) as watch:
        done = runner.run(loaded, plan, watch)
    html = None if no_report else _report(done)
    shown = [_terminal.verdicts(done), f"report: {html}" if html else ""]
    _terminal.give(_data.run_data(done, html) if as_json else None, *shown)
    _leave(done)


@app.command()
def rows(
    study: ask.StudyName,
    scale: ask.ScaleName = "quick",
    seeds: ask.Seeds = None,
    assignments: ask.Set = None,
    device: ask.Device = "cpu",
    store: ask.StoreFolder = Path("runs"),
    as_json: ask.Json = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
) -> None:
    """Print the trials of a study and their state; compute nothing.

    Example: neurarium rows adaptive-memory --csv > rows.csv
    """
    from neurarium.engine import runner

    found = _data.trial_rows(runner.stored(*_plan(study, scale, seeds, assignments, device, store)))
    if as_csv:
        _terminal.show_csv(found)
    else:
        _terminal.give(found if as_json else None, _terminal.table(found, cut=["error"]))


@app.command("list")
def list_entries(
    kind: Annotated[str | None, typer.Option(help="study, part, task or measure.")] = None,
    room: Annotated[str | None, typer.Option(help="A room and those in it, e.g. nets.")] = None,
    tag: Annotated[str | None, typer.Option(help="A word of the card, e.g. spiking.")] = None,
    verdict: Annotated[str | None, typer.Option(help="holds, does not hold, inconclusive or none.")] = None,
    as_json: ask.Json = False,
) -> None:
    """List studies with their verdicts, parts, tasks and measures.

    Example: neurarium list --kind study --verdict holds
    """
    found, broken = describe.listing(kind=kind, room=room, tag=tag, verdict=verdict)
    columns = ("name", "kind", "room", "verdict", "summary")
    shown = _terminal.table([{c: entry[c] for c in columns} for entry in found], cut=["summary"])
    _terminal.give(found if as_json else None, shown)
    for line in broken:
        _terminal.note(f"warning: {line}")


@app.command()
def show(name: ask.EntryName, as_json: ask.Json = False) -> None:
    """Show one entry: card, equation, file, studies that use it.

    Example: neurarium show lif
    """
    about = describe.about(name)
    _terminal.give(about if as_json else None, _terminal.card(about))


@app.command()
def report(
    study: ask.StudyName,
    scale: ask.ScaleName = "quick",
    seeds: ask.Seeds = None,
    assignments: ask.Set = None,
    device: ask.Device = "cpu",
    store: ask.StoreFolder = Path("runs"),
    as_json: ask.Json = False,
) -> None:
    """Write the HTML report of stored trials; compute nothing.

    Example: neurarium report adaptive-memory --scale full
    """
    from neurarium.engine import runner

    found = runner.stored(*_plan(study, scale, seeds, assignments, device, store))
    if not found.records:
        raise NeurariumError(f"{store}: holds no trial of {study} with these settings. Run: neurarium run {study}")
    path = _report(found)
    _terminal.give(_data.run_data(found, path) if as_json else None, f"report: {path}")


@app.command()
def compare(
    systems: Annotated[list[str], typer.Argument(metavar="FILE...", help="npy npz safetensors mat nwb; ::array.")],
    measures: Annotated[str, typer.Option(help="all, or names with commas, e.g. cka,procrustes.")] = "all",
    null: Annotated[int, typer.Option(help="Unrelated data sets drawn for each pair.")] = 200,
    ci: Annotated[int, typer.Option(help="Halves drawn for each interval.")] = 200,
    no_floor: Annotated[bool, typer.Option("--no-floor", help="Halve no system.")] = False,
    axes: Annotated[str | None, typer.Option(help="Order of axes, e.g. 'samples repeats units'.")] = None,
    seed: Annotated[int, typer.Option(help="Of all draws.")] = 0,
    report: Annotated[Path | None, typer.Option(help="Write an HTML page there.")] = None,
    as_json: ask.Json = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
) -> None:
    """Compare systems by every measure, say what not to believe.

    A file names all its arrays; FILE::ARRAY names one of them.

    Example: neurarium compare rnn.npz mouse.nwb::units --report out.html
    """
    from neurarium.alignment import compare as compare_systems
    from neurarium.alignment import read_systems

    found = compare_systems(
        read_systems(systems),
        measures=measures if measures == "all" else [name.strip() for name in measures.split(",")],
        floor=None if no_floor else "split-half",
        null=null,
        ci=ci,
        axes=axes,
        seed=seed,
    )
    brief = _terminal.table(found.rows(n_digits=3, columns=BRIEF), cut=["a", "b", "reason"])
    if as_csv:
        _terminal.show_csv(found.rows())
    else:
        _terminal.give(found.rows() if as_json else None, brief)
    for line in found.omissions():
        _terminal.note(line)
    if report is not None:
        _terminal.note(f"report: {found.to_html(report)}")


@app.command()
def cite(name: ask.EntryName, as_json: ask.Json = False) -> None:
    """Print the BibTeX entry of the paper behind an entry.

    It is made from the card, without a network.

    Example: neurarium cite lif >> references.bib
    """
    card = find(name)
    text = bibtex(card)
    _terminal.give({"name": card.name, "paper": card.paper, "bibtex": text} if as_json else None, text)


@new_app.command("part")
def new_part(name: ask.NewName, room: ask.RoomName = "neurons") -> None:
    """Write a part, its test and its export.

    You get a leaky unit that works, to turn into yours.

    Example: neurarium new part my-neuron --room neurons
    """
    _terminal.give(None, *map(str, new("part", name, room)))


@new_app.command("study")
def new_study(name: ask.NewName, room: ask.RoomName = "neurons") -> None:
    """Write a study and its test.

    You get baseline, control and two claims that run, to turn into yours.

    Example: neurarium new study adaptive-memory --room neurons
    """
    _terminal.give(None, *map(str, new("study", name, room)))


@ledger_app.command("update")
def ledger_update(
    study: ask.StudyName, jobs: ask.Jobs = None, store: ask.StoreFolder = Path("runs"), as_json: ask.Json = False
) -> None:
    """Measure a study on its verdict seeds, write its line.

    The scale is quick. A study with a trial that failed gets no line.

    Example: neurarium ledger update adaptive-memory --jobs 2
    """
    loaded, plan = _plan(study, ledger.SCALE, None, None, "cpu", store)
    plan = plan if jobs is None else replace(plan, n_workers=jobs)
    with _terminal.Watcher(loaded.name) as watch:
        done, line, changes = ledger.update(loaded, plan, watch)
    if line:
        written = f"{ledger.home(loaded.card.path)}: line of {loaded.name} written"
        _terminal.give({**line, "changes": changes} if as_json else None, _terminal.verdicts(done), written)
    for change in changes:
        _terminal.note(f"verdict changed, name it in CHANGELOG (*Verdicts changed*): {change}")
    _leave(done)


@ledger_app.command("check")
def ledger_check(
    strict: Annotated[bool, typer.Option("--strict", help="Stale lines are an error too.")] = False,
    as_json: ask.Json = False,
) -> None:
    """Check that every study has an untouched line.

    Lines that are older than their study's source are listed as stale.

    Example: neurarium ledger check --strict
    """
    found = ledger.check()
    is_bad = bool(found.problems or (strict and found.stale))
    _terminal.give({"ok": not is_bad, **asdict(found)} if as_json else None, *_terminal.ledger_check(found))
    raise typer.Exit(1 if is_bad else 0)


def _plan(
    study: str, scale: str, seeds: str | None, assignments: list[str] | None, device: str, store: Path
) -> tuple[Loaded, Plan]:
    if not re.fullmatch(r"cpu|cuda(:\d+)?", device):
        raise bad("run", "device", "be cpu or cuda", device)
    from neurarium.engine import runner
    from neurarium.engine.loader import load_study

    loaded = load_study(study)
    loaded.study.scale(scale)
    chosen = runner.check_seeds(seeds, loaded.study.n_seeds(scale)) if seeds is not None else None
    plan = runner.Plan(scale, chosen, tuple(assignments or ()), device, store)
    loaded.prepared(plan.scale, plan.assignments, plan.device)
    return loaded, plan


def _report(run: Run) -> Path:
    from neurarium.engine.report import write_report

    return write_report(run, run.plan.root / run.loaded.name / f"report-{run.plan.scale}.html")


def _leave(run: Run) -> None:
    for line in _terminal.troubles(run):
        _terminal.note(line)
    raise typer.Exit(1 if run.troubles() else 0)


def main() -> None:
    """Entry point of the command."""
    app(prog_name="neurarium")
