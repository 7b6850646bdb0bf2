"""What went into a neuron and what came out, already split into train and test."""

from __future__ import annotations

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from neurarium.core.errors import bad, check_positive


@dataclass(frozen=True, eq=False)
class NeuronIO:
    """Trials of one neuron, time first.

    Attributes:
        train_x: spikes of each synapse in each step, ``(time, train, synapses)``; inhibitory ones are negative.
        train_z: spikes of the soma, ``(time, train)``.
        train_v: potential of the soma in millivolts; that of the threshold where it spikes.
        test_x: the trials held out.
        test_z: their spikes.
        test_v: their potentials.
        dt_ms: length of a step.
    """

    train_x: Float[Tensor, "time train synapses"]
    train_z: Float[Tensor, "time train"]
    train_v: Float[Tensor, "time train"]
    test_x: Float[Tensor, "time test synapses"]
    test_z: Float[Tensor, "time test"]
    test_v: Float[Tensor, "time test"]
    dt_ms: float

    def __post_init__(self) -> None:
        check_positive("NeuronIO", dt_ms=self.dt_ms)
        for part in ("train", "test"):
            x, z, v = (getattr(self, f"{part}_{name}") for name in "xzv")
            if x.ndim != 3 or not x.shape[:2] == z.shape == v.shape:
                raise bad("NeuronIO", f"{part}_x", f"be {(*z.shape, 'synapses')}", tuple(x.shape))
