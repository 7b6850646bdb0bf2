"""What a number is held against: halves of the data (interval), unrelated data (null), halves of one system (floor)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor

from neurarium.alignment._compare.measures import PairMeasure
from neurarium.alignment._compare.ready import Ready
from neurarium.alignment._compare.systems import REPEATS, TRIALS, Paired, System, rows
from neurarium.core.errors import NeurariumError
from neurarium.core.rng import Rng

Drawn = TypeVar("Drawn")
LEVEL = 0.95
N_SPLITS = 20
FEW = 50  # draws of a measure that takes long


@dataclass(frozen=True)
class Draws:
    """Values of one pair on drawn data; empty where nothing could be drawn.

    Attributes:
        halves: on random halves of the first axis, without replacement.
        null: on data whose relation is broken.
    """

    halves: np.ndarray
    null: np.ndarray

    def interval(self, value: float) -> tuple[float, float]:
        """95 % interval of `value`: the spread of halves is that of the whole around the truth (delete-half jackknife).

        A bootstrap would draw rows twice, and twins look alike to any measure of similarity.
        """
        if len(self.halves) < 2:
            return np.nan, np.nan
        tail = (1 - LEVEL) / 2
        low, high = np.quantile(self.halves, [tail, 1 - tail]) - self.halves.mean()
        return float(value + low), float(value + high)


def draws_of(ready: Ready, pair: Paired, axes: str, rng: Rng, *, n_null: int, n_halves: int) -> Draws:
    """Null and halves of one pair."""
    most = FEW if ready.is_slow else max(n_null, n_halves)
    halves = _halves(ready.of, pair, axes, rng.numpy("halves"), min(n_halves, most))
    unrelated = _unrelated(ready.of, pair.y, axes, rng.numpy("null"), min(n_null, most))
    x = ready.seen(pair.x, axes)  # stays the same beside every unrelated set
    return Draws(
        halves=_values(lambda half: ready.value(*half, axes), halves),
        null=_values(lambda y: ready.between(x, ready.seen(y, axes)), unrelated),
    )


def floor_of(ready: Ready, system: System, rng: Rng) -> float | None:
    """What a measure says of two halves of one system, mean of 20 splits; None where it cannot be halved.

    A paired measure needs the same rows in both halves: repeats are split if there are any, else units. Any other
    measure is shown one half of the rows, and the other half.
    """
    data = system.complete
    axis = 0 if not ready.of.is_paired else 1 if system.axes == REPEATS else data.ndim - 1
    if data.shape[axis] < 4 or len(data) < 2:
        return None
    generator = rng.numpy("floor")
    splits = (_split(data.shape[axis], generator) for _ in range(N_SPLITS))
    halves = ((data.index_select(axis, a), data.index_select(axis, b)) for a, b in splits)
    found = _values(lambda half: ready.value(*half, system.axes), halves)
    return float(found.mean()) if len(found) else None


def _values(measure: Callable[[Drawn], float], drawn: Iterator[Drawn]) -> np.ndarray:
    """The measure of all that is drawn; what it refuses (a half without variance) is left out."""
    found = []
    for one in drawn:
        with suppress(NeurariumError):
            found.append(measure(one))
    return np.array(found, dtype=np.float64)


def _halves(
    measure: PairMeasure, pair: Paired, axes: str, generator: np.random.Generator, n: int
) -> Iterator[tuple[Tensor, Tensor]]:
    if min(len(pair.x), len(pair.y)) < 8:
        return
    for _ in range(n):
        first = _split(len(pair.x), generator)[0]
        second = first if measure.is_paired else _split(len(pair.y), generator)[0]
        yield rows(pair.x, axes, first), rows(pair.y, axes, second)


def _unrelated(measure: PairMeasure, y: Tensor, axes: str, generator: np.random.Generator, n: int) -> Iterator[Tensor]:
    """The second system with its relation broken.

    Paired: its rows in another order (one trial: time shifted round). Unpaired: instants in another order within each
    trial, which leaves no dynamics, or, of samples, every unit in an order of its own, which leaves no geometry.
    """
    for _ in range(n):
        if measure.is_paired and len(y) > 1:
            shuffled = rows(y, axes, _order(len(y), generator))
        elif measure.is_paired:
            shuffled = y.roll(int(generator.integers(1, max(2, y.shape[1]))), 1)
        elif axes == TRIALS:
            shuffled = torch.stack([trial[_order(len(trial), generator)] for trial in y])
        else:
            keys = torch.from_numpy(generator.random((len(y), *y.shape[1:]))).to(y.device)
            shuffled = y.gather(0, keys.argsort(0))
        yield shuffled


def _order(n: int, generator: np.random.Generator) -> Tensor:
    return torch.from_numpy(generator.permutation(n))


def _split(n: int, generator: np.random.Generator) -> tuple[Tensor, Tensor]:
    order = _order(n, generator)
    return order[: n // 2].sort().values, order[n // 2 :].sort().values
