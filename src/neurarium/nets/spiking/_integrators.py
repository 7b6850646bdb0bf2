"""How a time constant of a differential equation becomes the share that a membrane keeps in one step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from neurarium.core.errors import bad, check_positive


@runtime_checkable
class Integrator(Protocol):
    """A step of ``tau dv/dt = -v + drive`` with the drive held: ``v = share v + (1 - share) drive``."""

    @property
    def dt_ms(self) -> float:
        """Length of the step."""
        ...

    def share(self, tau_s: np.ndarray) -> np.ndarray:
        """What is kept in a step."""
        ...

    def tau_s(self, share: np.ndarray) -> np.ndarray:
        """The time constant that keeps it, in seconds."""
        ...


@dataclass(frozen=True, kw_only=True)
class ExactStep:
    """``share = exp(-dt / tau)``: right for any step; what the neurons of this library do.

    Args:
        dt_ms: length of the step.
    """

    dt_ms: float = 1.0

    def __post_init__(self) -> None:
        check_positive("ExactStep", dt_ms=self.dt_ms)

    def share(self, tau_s: np.ndarray) -> np.ndarray:
        """What is kept in a step."""
        return np.exp(-self.dt_ms / 1e3 / tau_s)

    def tau_s(self, share: np.ndarray) -> np.ndarray:
        """The time constant that keeps it, in seconds."""
        return -self.dt_ms / 1e3 / np.log(share)


@dataclass(frozen=True, kw_only=True)
class EulerStep:
    """``share = 1 - dt / tau``: Euler's step, as snnTorch (``dt_ms=0.1``) and Norse (``dt_ms=1.0``) take it.

    Args:
        dt_ms: length of the step.
    """

    dt_ms: float = 1.0

    def __post_init__(self) -> None:
        check_positive("EulerStep", dt_ms=self.dt_ms)

    def share(self, tau_s: np.ndarray) -> np.ndarray:
        """What is kept in a step."""
        if np.any(tau_s * 1e3 <= self.dt_ms):
            raise bad("EulerStep", "dt_ms", f"be below every time constant ({tau_s.min() * 1e3:g} ms)", self.dt_ms)
        return 1 - self.dt_ms / 1e3 / tau_s

    def tau_s(self, share: np.ndarray) -> np.ndarray:
        """The time constant that keeps it, in seconds."""
        return self.dt_ms / 1e3 / (1 - share)
