"""The competitive layer of Diehl and Cook."""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from neurarium.core import AbstractDynamics, Rng, part
from neurarium.core.errors import bad, check_count, check_not_negative, check_positive


class Population(NamedTuple):
    """Constants of one population: potentials in mV, times in ms."""

    tau_mem_ms: float
    v_rest_mv: float
    v_reset_mv: float
    v_thresh_mv: float
    v_inh_mv: float
    refractory_ms: float


EXCITATORY = Population(100.0, -65.0, -65.0, -52.0, -100.0, 5.0)
INHIBITORY = Population(10.0, -60.0, -45.0, -40.0, -85.0, 2.0)
PARTNER_WEIGHT = 10.4  # from an excitatory unit to its inhibitory partner: one spike makes it fire
SILENCE_MS = 50.0  # least time between two spikes: the clock of the released code runs at a tenth of real time
TOTAL_WEIGHT = 78.0
SLACK = 1e-3  # of a step: times that are whole steps are met whatever their rounding


class DiehlCookState(NamedTuple):
    """Potentials v (mV), conductances (in leaks), what spikes added to thresholds (mV) and steps since the last spike.

    `e` is the excitatory population and `i` the inhibitory one; `ge_*` and `gi_*` are what drives and what inhibits.
    """

    v_e: Tensor
    ge_e: Tensor
    gi_e: Tensor
    theta_mv: Tensor
    since_e: Tensor
    v_i: Tensor
    ge_i: Tensor
    since_i: Tensor


