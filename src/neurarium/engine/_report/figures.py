"""Figures as Plotly data, a function for each; colours are names that the page looks up in its style sheet.

A key that ends in ``color`` holds ``@name`` for the CSS colour ``--name``, so that light, dark and print follow.
"""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from neurarium.core.errors import UnknownNameError
from neurarium.core.vocabulary import Metric
from neurarium.core.vocabulary import metric as look_up
from neurarium.engine._report.tables import Table, condition_table, direction, interval_of, role

if TYPE_CHECKING:
    from neurarium.engine.runner import Run

ROW_PX, MAX_POINTS, MAX_LETTERS, N_COLOURS = 84, 300, 40, 6
NAME_ROW, MEAN_ROW, SEED_ROW = 0.32, 0.02, -0.27  # within a row of height 1
DASHES = ("solid", "dashdot", "longdash")


@dataclass(frozen=True)
class View:
    """One of the drawings a figure can show.

    Attributes:
        name: what the chooser calls it.
        about: one line below the chooser.
        plot: Plotly data and layout.
        table: the same numbers.
    """

    name: str
    about: str
    plot: Mapping[str, Any]
    table: Table


@dataclass(frozen=True)
class Figure:
    """A section of the report with a drawing, its key and its tables.

    Attributes:
        name: id in the page.
        title: heading.
        chooser: label of the choice between views.
        key: how to read the drawing.
        views: what can be chosen.
    """

    name: str
    title: str
    chooser: str
    key: str
    views: tuple[View, ...]


def metrics_figure(run: Run) -> Figure:
    """Every metric per condition: each seed a dot, mean and interval beside it."""
    views = []
    for name in run.rows.metrics():
        metric = look_up(name)
        values = {c: run.rows.read(c, name) for c in run.rows.conditions}
        table = condition_table(run, f"{name} by condition and seed", values, metric.unit)
        about = f"{metric.meaning}; {direction(metric)}"
        views.append(View(name, about, _dots(run, values, name, metric), table))
    key = (
        "Small dots are seeds; the large mark is their mean, with its 95 % interval. "
        "Diamond and dotted line: the baseline. Open circle: a control."
    )
    return Figure("metrics", "Metrics by condition", "Metric", key, tuple(views))


def curves_figure(run: Run) -> Figure:
    """Every curve per condition: mean over seeds, with the range of the seeds as a band."""
    done = [r for r in run.records.values() if r.state == "done"]
    views = []
    for name in dict.fromkeys(n for r in done for n in r.curves):
        seeds = {
            c: {r.seed: r.curves[name] for r in done if r.condition == c and r.curves.get(name)}
            for c in run.rows.conditions
        }
        seeds = {c: by_seed for c, by_seed in seeds.items() if by_seed}
        metric = _listed(name)
        finals = {c: {seed: v[-1] for seed, v in by_seed.items()} for c, by_seed in seeds.items()}
        table = condition_table(run, f"Final values of {name}", finals, metric.unit, first="mean at the end")
        about = f"{metric.meaning}; {direction(metric)}" if metric.meaning else "curve reported by the trial"
        views.append(View(name, about, _lines(run, seeds, name, metric), table))
    key = "Lines are means over seeds; bands reach from the lowest to the highest seed."
    return Figure("curves", "Curves", "Curve", key, tuple(views))


def _dots(run: Run, by_condition: Mapping[str, Mapping[int, float]], name: str, metric: Metric) -> dict[str, Any]:
    factor, n = _factor(metric), len(by_condition)
    rows = {c: n - 1 - i for i, c in enumerate(by_condition)}
    traces = []
    for condition, row in rows.items():
        if values := {seed: factor * v for seed, v in by_condition[condition].items()}:
            traces += [_seed_dots(values, row, role(run, condition)), _mean_mark(values, row, role(run, condition))]
    layout = layout_of(height=64 + ROW_PX * n, margin={"l": 2, "r": 2, "t": 2, "b": 62})
    layout["xaxis"] |= {"title": {"text": _axis(name, metric), "standoff": 12, "font": {"size": 14}}}
    borders = {"tickvals": [row - 0.5 for row in range(n + 1)], "showticklabels": False, "range": [-0.5, n - 0.5]}
    layout["yaxis"] |= {**borders, "linecolor": "rgba(0,0,0,0)"}
    layout["annotations"] = [_named(run, c, row) for c, row in rows.items()]
    if base := by_condition.get(run.rows.baseline):
        line = {"color": "@muted", "width": 1.5, "dash": "dot"}
        x0 = factor * interval_of(base).estimate
        layout["shapes"] = [{"type": "line", "x0": x0, "x1": x0, "yref": "paper", "y0": 0, "y1": 1, "line": line}]
    return as_json({"data": traces, "layout": layout})


def _seed_dots(values: Mapping[int, float], row: int, is_for: str) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers",
        "x": list(values.values()),
        "y": row + SEED_ROW + 0.05 * np.cos(np.pi * np.arange(len(values))),  # in turn a little higher and lower
        "customdata": list(values),
        "marker": {"size": 7, "color": "@muted" if is_for else "@c0", "opacity": 0.6},
        "hovertemplate": "seed %{customdata}: %{x:.4g}<extra></extra>",
    }


