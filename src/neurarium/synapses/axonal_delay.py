"""A delay for each axon."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from neurarium.core import AbstractDynamics, part
from neurarium.core.errors import bad


class AxonalDelayState(NamedTuple):
    """`line`: the last inputs, oldest first, (longest delay, ...)."""

    line: Tensor


@part(
    summary="Every unit's output arrives whole steps later, the same for all whom it reaches.",
    paper="doi:10.1109/TNNLS.2020.3021985",
    tags=("delay", "differentiable"),
)
class AxonalDelay(AbstractDynamics[AxonalDelayState]):
    """Delay of whole steps, one for all units or one for each.

    ``y_t[i] = x_(t - d_i)[i]``; before the first step nothing was under way.

    Args:
        delay_steps: d, a number for all units or one for each of the last axis.

    Raises:
        NeurariumError: for a delay that is no whole number of steps, or a width that is not that of the input.

    Example:
        >>> y, state = AxonalDelay(delay_steps=(0, 2))(torch.tensor([[1.0, 1.0], [0.0, 0.0], [0.0, 0.0]]))
        >>> y.tolist()
        [[1.0, 0.0], [0.0, 0.0], [0.0, 1.0]]

    Paper: Shrestha and Orchard 2018, SLAYER, doi:10.1109/TNNLS.2020.3021985, gives each axon a delay.
    """

    def __init__(self, *, delay_steps: int | Sequence[int] = 1) -> None:
        super().__init__()
        delays = [delay_steps] if isinstance(delay_steps, int) else list(delay_steps)
        if not delays or not all(isinstance(d, int) and d >= 0 for d in delays):
            raise bad("AxonalDelay", "delay_steps", "be whole numbers of steps, 0 or more", delay_steps)
        self.longest = max(delays)
        self.register_buffer("delay_steps", torch.tensor(delays))

    def init_state(self, like: Float[Tensor, "*batch units"]) -> AxonalDelayState:
        """Nothing under way."""
        if len(self.delay_steps) not in (1, like.shape[-1]):
            raise bad("AxonalDelay", "x", f"end in {len(self.delay_steps)} units", tuple(like.shape))
        return AxonalDelayState(like.new_zeros(self.longest, *like.shape))

    def step(
        self, x: Float[Tensor, "*batch units"], state: AxonalDelayState
    ) -> tuple[Float[Tensor, "*batch units"], AxonalDelayState]:
        """Send one instant off; gives what arrives now."""
        y, state = self.unroll(x.unsqueeze(0), state)
        return y.squeeze(0), state

    def unroll(
        self, x: Float[Tensor, "time *batch units"], state: AxonalDelayState
    ) -> tuple[Float[Tensor, "time *batch units"], AxonalDelayState]:
        """A whole sequence at once."""
        line = torch.cat([state.line, x])
        sent = torch.arange(len(x), device=x.device).unsqueeze(1) + self.longest - self.delay_steps
        sent = sent.view(len(x), *[1] * (x.ndim - 2), -1).expand(x.shape)
        return line.gather(0, sent), AxonalDelayState(line[len(x) :])
