"""Changes as events."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from neurarium.core import unroll
from neurarium.core.card import part
from neurarium.core.errors import check_positive


@part(
    summary="Changes of a signal as on and off events, as an event camera or a silicon cochlea gives them.",
    paper="doi:10.1109/JSSC.2007.914337",
    tags=("encoder", "spiking"),
)
def delta_code(
    x: Float[Tensor, "time *batch features"], *, threshold: float = 0.1
) -> Float[Tensor, "time *batch events"]:
    """An event whenever the signal has moved by `threshold` since the last one; at most one a step.

    ``on = [x - r >= threshold];  off = [r - x >= threshold];  r = r + threshold (on - off)``; r is what a receiver
    knows, at first ``x[0]``. While the signal moves by less than `threshold` a step, ``|x - r|`` stays below it.

    Args:
        x: signal, time first.
        threshold: change that makes an event, in the unit of the signal.

    Returns:
        zeros and ones; the on channels first, then as many off channels.

    Example:
        >>> delta_code(torch.tensor([[0.0], [0.25], [0.25], [0.25], [0.1]]), threshold=0.125).tolist()
        [[0.0, 0.0], [1.0, 0.0], [1.0, 0.0], [0.0, 0.0], [0.0, 1.0]]

    Paper: Lichtsteiner, Posch and Delbruck 2008, doi:10.1109/JSSC.2007.914337.
    """
    check_positive("delta_code", threshold=threshold)

    def step(now: Tensor, known: Tensor) -> tuple[Tensor, Tensor]:
        on, off = (now - known >= threshold).to(now.dtype), (known - now >= threshold).to(now.dtype)
        return torch.cat([on, off], -1), known + threshold * (on - off)

    return unroll(step, x, x[0])[0]
