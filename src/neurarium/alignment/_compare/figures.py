"""Matrix, map and dendrogram of one measure as Plotly data; ``@name`` stands for a colour of the page."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from scipy.cluster.hierarchy import dendrogram, linkage
from scipy.spatial.distance import squareform

from neurarium.alignment._compare.result import MeasureResult
from neurarium.alignment._metric_space import embed_distances
from neurarium.engine._report.figures import as_json, layout_of

SHADES = [[0.0, "rgba(0,114,178,0.04)"], [1.0, "rgba(0,114,178,0.85)"]]
LIGHT = {"ink": "#15191f", "muted": "#5a6472", "rule": "#dce1e7", "panel": "#f4f6f8", "ground": "#fff", "c0": "#0072b2"}
DOMAINS = ((0.0, 0.30), (0.40, 0.68), (0.76, 1.0))  # matrix, map, dendrogram
TITLES = ("matrix", "map", "dendrogram")
HEIGHT = 430


def plot_of(result: MeasureResult) -> dict[str, Any]:
    """The three panels; map and dendrogram stay empty where a pair has no number."""
    names = [html.escape(name, quote=False) for name in result.names]
    distances = result.distances.to_numpy()
    panels = [_matrix(result, names)]
    layout = layout_of(height=HEIGHT, margin={"l": 8, "r": 8, "t": 36, "b": 40})
    axes = {}
    for number, domain in zip(("", "2", "3"), DOMAINS, strict=True):
        axes[f"xaxis{number}"] = {**layout["xaxis"], "domain": list(domain), "anchor": f"y{number}"}
        axes[f"yaxis{number}"] = {**layout["yaxis"], "anchor": f"x{number}"}
    axes["yaxis"]["autorange"] = "reversed"
    if not np.isnan(distances).any():
        panels.append(_map(distances, names))
        tree, ticks = _dendrogram(distances, names)
        panels += tree
        axes["xaxis3"] |= ticks
    titles = [
        {"text": text, "x": domain[0], "xanchor": "left", "y": 1.04, "yanchor": "bottom", "xref": "paper"}
        | {"yref": "paper", "showarrow": False, "font": {"size": 14, "color": "@muted"}}
        for text, domain in zip(TITLES, DOMAINS, strict=True)
    ]
    return as_json({"data": panels, "layout": layout | axes | {"annotations": titles}})


def figure(result: MeasureResult) -> go.Figure:
    """The panels as a Plotly figure, in light colours."""
    found = go.Figure(_coloured(plot_of(result), ""))
    return found.update_layout(title_text=result.measure.name, margin_t=80, paper_bgcolor="#fff", plot_bgcolor="#fff")


def _coloured(value: Any, key: str) -> Any:
    if isinstance(value, dict):
        return {k: _coloured(v, k) for k, v in value.items()}
    if isinstance(value, list):
        return [_coloured(v, key) for v in value]
    return LIGHT[value[1:]] if key.endswith("color") and isinstance(value, str) and value[0] == "@" else value


def _matrix(result: MeasureResult, names: Sequence[str]) -> dict[str, Any]:
    values = result.values.to_numpy()
    return {
        "type": "heatmap",
        "x": names,
        "y": names,
        "z": [[None if np.isnan(v) else v for v in row] for row in values],
        "text": [["" if np.isnan(v) else f"{v:.2f}" for v in row] for row in values],
        "texttemplate": "%{text}",
        "colorscale": SHADES,
        "reversescale": not result.measure.is_similarity,  # the more alike, the darker
        "showscale": False,
        "hovertemplate": "%{y}, %{x}: %{z:.4g}<extra></extra>",
    }


def _map(distances: np.ndarray, names: Sequence[str]) -> dict[str, Any]:
    points = embed_distances(distances)
    return {
        "type": "scatter",
        "mode": "markers+text",
        "x": points[:, 0],
        "y": points[:, 1],
        "text": names,
        "textposition": "top center",
        "cliponaxis": False,
        "xaxis": "x2",
        "yaxis": "y2",
        "marker": {"size": 10, "color": "@c0"},
        "hovertemplate": "%{text}<extra></extra>",
    }


def _dendrogram(distances: np.ndarray, names: Sequence[str]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Average linkage: the branches, and the names below them."""
    tree = dendrogram(linkage(squareform(distances, checks=False), "average"), no_plot=True)
    look = {"type": "scatter", "mode": "lines", "xaxis": "x3", "yaxis": "y3", "hoverinfo": "skip"}
    branches = [
        {**look, "x": x, "y": y, "line": {"width": 2, "color": "@c0"}}
        for x, y in zip(tree["icoord"], tree["dcoord"], strict=True)
    ]
    places = [10 * i + 5 for i in range(len(names))]
    axis = {"tickvals": places, "ticktext": [names[i] for i in tree["leaves"]], "range": [0, 10 * len(names)]}
    return branches, axis
