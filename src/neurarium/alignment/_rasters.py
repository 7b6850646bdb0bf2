"""What every measure of spikes does with its raster: check it and hold it as truth values."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Bool
from torch import Tensor

from neurarium.core.errors import bad


def as_raster(owner: str, spikes: object) -> Bool[Tensor, "trials time units"]:
    """A boolean tensor on the device of `spikes`; a raster of any type holds zeros and ones.

    Raises:
        NeurariumError: for another number of dimensions, an empty one, or an entry that is neither 0 nor 1.
    """
    if not isinstance(spikes, (np.ndarray, Tensor)):
        must = "be a numpy array or a torch tensor (trials, time, units)"
        raise bad(owner, "spikes", must, type(spikes).__name__)
    raster = torch.from_numpy(np.require(spikes, requirements=["W"])) if isinstance(spikes, np.ndarray) else spikes
    if raster.ndim != 3 or 0 in raster.shape:
        raise bad(owner, "spikes", "be (trials, time, units), none of them empty", tuple(raster.shape))
    fired = raster.detach() != 0
    if raster.dtype != torch.bool and bool((fired & (raster != 1)).any()):
        hint = "Several spikes in one step, or graded values, have no place in a raster."
        raise bad(owner, "spikes", "hold zeros and ones", raster[fired & (raster != 1)][0].item(), hint)
    return fired
