"""Leaky integrate-and-fire neuron."""

from __future__ import annotations

import math
from types import ModuleType
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from neurarium.core import AbstractDynamics, ATan, FastSigmoid, Triangle, part, spike, unroll
from neurarium.core.errors import check_positive
from neurarium.core.surrogate import Surrogate
from neurarium.core.units import decay
from neurarium.neurons import _fused_lif as fused
from neurarium.neurons._reset import HardReset, Reset, SoftReset, check_reset

# Which bump a kernel draws, and how its argument scales with 1 / width.
_BUMPS = {ATan: (fused.ATAN, math.pi / 2), FastSigmoid: (fused.FAST_SIGMOID, 1.0), Triangle: (fused.TRIANGLE, 1.0)}


class LIFState(NamedTuple):
    """`v`: membrane potential after the reset, in the unit of the threshold."""

    v: Tensor


@part(
    summary="Leaky integrate-and-fire neuron with exact decay and a surrogate gradient.",
    paper="doi:10.1017/CBO9781107447615",
    tags=("spiking", "differentiable"),
)
class LIF(AbstractDynamics[LIFState]):
    """Leaky integrate-and-fire neuron; rest at 0, elementwise over any feature shape.

    ``v = α v + x;  z = [v >= threshold];  v = reset(v, z)``  with  ``α = exp(-dt / tau_mem)``.

    The input is not scaled: `x` is the jump of the potential in one step, in the unit of the threshold.
    A current I held over the step (``tau_mem dv/dt = -v + I``) is ``x = (1 - α) I``, with α in ``alpha``:
    then `v` is exact between spikes for any dt.

    Args:
        tau_mem_ms: membrane time constant.
        dt_ms: length of one step.
        threshold: potential at which the neuron spikes.
        reset: :class:`SoftReset` (default) or :class:`HardReset`.
        surrogate: pseudo-derivative of the spike, of ``v - threshold``; default ``ATan()``.

    Raises:
        NeurariumError: for a number that is not positive, or a reset that does not lead below the threshold.

    Example:
        >>> z, state = LIF(tau_mem_ms=20.0)(torch.full((4, 1), 0.6))
        >>> z.flatten().tolist()
        [0.0, 1.0, 0.0, 1.0]

    Paper: Gerstner et al. 2014, Neuronal Dynamics, section 1.3.
    """

    def __init__(
        self,
        *,
        tau_mem_ms: float = 20.0,
        dt_ms: float = 1.0,
        threshold: float = 1.0,
        reset: Reset | None = None,
        surrogate: Surrogate | None = None,
    ) -> None:
        super().__init__()
        check_positive("LIF", tau_mem_ms=tau_mem_ms, dt_ms=dt_ms, threshold=threshold)
        self.alpha = decay(dt_ms, tau_mem_ms)
        self.threshold = threshold
        self.reset = SoftReset() if reset is None else reset
        self.surrogate = ATan() if surrogate is None else surrogate
        check_reset("LIF", self.reset, threshold)

    def init_state(self, like: Float[Tensor, "*shape"]) -> LIFState:
        """At rest: zero potential in the shape of one instant of input."""
        return LIFState(torch.zeros_like(like))

    def step(self, x: Float[Tensor, "*shape"], state: LIFState) -> tuple[Float[Tensor, "*shape"], LIFState]:
        """Decay, add the input, spike, reset; gives the spikes (0 or 1) and the new state."""
        v = self.alpha * state.v + x
        z = spike(v - self.threshold, self.surrogate)
        return z, LIFState(self.reset(v, z, self.threshold))

    def unroll(self, x: Float[Tensor, "time ..."], state: LIFState) -> tuple[Float[Tensor, "time ..."], LIFState]:
        """All instants in one compiled sweep where there is one, else step by step: the same numbers.

        There is one for the resets and surrogates of this library, with first derivatives only. On the CPU, in float32
        and float64, it keeps a potential for each instant for the way back, and takes as many threads as torch;
        ``torch.utils.checkpoint.checkpoint(neuron, x, use_reentrant=False)`` recomputes the potentials instead.
        On a GPU where Triton is installed it keeps one potential in 16, and carries halves in float32.
        """
        law, kernels = self._law(), _kernels(x, state.v)
        if law is None or kernels is None:
            return unroll(self.step, x, state)
        z, v = kernels.lif(x, state.v, law)
        return z, LIFState(v)

    def _law(self) -> fused.Law | None:
        """This neuron as a kernel knows it; None if it knows no such reset, surrogate, decay or step."""
        is_known = type(self.reset) in (SoftReset, HardReset) and type(self.surrogate) in _BUMPS
        is_plain = isinstance(self.alpha, float) and isinstance(self.threshold, (int, float))
        if not (is_known and is_plain and type(self).step is LIF.step):
            return None
        bump, scale = _BUMPS[type(self.surrogate)]
        return fused.Law(
            alpha=self.alpha,
            threshold=self.threshold,
            v_reset=getattr(self.reset, "v_reset", 0.0),
            is_hard=isinstance(self.reset, HardReset),
            is_detached=self.reset.is_detached,
            bump=bump,
            slope=scale / self.surrogate.width,
        )


def _kernels(x: Tensor, v: Tensor) -> ModuleType | None:
    """Whose `lif` takes a sequence `x` from `v`: numba's on the CPU, Triton's on a GPU, or nobody's."""
    if fused.is_fusable(x, v):
        return fused
    if not x.is_cuda:
        return None
    from neurarium.neurons import _triton_lif  # here, as only a GPU needs Triton

    return _triton_lif if _triton_lif.is_fusable(x, v) else None
