"""Time series and spike counts of an NWB file as ``(trials, time, units)``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from neurarium.core.errors import NeurariumError, bad
from neurarium.core.extras import require

BIN_MS = 20.0
Window = tuple[float, float]  # start and stop in seconds


def read_nwb(path: Path) -> dict[str, np.ndarray]:
    """Spikes of the units in bins of 20 ms, and every time series with numbers, by its place in the file.

    Where the file has a table of trials, each is cut from its start on, all to the length of the shortest.

    Raises:
        NeurariumError: where pynwb is missing, or nothing in the file can be read as such.
    """
    pynwb = require("nwb", "pynwb")
    with pynwb.NWBHDF5IO(str(path), "r", load_namespaces=True) as io:
        file = io.read()
        found = {name: np.asarray(series) for name, series in _series(file)}
        if file.units is not None and "spike_times" in file.units.colnames:
            spikes = [np.asarray(file.units["spike_times"][i], float) for i in range(len(file.units))]
            found["units"] = _counts(spikes, _windows(file) or [(0.0, max(s.max(initial=0.0) for s in spikes))])
    if not found:
        raise bad("compare", str(path), "hold units with spike times, or a time series of numbers", "none")
    return found


def _series(file: Any) -> Iterator[tuple[str, np.ndarray]]:
    """Every series of one or two axes, time first, cut into trials."""
    places = {"": file.acquisition} | {f"{name}/": module.data_interfaces for name, module in file.processing.items()}
    for place, held in places.items():
        for name, series in held.items():
            data = getattr(series, "data", None)
            if data is None or np.ndim(data) not in (1, 2) or np.asarray(data[:1]).dtype.kind not in "fiub":
                continue
            values = np.asarray(data, float).reshape(len(data), -1)
            yield f"{place}{name}", _cut(values, _clock(series, len(values)), _windows(file))


def _clock(series: Any, n: int) -> np.ndarray:
    """Seconds of each sample."""
    if series.timestamps is not None:
        return np.asarray(series.timestamps, float)
    return float(series.starting_time or 0.0) + np.arange(n) / float(series.rate)


def _windows(file: Any) -> list[Window]:
    """Trials as start and stop, all as long as the shortest; none if the file has no table of them."""
    if file.trials is None or len(file.trials) == 0:
        return []
    starts, stops = (np.asarray(file.trials[c][:], float) for c in ("start_time", "stop_time"))
    shortest = float((stops - starts).min())
    if not shortest > 0:
        raise NeurariumError("compare: a trial of the file ends before it begins. Mend its table of trials.")
    return [(start, start + shortest) for start in starts]


def _cut(values: np.ndarray, clock: np.ndarray, windows: list[Window]) -> np.ndarray:
    if not windows:
        return values[None]
    starts = [int(np.searchsorted(clock, start)) for start, _ in windows]
    stops = [int(np.searchsorted(clock, stop)) for _, stop in windows]
    n = min(stop - start for start, stop in zip(starts, stops, strict=True))
    return np.stack([values[start : start + n] for start in starts])


def _counts(spikes: list[np.ndarray], windows: list[Window], bin_ms: float = BIN_MS) -> np.ndarray:
    """Spikes in bins, ``(trials, time, units)``; what is left of a trial after the last whole bin is left out."""
    n_bins = max(1, int(round((windows[0][1] - windows[0][0]) * 1000 / bin_ms, 6)))
    edges = [start + np.arange(n_bins + 1) * bin_ms / 1000 for start, _ in windows]
    return np.stack([np.stack([np.histogram(s, e)[0] for s in spikes], -1) for e in edges]).astype(float)
