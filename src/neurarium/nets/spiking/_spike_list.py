"""Spikes as a list of events, as long runs give them."""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Bool, Int
from torch import Tensor


class SpikeList(NamedTuple):
    """Spike k is of unit ``units[k]`` in step ``steps[k]``, in the order of steps, then of units."""

    steps: Int[Tensor, " spikes"]
    units: Int[Tensor, " spikes"]

    def raster(self, n_steps: int, n_units: int) -> Bool[Tensor, "trials time units"]:
        """One trial, as the measures of spikes take it."""
        raster = torch.zeros(1, n_steps, n_units, dtype=torch.bool)
        raster[0, self.steps, self.units] = True
        return raster
