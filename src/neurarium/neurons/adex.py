"""Adaptive exponential integrate-and-fire neuron."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import logsigmoid

from neurarium.core import AbstractDynamics, ATan, part, spike
from neurarium.core.errors import bad, check_finite, check_positive
from neurarium.core.surrogate import Surrogate
from neurarium.neurons._exponential_membrane import ExponentialMembrane


class AdExState(NamedTuple):
    """`v`: potential after the reset, in mV; `w`: adaptation current, in nA."""

    v: Tensor
    w: Tensor


@part(
    summary="Adaptive exponential integrate-and-fire neuron, with spike times finer than a step.",
    paper="doi:10.1152/jn.00686.2005",
    tags=("spiking", "adaptive", "differentiable"),
    example=dict(dt_ms=2.0),
)
class AdEx(AbstractDynamics[AdExState]):
    """Adaptive exponential neuron (C, g, E, V_T, Δ of the membrane); the input x is a current in nA; elementwise.

    ``C dv/dt = -g (v - E) + g Δ exp((v - V_T) / Δ) - w + x;  tau_w dw/dt = a (v - E) - w``
    ``v >= v_peak:  z = 1;  v = v_reset;  w = w + b``

    The exponential blows up in finite time, so a Runge-Kutta step (order 4) runs in ``q = log σ((v - V_T) / Δ)``,
    where it is flat: ``q' = [σ(s) + σ(-s) ((E - V_T) / Δ - s + (x - w) / (g Δ))] g / C`` with ``s = (v - V_T) / Δ``.
    A spike is reset at the instant at which q crosses its peak; an Euler step covers the rest of the step.

    Args:
        membrane: C, g, E, V_T, Δ and the peak; default that of the paper.
        a_ns: adaptation below threshold, nanosiemens.
        b_na: jump of the adaptation current at a spike.
        tau_w_ms: time constant of the adaptation current.
        v_reset_mv: potential after a spike.
        dt_ms: length of one step, no longer than the membrane's time constant; at most one spike in each.
        surrogate: pseudo-derivative of the spike, of q less its peak; default ``ATan()``.

    Example:
        >>> z, state = AdEx()(torch.full((1000, 1), 1.0))      # 1 nA for 100 ms
        >>> z.sum().item()
        5.0

    Paper: Brette and Gerstner 2005, Journal of Neurophysiology 94, 3637-3642.
    """

    def __init__(
        self,
        *,
        membrane: ExponentialMembrane | None = None,
        a_ns: float = 4.0,
        b_na: float = 0.0805,
        tau_w_ms: float = 144.0,
        v_reset_mv: float = -70.6,
        dt_ms: float = 0.1,
        surrogate: Surrogate | None = None,
    ) -> None:
        super().__init__()
        self.membrane = ExponentialMembrane() if membrane is None else membrane
        check_positive("AdEx", tau_w_ms=tau_w_ms, dt_ms=dt_ms)
        check_finite("AdEx", a_ns=a_ns, b_na=b_na, v_reset_mv=v_reset_mv)
        if v_reset_mv >= self.membrane.v_peak_mv:
            raise bad("AdEx", "v_reset_mv", f"lie below the peak, {self.membrane.v_peak_mv:g} mV", v_reset_mv)
        if dt_ms > self.membrane.tau_mem_ms:
            raise bad("AdEx", "dt_ms", f"be at most the time constant, {self.membrane.tau_mem_ms:.3g} ms", dt_ms)
        self.a_ns, self.b_na, self.tau_w_ms = a_ns, b_na, tau_w_ms
        self.v_reset_mv, self.dt_ms = v_reset_mv, dt_ms
        self.surrogate = ATan() if surrogate is None else surrogate
        # exp(-s) = (1 - σ) / σ, so q of the peak is -log(1 + exp(-s)).
        self.s_peak = (self.membrane.v_peak_mv - self.membrane.v_threshold_mv) / self.membrane.slope_mv
        self.q_peak = -math.log1p(math.exp(-self.s_peak))

    def init_state(self, like: Float[Tensor, "*shape"]) -> AdExState:
        """At the leak's reversal potential, not adapted."""
        return AdExState(torch.full_like(like, self.membrane.v_rest_mv), torch.zeros_like(like))

    def step(self, x: Float[Tensor, "*shape"], state: AdExState) -> tuple[Float[Tensor, "*shape"], AdExState]:
        """One Runge-Kutta step in q and w; where it crosses the peak, reset there and go on."""
        m, h = self.membrane, self.dt_ms
        q_0, w_0 = logsigmoid((state.v - m.v_threshold_mv) / m.slope_mv), state.w
        dq, dw = self._slopes(x, q_0, w_0)
        k_q, k_w = dq, dw
        for share, weight in ((0.5, 2), (0.5, 2), (1.0, 1)):
            k_q, k_w = self._slopes(x, q_0 + share * h * k_q, w_0 + share * h * k_w)
            dq, dw = dq + weight * k_q, dw + weight * k_w
        q, w = q_0 + h * dq / 6, w_0 + h * dw / 6
        z = spike(q - self.q_peak, self.surrogate)
        v_after, w_after = self._reset(x, q_0, w_0, q)
        has_spiked = z.detach() > 0
        v = m.v_threshold_mv + m.slope_mv * self._s(q)
        return z, AdExState(torch.where(has_spiked, v_after, v), torch.where(has_spiked, w_after, w))

    def _s(self, q: Tensor) -> Tensor:
        """(v - V_T) / Δ where its log σ is `q`; not above the peak, where q ends."""
        is_below = q < self.q_peak
        q = torch.where(is_below, q, -1.0)  # where it is not used, it must still have a gradient
        return torch.where(is_below, q - torch.log(-torch.expm1(q)), self.s_peak)

    def _slopes(self, x: Tensor, q: Tensor, w: Tensor) -> tuple[Tensor, Tensor]:
        """The time derivatives of q and w."""
        m, s = self.membrane, self._s(q)
        s_rest = (m.v_rest_mv - m.v_threshold_mv) / m.slope_mv
        dq = (torch.sigmoid(s) + torch.sigmoid(-s) * (s_rest - s + (x - w) / m.unit_na)) / m.tau_mem_ms
        return dq, self._dw(m.v_threshold_mv + m.slope_mv * s, w)

    def _reset(self, x: Tensor, q_0: Tensor, w_0: Tensor, q: Tensor) -> tuple[Tensor, Tensor]:
        """Potential and adaptation at the end of a step with a spike in it."""
        m = self.membrane
        share = ((self.q_peak - q_0) / (q - q_0).clamp_min(1e-9)).clamp(0, 1).detach()
        until_ms, after_ms = share * self.dt_ms, (1 - share) * self.dt_ms
        # Up to the peak q is a straight line from q_0 to almost 0, where s is near -log|q|, with the mean 1 - log|q_0|:
        # a quadrature over the step would stumble over this pole.
        v_mean = m.v_threshold_mv + m.slope_mv * (1 - (-q_0).clamp_min(1e-30).log())
        w = w_0 + until_ms * self._dw(v_mean, w_0) + self.b_na
        s = (self.v_reset_mv - m.v_threshold_mv) / m.slope_mv
        drive_mv = m.v_rest_mv - self.v_reset_mv + m.slope_mv * (math.exp(s) + (x - w) / m.unit_na)
        return self.v_reset_mv + after_ms * drive_mv / m.tau_mem_ms, w + after_ms * self._dw(self.v_reset_mv, w)

    def _dw(self, v: Tensor | float, w: Tensor) -> Tensor:
        """The time derivative of w."""
        return (self.a_ns / 1000 * (v - self.membrane.v_rest_mv) - w) / self.tau_w_ms
