"""The contract of everything that has state and runs in time."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Generic, TypeVar

from torch import Tensor, nn

from neurarium.core.loop import unroll

S = TypeVar("S", bound=tuple[Any, ...])


class AbstractDynamics(nn.Module, ABC, Generic[S]):
    """A module with an explicit state: ``step`` is one instant, ``forward`` a whole sequence.

    Nothing is mutated: the state goes in and comes out, as a NamedTuple. A subclass fills in :meth:`init_state`
    and :meth:`step`; it may also replace :meth:`unroll` by a faster path that gives the same numbers.
    """

    @abstractmethod
    def init_state(self, like: Tensor) -> S:
        """The state before the first step.

        Args:
            like: one instant of input, ``(*batch, features)``; gives batch shape, dtype and device.
        """

    @abstractmethod
    def step(self, x: Tensor, state: S) -> tuple[Tensor, S]:
        """Advance by one instant: ``(x_t, state) -> (out_t, state)``."""

    def unroll(self, x: Tensor, state: S) -> tuple[Tensor, S]:
        """Run a whole sequence, time first, from `state`."""
        return unroll(self.step, x, state)

    def forward(self, x: Tensor, state: S | None = None) -> tuple[Tensor, S]:
        """Run a whole sequence, time first; always returns ``(out, state)``."""
        return self.unroll(x, self.init_state(x[0]) if state is None else state)