def _mean_mark(values: Mapping[int, float], row: int, is_for: str) -> dict[str, Any]:
    interval, colour = interval_of(values), "@muted" if is_for else "@c0"
    half = (interval.high - interval.low) / 2
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [interval.estimate],
        "y": [row + MEAN_ROW],
        "error_x": {"array": [half if np.isfinite(half) else None], "color": colour, "thickness": 2.5, "width": 0},
        "marker": {
            "size": 11,
            "color": "@ground" if is_for == "control" else colour,
            "symbol": "diamond" if is_for == "baseline" else "circle",
            "line": {"width": 2.5, "color": colour},
        },
        "hovertemplate": "mean %{x:.4g}<extra></extra>",
    }


def _lines(
    run: Run, by_condition: Mapping[str, Mapping[int, list[float]]], name: str, metric: Metric
) -> dict[str, Any]:
    bands, means, n_coloured = [], [], 0
    for condition, by_seed in by_condition.items():
        curves = _stacked(list(by_seed.values())) * _factor(metric)
        kept = np.unique(np.linspace(0, curves.shape[1] - 1, MAX_POINTS).round().astype(int))
        curves, steps = curves[:, kept], kept + 1
        is_for = role(run, condition)
        colour = "@muted" if is_for == "baseline" else f"@c{n_coloured % N_COLOURS}"
        dash = {"baseline": "dash", "control": "dot"}.get(is_for) or DASHES[n_coloured // N_COLOURS % len(DASHES)]
        n_coloured += is_for != "baseline"
        bands.append(_band(steps, np.nanmin(curves, 0), np.nanmax(curves, 0), colour, condition))
        means.append(
            {
                "type": "scatter",
                "mode": "lines",
                "legendgroup": condition,
                "x": steps,
                "y": np.nanmean(curves, 0),
                "name": _label(run, condition),
                "line": {"width": 2.5, "color": colour, "dash": dash},
                "hovertemplate": "%{y:.4g}",
            }
        )
    layout = layout_of(height=400 + 22 * ((len(means) + 1) // 2), margin={"l": 12, "r": 16, "t": 12, "b": 48})
    layout["xaxis"] |= {"title": {"text": "step", "standoff": 8, "font": {"size": 14}}}
    layout["yaxis"] |= {"title": {"text": _axis(name, metric), "standoff": 8, "font": {"size": 14}}}
    layout |= {"showlegend": True, "hovermode": "x unified"}
    return as_json({"data": bands + means, "layout": layout})


def _band(steps: np.ndarray, low: np.ndarray, high: np.ndarray, colour: str, group: str) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "legendgroup": group,
        "x": [*steps, *steps[::-1]],
        "y": [*low, *high[::-1]],
        "fill": "toself",
        "fillcolor": colour,
        "opacity": 0.16,
        "line": {"width": 0, "color": colour},
        "hoverinfo": "skip",
        "showlegend": False,
    }


def layout_of(*, height: int, margin: Mapping[str, int]) -> dict[str, Any]:
    axis = {
        "automargin": True,
        "fixedrange": True,
        "gridcolor": "@rule",
        "linecolor": "@muted",
        "zeroline": False,
        "ticks": "",
    }
    return {
        "height": height,
        "margin": margin,
        "xaxis": dict(axis),
        "yaxis": dict(axis),
        "font": {"color": "@ink", "size": 14},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "showlegend": False,
        "dragmode": False,
        "hoverlabel": {"bgcolor": "@panel", "bordercolor": "@rule", "font": {"color": "@ink"}},
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "font": {"size": 13}},
    }


def _axis(name: str, metric: Metric) -> str:
    unit = {"fraction": "%"}.get(metric.unit, metric.unit)
    words = html.escape(f"{name} ({unit})" if unit else name, quote=False)
    return words + {"higher": ", higher is better", "lower": ", lower is better", "neither": ""}[metric.better]


def _label(run: Run, condition: str) -> str:
    name, is_for = html.escape(_short(condition), quote=False), role(run, condition)
    return f"{name} <i>{is_for}</i>" if is_for else name


def _named(run: Run, condition: str, row: int) -> dict[str, Any]:
    where = {"xref": "paper", "x": 0, "xanchor": "left", "xshift": -2, "y": row + NAME_ROW, "showarrow": False}
    return {**where, "text": _label(run, condition), "bgcolor": "@ground", "font": {"size": 15}}


def _short(name: str) -> str:
    half = (MAX_LETTERS - 1) // 2
    return name if len(name) <= MAX_LETTERS else f"{name[:half]}…{name[-half:]}"


def _factor(metric: Metric) -> float:
    return 100.0 if metric.unit == "fraction" else 1.0


def _listed(name: str) -> Metric:
    try:
        return look_up(name)
    except UnknownNameError:  # unlike a metric, a curve may have a name of its own
        return Metric("", "neither", "behaviour")


def _stacked(curves: list[list[float]]) -> np.ndarray:
    """Curves of unequal length as one array, padded with nan."""
    array = np.full((len(curves), max(map(len, curves))), np.nan)
    for row, curve in zip(array, curves, strict=True):
        row[: len(curve)] = curve
    return array


def as_json(value: Any) -> Any:
    """`value` as JSON data, floats cut to what a screen can show."""
    if isinstance(value, Mapping):
        return {k: as_json(v) for k, v in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [as_json(v) for v in value]
    if isinstance(value, np.generic):
        value = value.item()
    return float(f"{value:.6g}") if isinstance(value, float) else value
