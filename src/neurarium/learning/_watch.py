"""What the trainers ask of the lists they write presynaptic factors to."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from neurarium.core.errors import bad
from neurarium.nets.spiking import SpikingMLP


def check_watch(owner: str, net: SpikingMLP, watch: Sequence[list[Tensor]]) -> None:
    """Raise unless `watch` is empty or holds a list for each layer of `net`."""
    if len(watch) not in (0, len(net.synapses)):
        raise bad(owner, "watch", f"hold {len(net.synapses)} lists, one for each layer", len(watch))
