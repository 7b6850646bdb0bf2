"""NMDA receptors: slow, and blocked by magnesium at rest."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from neurarium.core import AbstractDynamics, part
from neurarium.core.errors import check_finite, check_not_negative
from neurarium.synapses.double_exponential import DoubleExponential, DoubleExponentialState

HALF_BLOCK_MMOL, STEEPNESS_PER_MV = 3.57, 0.062  # Jahr and Stevens 1990, equation 4a


@part(
    summary="Slow synapse whose current a magnesium block gates by the postsynaptic potential.",
    paper="doi:10.1523/JNEUROSCI.10-09-03178.1990",
    tags=("synaptic kernel", "differentiable"),
)
class NMDA(AbstractDynamics[DoubleExponentialState]):
    """Conductance of NMDA receptors; :meth:`current` adds the block, which is instantaneous.

    ``g(t) = Σ x c (exp(-t / tau_decay) - exp(-t / tau_rise))``, as in :class:`DoubleExponential`, and
    ``I = g B(v) (E - v)``  with  ``B(v) = 1 / (1 + [Mg] / 3.57 exp(-0.062 v))``, v in mV; elementwise.

    The conductance is linear in its input, so a postsynaptic unit needs one state for all its synapses.

    Args:
        tau_rise_ms: time constant of the rise.
        tau_decay_ms: time constant of the decay.
        magnesium_mmol: concentration outside, in mmol/l; 0 lifts the block.
        reversal_mv: E, potential at which the current vanishes.
        dt_ms: length of one step.

    Example:
        >>> nmda = NMDA()
        >>> [round(b, 3) for b in nmda.unblocked(torch.tensor([-65.0, 0.0])).tolist()]
        [0.06, 0.781]

    Paper: Jahr and Stevens 1990, Journal of Neuroscience 10, 3178-3182.
    """

    def __init__(
        self,
        *,
        tau_rise_ms: float = 2.0,
        tau_decay_ms: float = 100.0,
        magnesium_mmol: float = 1.0,
        reversal_mv: float = 0.0,
        dt_ms: float = 1.0,
    ) -> None:
        super().__init__()
        check_not_negative("NMDA", magnesium_mmol=magnesium_mmol)
        check_finite("NMDA", reversal_mv=reversal_mv)
        self.kinetics = DoubleExponential(tau_rise_ms=tau_rise_ms, tau_decay_ms=tau_decay_ms, dt_ms=dt_ms)
        self.magnesium_mmol, self.reversal_mv = magnesium_mmol, reversal_mv

    def init_state(self, like: Float[Tensor, "*shape"]) -> DoubleExponentialState:
        """Nothing has arrived yet."""
        return self.kinetics.init_state(like)

    def step(
        self, x: Float[Tensor, "*shape"], state: DoubleExponentialState
    ) -> tuple[Float[Tensor, "*shape"], DoubleExponentialState]:
        """The conductance without the block."""
        return self.kinetics.step(x, state)

    def unblocked(self, v_mv: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        """B, the share of the conductance that the block leaves at potential `v_mv`."""
        return 1 / (1 + self.magnesium_mmol / HALF_BLOCK_MMOL * torch.exp(-STEEPNESS_PER_MV * v_mv))

    def current(self, g: Float[Tensor, "*shape"], v_mv: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        """I, inward positive, in the unit of `g` times mV."""
        return g * self.unblocked(v_mv) * (self.reversal_mv - v_mv)
