"""A measure made ready for certain systems: what is done once to each, and what is asked of two, or of all at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor

from neurarium.alignment._compare.measures import PairMeasure
from neurarium.alignment._compare.systems import System
from neurarium.alignment._dsa_distances import dsa_distances
from neurarium.alignment._dsa_operators import dsa_operators
from neurarium.alignment.dsa import dsa
from neurarium.alignment.dsa_rank import dsa_rank
from neurarium.core.errors import NeurariumError

N_DELAYS, RANK = 5, 10  # at most: a high rank whitens noise until it counts as dynamics
Together = Callable[[Sequence[Tensor]], tuple[Tensor, Tensor | None]]


@dataclass(frozen=True)
class Ready:
    """A measure of certain systems.

    Attributes:
        of: the measure.
        prepare: what is done once to the data of a system.
        between: the value of two prepared systems.
        together: values of all prepared systems at once, and bounds no search can pass, where pairs help each other.
        says: how it was set, where the data decided.
    """

    of: PairMeasure
    prepare: Callable[[Tensor], Tensor]
    between: Callable[[Tensor, Tensor], float]
    together: Together | None = None
    says: str = ""

    @property
    def is_slow(self) -> bool:
        """Whether it takes so long that few draws must do."""
        return self.together is not None or "slow" in self.of.tags

    def seen(self, data: Tensor, axes: str) -> Tensor:
        """`data` in the shape that the measure takes, prepared."""
        return self.prepare(self.of.see(data, axes))

    def value(self, x: Tensor, y: Tensor, axes: str) -> float:
        """The measure of the data of two systems."""
        return self.between(self.seen(x, axes), self.seen(y, axes))


def made_ready(measure: PairMeasure, systems: Sequence[System]) -> Ready:
    """Options that only the data can tell (delays and rank of an operator) are found here, the same for all systems."""
    if measure.function is not dsa and "operators" not in measure.tags:
        function = partial(measure.function, **measure.options)
        return Ready(measure, lambda data: data, lambda x, y: _number(function(x, y)))
    searching = {k: v for k, v in measure.options.items() if k == "effort"}
    fit, says = _fit_for(systems, **{k: v for k, v in measure.options.items() if k not in searching})
    if measure.function is dsa:
        return Ready(measure, fit, _quick, partial(_searched, **searching), says)
    return Ready(measure, fit, lambda a, b: float(measure.function(torch.stack([a, b]))[0, 1]), says=says)


def _number(found: Any) -> float:
    """The value itself, or that of a result which says more."""
    return float(getattr(found, "value", found))


def _quick(a: Tensor, b: Tensor) -> float:
    """The angle of one pair by the fast search: for draws, of which there are many."""
    return float(dsa_distances(torch.stack([a, b]), effort="fast").values[0, 1])


def _searched(operators: Sequence[Tensor], **searching: Any) -> tuple[Tensor, Tensor]:
    found = dsa_distances(torch.stack([*operators]), **searching)
    return found.values, found.lower_bounds


def _fit_for(systems: Sequence[System], **chosen: Any) -> tuple[Callable[[Tensor], Tensor], str]:
    """How every system is fitted: as chosen; else few delays, and the rank that foretells held-out trials best.

    The same rank for all: that of the system which needs the most, at most 10, and no more than every system fills.
    """
    n_steps = min(s.data.shape[1] for s in systems)
    n_delays = chosen.pop("n_delays", min(N_DELAYS, max(1, n_steps // 4)))
    rank = chosen.pop("rank", None)
    if rank is None:
        most = min(_filled(s.complete, n_delays, chosen) for s in systems)
        rank = max(_needed(s.complete, n_delays, most, chosen) for s in systems)
    fit = partial(_operator, n_delays=n_delays, rank=rank, **chosen)
    return fit, f"{n_delays} delays, rank {rank}"


def _needed(complete: Tensor, n_delays: int, most: int, chosen: dict[str, Any]) -> int:
    """The rank of :func:`dsa_rank`; all there is where too few trials are left to be held out."""
    if len(complete) < 4 or most == 1:
        return most
    return dsa_rank(complete, ranks=range(1, most + 1), delays=(n_delays,), **chosen).rank


def _operator(data: Tensor, **options: Any) -> Tensor:
    return dsa_operators([data], **options)[0]


def _filled(complete: Tensor, n_delays: int, chosen: dict[str, Any]) -> int:
    """The highest rank up to ``RANK`` that half of the complete trials fill: draws look at no more."""
    for rank in range(min(RANK, n_delays * complete.shape[-1]), 1, -1):
        with suppress(NeurariumError):
            _operator(complete[: -(-len(complete) // 2)], n_delays=n_delays, rank=rank, **chosen)
            return rank
    return 1
