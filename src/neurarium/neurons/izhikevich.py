"""Izhikevich neuron."""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from neurarium.core import AbstractDynamics, ATan, part, spike
from neurarium.core.errors import bad, check_finite, check_positive
from neurarium.core.surrogate import Surrogate

PEAK_MV = 30.0
START_MV = -65.0


class IzhikevichState(NamedTuple):
    """`v`: potential after the reset, in mV; `u`: recovery."""

    v: Tensor
    u: Tensor


@part(
    summary="Two equations that fire like most cortical cells: regularly, in bursts, fast, late.",
    paper="doi:10.1109/TNN.2003.820440",
    tags=("spiking", "adaptive", "differentiable"),
    example=dict(b=0.26, dt_ms=2.0),
)
class Izhikevich(AbstractDynamics[IzhikevichState]):
    """Izhikevich's simple model, in the scheme of the published program; elementwise.

    ``dv/dt = 0.04 v² + 5 v + 140 - u + x;  du/dt = a (b v - u)``, v in mV, t in ms, as two half steps and one step:
    ``v = v + dt/2 (0.04 v² + 5 v + 140 - u + x)``, twice;  ``u = u + dt a (b v - u)``
    ``z = [v >= 30];  v = (1 - z) v + z c_mv;  u = u + z d``

    With ``dt_ms=1`` these are the numbers of the paper's program, which are not a converged solution of the
    equations: results built on it need them. Gradients do not flow through the spike in the reset.

    Args:
        a: rate of the recovery, 1/ms.
        b: pull of the potential on the recovery.
        c_mv: potential after a spike.
        d: jump of the recovery at a spike.
        dt_ms: length of one step.
        surrogate: pseudo-derivative of the spike, of ``(v - 30) / 30``; default ``ATan()``.

    Example:
        >>> from neurarium.neurons import IZHIKEVICH_PRESETS
        >>> bursts, _ = Izhikevich(**IZHIKEVICH_PRESETS["chattering"])(torch.full((60, 1), 10.0))
        >>> bursts.flatten().nonzero().flatten().tolist()
        [3, 6, 9, 13]

    Paper: Izhikevich 2003, IEEE Transactions on Neural Networks 14, 1569-1572.
    """

    def __init__(
        self,
        *,
        a: float = 0.02,
        b: float = 0.2,
        c_mv: float = -65.0,
        d: float = 8.0,
        dt_ms: float = 1.0,
        surrogate: Surrogate | None = None,
    ) -> None:
        super().__init__()
        check_positive("Izhikevich", a=a, dt_ms=dt_ms)
        check_finite("Izhikevich", b=b, c_mv=c_mv, d=d)
        if c_mv >= PEAK_MV:
            raise bad("Izhikevich", "c_mv", f"lie below the peak of a spike, {PEAK_MV:g} mV", c_mv)
        self.a, self.b, self.c_mv, self.d, self.dt_ms = a, b, c_mv, d, dt_ms
        self.surrogate = ATan() if surrogate is None else surrogate

    def init_state(self, like: Float[Tensor, "*shape"]) -> IzhikevichState:
        """The published start: ``v = -65``, ``u = b v``."""
        return IzhikevichState(torch.full_like(like, START_MV), torch.full_like(like, self.b * START_MV))

    def step(
        self, x: Float[Tensor, "*shape"], state: IzhikevichState
    ) -> tuple[Float[Tensor, "*shape"], IzhikevichState]:
        """Two half steps of the potential, one of the recovery, spike, reset."""
        v, u = state
        for _ in range(2):
            v = v + 0.5 * self.dt_ms * (0.04 * v**2 + 5 * v + 140 - u + x)
        u = u + self.dt_ms * self.a * (self.b * v - u)
        z = spike((v - PEAK_MV) / PEAK_MV, self.surrogate)
        fired = z.detach()
        return z, IzhikevichState((1 - fired) * v + fired * self.c_mv, u + fired * self.d)
