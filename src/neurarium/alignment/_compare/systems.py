"""Systems to compare: what a user gives becomes one array with named axes, identities and remarks."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from neurarium.core.errors import NeurariumError, bad, unknown
from neurarium.core.recording import Recording

SAMPLES, TRIALS, REPEATS, RDM = "samples units", "trials time units", "samples repeats units", "stimuli stimuli"
AXES = (SAMPLES, TRIALS, REPEATS, RDM)


@dataclass(frozen=True, eq=False)
class System:
    """One system; its first axis is what is drawn anew: samples, or whole trials.

    Attributes:
        name: what the user calls it.
        data: float64, by `axes`; may hold NaN where an entry was not observed.
        axes: one of ``AXES``.
        ids: identity of each entry of the first axis, if the user gave them.
        warnings: reasons to doubt every number of this system.
    """

    name: str
    data: Tensor
    axes: str
    ids: tuple[Hashable, ...] | None
    warnings: tuple[str, ...]

    @property
    def n_units(self) -> int:
        """Length of the last axis."""
        return self.data.shape[-1]

    @cached_property
    def complete(self) -> Tensor:
        """The entries of the first axis that hold no NaN."""
        return self.data[is_complete(self.data)]


def systems_of(given: object, axes: str | None, ids: Mapping[str, Sequence[Hashable]] | None) -> list[System]:
    """Read every system, or say which one cannot be read.

    Raises:
        NeurariumError: unless there are two systems or more, each an array, a table or a recording with such axes.
    """
    if not isinstance(given, Mapping) or len(given) < 2:
        got = f"{len(given)} systems" if isinstance(given, Mapping) else type(given).__name__
        raise bad("compare", "systems", "be a mapping of two names or more to arrays", got)
    if axes is not None and axes not in AXES:
        raise unknown("order of axes", axes, AXES)
    for name in ids or {}:
        if name not in given:
            raise unknown("system", name, list(map(str, given)), "`ids` holds identities by the names of the systems.")
    return [_system(str(name), values, axes, (ids or {}).get(name)) for name, values in given.items()]


def _system(name: str, values: Any, axes: str | None, ids: Sequence[Hashable] | None) -> System:
    if isinstance(values, Recording):
        if len(values) != 1:
            raise bad("compare", name, "hold one array", list(values), f"Give {name}['...'] with its axes in order.")
        values, axes = next(iter(values.arrays.values())).swapaxes(0, 1), TRIALS
    if isinstance(values, pd.DataFrame):
        ids = tuple(values.index) if ids is None and not isinstance(values.index, pd.RangeIndex) else ids
        values = values.to_numpy()
    data = _double(name, values)
    axes = axes or (RDM if _is_rdm(data) else {2: SAMPLES, 3: TRIALS}.get(data.ndim, SAMPLES))
    if data.ndim != len(axes.split()) or 0 in data.shape:
        must = f"be ({', '.join(axes.split())}), none of them empty"
        raise bad("compare", name, must, tuple(data.shape), f"Say axes=... if they mean something else: {AXES}.")
    if ids is not None and (len(ids) != len(data) or len(set(ids)) != len(ids)):
        raise bad("compare", "ids", f"name each of the {len(data)} entries of {name} once", f"{len(ids)} names")
    if axes == RDM:
        if not _is_rdm(data):
            must = "be symmetric with zeros on the diagonal"
            raise bad("compare", name, must, tuple(data.shape), "Or say other axes.")
        data = data.clone().fill_diagonal_(0.0)  # what the user gave stays as it is
    doubts = () if axes == RDM else tuple(_doubts(name, data, axes))
    return System(name, data, axes, None if ids is None else tuple(ids), doubts)


def _is_rdm(data: Tensor) -> bool:
    """Whether it is a square of dissimilarities: symmetric, nothing on the diagonal."""
    if data.ndim != 2 or data.shape[0] != data.shape[1] or len(data) < 3:
        return False
    scale = data.abs().nan_to_num().max()
    off = (data - data.mT).abs().nan_to_num().max()
    return bool(data.diagonal().nan_to_num().abs().max() <= 1e-9 * scale) and bool(off <= 1e-6 * scale)


def _double(name: str, values: Any) -> Tensor:
    """Float64 on the device it came from; NaN stays, it marks what was not observed."""
    if not isinstance(values, (np.ndarray, Tensor)):
        hint = "Lists become arrays by numpy.asarray."
        raise bad("compare", name, "be an array, a tensor, a data frame or a recording", type(values).__name__, hint)
    is_real = not values.is_complex() if isinstance(values, Tensor) else values.dtype.kind in "fiub"
    if not is_real:
        raise bad("compare", name, "hold real numbers", str(values.dtype))
    if isinstance(values, np.ndarray):
        values = torch.from_numpy(np.require(values, np.float64, ["C", "W"]))
    data = values.detach().to(torch.float64)
    if bool(data.isinf().any()):
        raise bad("compare", name, "hold no infinity", "infinity", "Write NaN where a value was not observed.")
    return data


def _doubts(name: str, data: Tensor, axes: str) -> list[str]:
    """Constant units, and axes that look swapped: neighbours along trials are more alike than neighbours in time."""
    found = []
    flat = data.flatten(0, -2)
    n_constant = int((flat.nan_to_num(torch.inf).amin(0) >= flat.nan_to_num(-torch.inf).amax(0)).sum())
    if n_constant:
        found.append(f"{n_constant} of {data.shape[-1]} units of {name} are constant")
    if axes == TRIALS and min(data.shape[:2]) > 3:
        over_trials, over_time = _smoothness(data, 0), _smoothness(data, 1)
        if over_trials > over_time + 0.2:
            found.append(
                f"time axis of {name} suspected swapped: neighbours correlate {over_trials:.2f} along trials, "
                f"{over_time:.2f} along time"
            )
    return found


def _smoothness(data: Tensor, axis: int) -> float:
    """Correlation of neighbours along `axis`, over all units, each unit centred along that axis."""
    x = torch.nan_to_num(data - data.nanmean(axis, keepdim=True)).movedim(axis, 0)
    power = x.square().sum()
    return float((x[1:] * x[:-1]).sum() / power) if bool(power > 0) else 0.0


@dataclass(frozen=True, eq=False)
class Paired:
    """Two systems whose rows answer the same things.

    Attributes:
        x: rows of the first that are complete in both.
        y: the rows of the second that belong to them.
        n_dropped: rows left out because one of the two lacks a value.
    """

    x: Tensor
    y: Tensor
    n_dropped: int


def paired(a: System, b: System) -> Paired:
    """The rows that both systems have, in one order.

    Raises:
        NeurariumError: when nothing says which row belongs to which; the message is the reason.
    """
    if a.ids is not None and b.ids is not None:
        place = {key: i for i, key in enumerate(b.ids)}
        common = [(i, place[key]) for i, key in enumerate(a.ids) if key in place]
        if not common:
            raise NeurariumError("unpaired: no identity occurs in both systems")
        i, j = torch.tensor(common).T
        x, y = rows(a.data, a.axes, i), rows(b.data, b.axes, j)
    elif (a.ids is None) != (b.ids is None):
        raise NeurariumError("unpaired: only one of the two has ids")
    elif a.data.shape[:-1] != b.data.shape[:-1] or (RDM in (a.axes, b.axes) and a.axes != b.axes):
        mine, other = (" x ".join(map(str, s.data.shape[:-1])) for s in (a, b))
        raise NeurariumError(f"unpaired: {mine} and {other} {' and '.join(a.axes.split()[:-1])}")
    else:
        x, y = a.data, b.data
    if x.shape[:-1] != y.shape[:-1]:  # as many rows by now
        raise NeurariumError(f"unpaired: {tuple(x.shape[1:-1])} and {tuple(y.shape[1:-1])} {a.axes.split()[1]}")
    keep = is_complete(x) & is_complete(y)
    kept = keep.nonzero()[:, 0]
    return Paired(rows(x, a.axes, kept), rows(y, b.axes, kept), int((~keep).sum()))


def rows(data: Tensor, axes: str, index: Tensor) -> Tensor:
    """Some entries of the first axis; of an RDM, of both axes."""
    index = index.to(data.device)
    return data[index][:, index] if axes == RDM else data[index]


def is_complete(data: Tensor) -> Tensor:
    """Which entries of the first axis hold no NaN."""
    return ~data.isnan().flatten(1).any(1)
