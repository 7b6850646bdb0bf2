"""Figures of a trial's arrays: rasters, and trajectories in a plane; the lowest seed that has them is drawn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from neurarium.engine._report.figures import Figure, View, as_json, layout_of
from neurarium.engine._report.tables import condition_table

if TYPE_CHECKING:
    from neurarium.engine.runner import Run

RASTER, PLANE = "raster", "plane"  # first word of an array's name, which says how it is drawn
MAX_DOTS, MAX_STEPS = 4000, 2000


def rasters_figure(run: Run) -> Figure:
    """Arrays named ``raster...`` of (time, units): a dot for each entry that is not 0."""
    views = []
    for name, by_condition in _named(run, RASTER):
        shares = {c: {s: float((a != 0).mean()) for s, a in by_seed.items()} for c, by_seed in by_condition.items()}
        table = condition_table(run, f"{name}: events a unit and step", shares, "")
        for condition, by_seed in by_condition.items():
            seed, raster = min(by_seed.items(), key=lambda found: found[0])
            times, units, says = _dots(raster)
            plot = _plot(times, units, "step", "unit", _DOT)
            views.append(View(f"{name}: {condition}", f"{condition}, seed {seed}; {says}", plot, table))
    return Figure("rasters", "Rasters", "Raster", "A dot is an event of one unit in one step.", tuple(views))


def planes_figure(run: Run) -> Figure:
    """Arrays named ``plane...`` of (points, 2): the path through them, from the open circle on."""
    views = []
    for name, by_condition in _named(run, PLANE):
        means = {c: {s: float(a[:, 1].mean()) for s, a in by_seed.items()} for c, by_seed in by_condition.items()}
        table = condition_table(run, f"{name}: mean of the vertical axis", means, "")
        for condition, by_seed in by_condition.items():
            seed, path = min(by_seed.items(), key=lambda found: found[0])
            drawn = path[:MAX_STEPS]
            plot = _plot(drawn[:, 0], drawn[:, 1], "first variable", "second variable", _PATH)
            plot["data"].append(_START | {"x": [float(drawn[0, 0])], "y": [float(drawn[0, 1])]})
            about = f"{condition}, seed {seed}; {len(drawn)} of {len(path)} points"
            views.append(View(f"{name}: {condition}", about, plot, table))
    key = "The path of a state through a plane of two of its variables. Open circle: its start."
    return Figure("planes", "Phase planes", "Plane", key, tuple(views))


_DOT = {"mode": "markers", "marker": {"size": 3, "color": "@c0"}, "hovertemplate": "step %{x}, unit %{y}"}
_PATH = {
    "mode": "lines+markers",
    "line": {"width": 1, "color": "@c0"},
    "marker": {"size": 4, "color": "@c0"},
    "hovertemplate": "(%{x:.4g}, %{y:.4g})",
}
_START = {
    "type": "scatter",
    "mode": "markers",
    "marker": {"size": 11, "color": "@ground", "line": {"width": 2.5, "color": "@ink"}},
    "hoverinfo": "skip",
}


def _named(run: Run, kind: str) -> Iterator[tuple[str, Mapping[str, Mapping[int, np.ndarray]]]]:
    """Each array of that kind: its name, then condition -> seed -> values, empty and unfit ones left out."""
    done = [r for r in run.records.values() if r.state == "done"]
    names = dict.fromkeys(n for r in done for n in r.arrays if n.split()[0] == kind)
    for name in names:
        found = {
            c: {r.seed: r.arrays[name] for r in done if r.condition == c and _fits(r.arrays.get(name), kind)}
            for c in run.rows.conditions
        }
        if found := {c: by_seed for c, by_seed in found.items() if by_seed}:
            yield name, found


def _fits(array: np.ndarray | None, kind: str) -> bool:
    return array is not None and array.ndim == 2 and array.size > 0 and (kind == RASTER or array.shape[1] == 2)


def _dots(raster: np.ndarray) -> tuple[np.ndarray, np.ndarray, str]:
    """Times and units of the events, of evenly chosen units if there are too many, and what was chosen in words."""
    n_units, n_events = raster.shape[1], int((raster != 0).sum())
    n_kept = max(1, int(n_units * min(1.0, MAX_DOTS / max(n_events, 1))))
    kept = np.unique(np.linspace(0, n_units - 1, n_kept).round().astype(int))
    times, columns = np.nonzero(raster[:, kept])
    says = f"{n_events} events of {n_units} units"
    return times[:MAX_DOTS], kept[columns[:MAX_DOTS]], says if n_kept == n_units else f"{says}, {n_kept} units shown"


def _plot(x: np.ndarray, y: np.ndarray, x_title: str, y_title: str, look: Mapping[str, Any]) -> dict[str, Any]:
    layout = layout_of(height=420, margin={"l": 12, "r": 16, "t": 12, "b": 48})
    for axis, title in (("xaxis", x_title), ("yaxis", y_title)):
        layout[axis] |= {"title": {"text": title, "standoff": 8, "font": {"size": 14}}}
    trace = {"type": "scatter", "name": "", "x": x, "y": y, **look}
    return as_json({"data": [trace], "layout": layout})
