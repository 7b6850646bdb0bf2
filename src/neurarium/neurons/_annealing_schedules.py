"""How the noise of an annealer's thresholds falls: functions from ticks to temperatures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int64

from neurarium.core.errors import check_not_negative, check_positive

# ticks 1, 2, ... and the length of the run -> temperatures, in the unit of the energy
Schedule = Callable[[Int64[np.ndarray, " ticks"], int], Float64[np.ndarray, " ticks"]]


@dataclass(frozen=True, kw_only=True)
class FowlerNordheim:
    """The voltage of a floating gate that leaks by tunnelling: ``T(t) = beta / log(1 + t / c)``.

    As ``beta c / t`` until t reaches c, then as ``1 / log t``: the slowness that annealing needs to be sure of the
    ground state. It does not know when the run will end.

    Args:
        beta: size of the barrier to be climbed, in the unit of the energy.
        c: ticks after which the fall turns slow.

    Example:
        >>> FowlerNordheim(beta=2.0, c=1.0)(np.array([3]), 10).round(6).tolist()
        [1.442695]
    """

    beta: float = 4.0
    c: float = 500.0

    def __post_init__(self) -> None:
        check_positive("FowlerNordheim", beta=self.beta, c=self.c)

    def __call__(self, ticks: Int64[np.ndarray, " ticks"], n_steps: int) -> Float64[np.ndarray, " ticks"]:
        """``beta / log(1 + t / c)``, whatever the length of the run."""
        return self.beta / np.log(1 + ticks / self.c)  # numpy's log1p is three times slower


@dataclass(frozen=True, kw_only=True)
class Geometric:
    """The engineer's cooling: ``T(t) = first (last / first)^(t / n_steps)``, ends at `last` when the run does.

    Example:
        >>> Geometric(first=8.0, last=2.0)(np.array([0, 5, 10]), 10).round(9).tolist()
        [8.0, 4.0, 2.0]
    """

    first: float
    last: float

    def __post_init__(self) -> None:
        check_positive("Geometric", first=self.first, last=self.last)

    def __call__(self, ticks: Int64[np.ndarray, " ticks"], n_steps: int) -> Float64[np.ndarray, " ticks"]:
        """Falls by the same factor in equal times."""
        return self.first * np.exp(ticks * (np.log(self.last / self.first) / n_steps))


@dataclass(frozen=True, kw_only=True)
class Constant:
    """No cooling: the network samples the Boltzmann distribution of `temperature`; at 0 it only descends."""

    temperature: float

    def __post_init__(self) -> None:
        check_not_negative("Constant", temperature=self.temperature)

    def __call__(self, ticks: Int64[np.ndarray, " ticks"], n_steps: int) -> Float64[np.ndarray, " ticks"]:
        """The same at every tick."""
        return np.full(len(ticks), float(self.temperature))