@part(
    summary="Excitatory units with adaptive thresholds that inhibit one another, each through a partner of its own.",
    paper="doi:10.3389/fncom.2015.00099",
    tags=("spiking", "unsupervised", "competitive"),
    example=dict(n_inputs=5, n_units=4),
)
class DiehlCook(AbstractDynamics[DiehlCookState]):
    """Conductance-based LIF units in soft competition; the input is spikes, the output the excitatory spikes s_e.

    ``tau dv/dt = (v_rest - v) + ge (0 - v) + gi (v_inh - v)``, implicit Euler, not for the 5 (i: 2) ms after a spike
    ``s_e = [v_e > v_thresh + theta and the last spike is 50 ms ago];  s_i = [v_i > v_thresh];  v = v_reset at a spike``
    ``ge_e = (1 - dt/tau_ge) ge_e + W x;   ge_i = (1 - dt/tau_ge) ge_i + 10.4 s_e``
    ``gi_e = (1 - dt/tau_gi) gi_e + inhibition · (Σ s_i - s_i);   theta = theta + theta_plus s_e`` (when ``training``)

    Fields: `weight` (units, inputs), uniform and scaled to a sum of 78; `theta_mv` (units). A rule changes them, see
    :func:`neurarium.learning.poisson_presentation`. Constants are those of the released code, apart from the fade of
    theta (1e7 ms). Inhibition must come before the next unit fires: at steps of 0.5 ms a bright image makes all fire.

    Args:
        n_inputs: input lines.
        n_units: excitatory units; as many inhibitory ones.
        tau_ge_ms: time constant of excitatory conductances.
        tau_gi_ms: time constant of inhibitory conductances.
        inhibition: weight from an inhibitory unit to every unit but its partner.
        theta_plus_mv: rise of a threshold at a spike.
        dt_ms: length of one step, at most each time constant.
        rng: stream ``weights`` draws the weights.

    Example:
        >>> net = DiehlCook(n_inputs=9, n_units=4, rng=Rng(0))
        >>> net(torch.ones(100, 1, 9))[0].sum() > 0
        tensor(True)

    Paper: Diehl and Cook 2015; for places Hussaini et al. 2022, arXiv:2109.06452 (2023: tau_gi 0.5 ms).
    """

    def __init__(
        self,
        *,
        n_inputs: int,
        n_units: int,
        tau_ge_ms: float = 1.0,
        tau_gi_ms: float = 2.0,
        inhibition: float = 17.0,
        theta_plus_mv: float = 0.05,
        dt_ms: float = 0.1,
        rng: Rng,
    ) -> None:
        super().__init__()
        check_count("DiehlCook", n_inputs=n_inputs, n_units=n_units)
        check_positive("DiehlCook", tau_ge_ms=tau_ge_ms, tau_gi_ms=tau_gi_ms, dt_ms=dt_ms)
        check_not_negative("DiehlCook", inhibition=inhibition, theta_plus_mv=theta_plus_mv)
        if dt_ms > min(tau_ge_ms, tau_gi_ms):
            raise bad("DiehlCook", "dt_ms", "be at most each time constant of a conductance", dt_ms)
        self.dt_ms, self.tau_ge_ms, self.tau_gi_ms = dt_ms, tau_ge_ms, tau_gi_ms
        self.inhibition, self.theta_plus_mv = inhibition, theta_plus_mv
        draw = torch.rand(n_units, n_inputs, generator=rng("weights"), dtype=torch.float64) + 0.01
        self.register_buffer("weight", (draw * TOTAL_WEIGHT / draw.sum(1, keepdim=True)).to(torch.get_default_dtype()))
        self.register_buffer("theta_mv", torch.zeros(n_units))

    def init_state(self, like: Float[Tensor, "*batch inputs"]) -> DiehlCookState:
        """At rest, ready to fire, thresholds as the net keeps them."""
        zero = like.new_zeros(*like.shape[:-1], len(self.weight))
        rested = zero + 2 * SILENCE_MS / self.dt_ms
        theta, rest_e, rest_i = zero + self.theta_mv.to(zero), EXCITATORY.v_rest_mv, INHIBITORY.v_rest_mv
        return DiehlCookState(zero + rest_e, zero, zero, theta, rested, zero + rest_i, zero, rested)

    def step(
        self, x: Float[Tensor, "*batch inputs"], state: DiehlCookState
    ) -> tuple[Float[Tensor, "*batch units"], DiehlCookState]:
        """One step of time; `x` is spikes."""
        s, dt = state, self.dt_ms
        v_e = _drifted(EXCITATORY, s.v_e, s.ge_e, s.gi_e, s.since_e, dt)
        v_i = _drifted(INHIBITORY, s.v_i, s.ge_i, torch.zeros_like(s.ge_i), s.since_i, dt)
        is_free = s.since_e + 1 > SILENCE_MS / dt + SLACK
        fires_e = ((v_e > EXCITATORY.v_thresh_mv + s.theta_mv) & is_free).to(x)
        fires_i = (v_i > INHIBITORY.v_thresh_mv).to(x)
        keep_ge, keep_gi = 1 - dt / self.tau_ge_ms, 1 - dt / self.tau_gi_ms
        return fires_e, DiehlCookState(
            torch.where(fires_e > 0, EXCITATORY.v_reset_mv, v_e),
            keep_ge * s.ge_e + x @ self.weight.to(x).mT,
            keep_gi * s.gi_e + self.inhibition * (fires_i.sum(-1, keepdim=True) - fires_i),
            s.theta_mv + self.theta_plus_mv * fires_e if self.training else s.theta_mv,
            torch.where(fires_e > 0, 0.0, s.since_e + 1),
            torch.where(fires_i > 0, INHIBITORY.v_reset_mv, v_i),
            keep_ge * s.ge_i + PARTNER_WEIGHT * fires_e,
            torch.where(fires_i > 0, 0.0, s.since_i + 1),
        )


def _drifted(p: Population, v: Tensor, ge: Tensor, gi: Tensor, since: Tensor, dt_ms: float) -> Tensor:
    """The potentials one step later, those of refractory units as they were."""
    h = dt_ms / p.tau_mem_ms
    moved = (v + h * (p.v_rest_mv + gi * p.v_inh_mv)) / (1 + h * (1 + ge + gi))
    return torch.where(since < p.refractory_ms / dt_ms - SLACK, v, moved)
