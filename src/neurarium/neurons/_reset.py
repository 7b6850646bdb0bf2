"""What the membrane potential becomes after a spike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor

from neurarium.core.errors import bad


@runtime_checkable
class Reset(Protocol):
    """Anything that maps the potential at the time of a spike to the one after it."""

    def __call__(
        self, v: Float[Tensor, "*shape"], z: Float[Tensor, "*shape"], threshold: float | Float[Tensor, "*shape"]
    ) -> Float[Tensor, "*shape"]:
        """The potential after the spikes `z` (0 or 1) that `v` gave."""
        ...


@dataclass(frozen=True, kw_only=True)
class SoftReset:
    """``v - z · threshold``: what exceeded the threshold is kept.

    Args:
        is_detached: gradients do not flow through the spike in the reset
            (Zenke and Vogels 2021, doi:10.1162/neco_a_01367).
    """

    is_detached: bool = False

    def __call__(
        self, v: Float[Tensor, "*shape"], z: Float[Tensor, "*shape"], threshold: float | Float[Tensor, "*shape"]
    ) -> Float[Tensor, "*shape"]:
        """The potential after the spikes `z`."""
        z = z.detach() if self.is_detached else z
        return v - z * threshold


@dataclass(frozen=True, kw_only=True)
class HardReset:
    """``(1 - z) · v + z · v_reset``: whatever the potential was, it restarts at `v_reset`.

    Args:
        v_reset: potential after a spike, in the unit of the threshold.
        is_detached: gradients do not flow through the spike in the reset.
    """

    v_reset: float = 0.0
    is_detached: bool = False

    def __call__(
        self, v: Float[Tensor, "*shape"], z: Float[Tensor, "*shape"], threshold: float | Float[Tensor, "*shape"]
    ) -> Float[Tensor, "*shape"]:
        """The potential after the spikes `z`; the threshold plays no role."""
        z = z.detach() if self.is_detached else z
        return (1 - z) * v + z * self.v_reset


def check_reset(owner: str, reset: Reset, threshold: float) -> None:
    """Raise unless a spike right at the threshold leads below it: else the neuron would spike for ever."""
    after = reset(torch.full((1,), float(threshold)), torch.ones(1), threshold)
    if after.item() >= threshold:
        raise bad(owner, "reset", "lead below the threshold", reset, "Lower `v_reset`.")
