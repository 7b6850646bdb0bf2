"""The contract of every plasticity rule."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Generic, TypeVar

from jaxtyping import Float
from torch import Tensor

S = TypeVar("S", bound=tuple[Any, ...])


class AbstractRule(ABC, Generic[S]):
    """Changes one matrix from the activity on its two sides; nothing is mutated."""

    @abstractmethod
    def init_state(self, w: Float[Tensor, "post pre"]) -> S:
        """The state before the first update (traces, momentum) of the matrix `w`."""

    @abstractmethod
    def step(
        self,
        pre: Float[Tensor, "batch pre"],
        post: Float[Tensor, "batch post"],
        w: Float[Tensor, "post pre"],
        state: S,
        modulator: Float[Tensor, " batch"] | None = None,
    ) -> tuple[Float[Tensor, "post pre"], S]:
        """One update.

        Args:
            pre: activity of the units that `w` comes from.
            post: activity of the units that `w` leads to.
            w: the matrix as it is.
            state: the rule's own.
            modulator: third factor, a number for each sample that scales what it changes; None means one.

        Returns:
            the matrix as it becomes, and the state.
        """
