"""What current-based and conductance-based balanced networks share."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from neurarium.core import AbstractDynamics, ATan, Rng
from neurarium.core.errors import bad, check_count, check_not_negative, check_positive
from neurarium.core.surrogate import Surrogate
from neurarium.nets.spiking import _balanced_kernels as kernels
from neurarium.nets.spiking._spike_list import SpikeList
from neurarium.synapses import Exponential, Projection, Sparse

TAU_MEM_MS, TAU_EXC_MS, TAU_INH_MS = 20.0, 5.0, 10.0
THRESHOLD_MV = 10.0  # above the reset


class BalancedState(NamedTuple):
    """`v`: potential above the reset, in mV; `left`: steps of silence to come; the rest belongs to the synapses.

    `g_exc` and `g_inh` are what acts in the next step, `exc` and `inh` the states of the projections.
    """

    v: Tensor
    left: Tensor
    g_exc: Tensor
    g_inh: Tensor
    exc: Any
    inh: Any


class AbstractBalancedNetwork(AbstractDynamics[BalancedState]):
    """Four excitatory units to one inhibitory, each reaching each other with the same chance.

    Attributes:
        exc: :class:`Projection` of the first `n_exc` units, the excitatory ones; may be replaced by another.
        inh: that of the others.
    """

    kernel: Callable[..., Any]

    def __init__(
        self,
        *,
        n_units: int,
        p_connect: float,
        w_exc: float,
        w_inh: float,
        refractory_ms: float,
        dt_ms: float,
        surrogate: Surrogate | None,
        rng: Rng,
    ) -> None:
        super().__init__()
        owner = type(self).__name__
        check_count(owner, least=3, n_units=n_units)
        check_positive(owner, w_exc=w_exc, w_inh=w_inh, dt_ms=dt_ms)
        check_not_negative(owner, refractory_ms=refractory_ms)
        self.n_units, self.dt_ms = n_units, dt_ms
        self.n_exc = round(0.8 * n_units)
        self.refractory_steps = round(refractory_ms / dt_ms)
        if abs(self.refractory_steps * dt_ms - refractory_ms) > 1e-6 * dt_ms:
            raise bad(owner, "refractory_ms", f"be a whole number of steps of {dt_ms} ms", refractory_ms)
        self.surrogate = ATan(width=THRESHOLD_MV / 2) if surrogate is None else surrogate
        kinds = (("exc", self.n_exc, w_exc, TAU_EXC_MS), ("inh", n_units - self.n_exc, self._signed(w_inh), TAU_INH_MS))
        for name, n_pre, weight, tau_ms in kinds:
            synapses = Sparse(n_pre=n_pre, n_post=n_units, p_connect=p_connect, rng=rng.child(name))
            torch.nn.init.constant_(synapses.weight, weight)
            setattr(self, name, Projection(weights=synapses, dynamics=Exponential(tau_syn_ms=tau_ms, dt_ms=dt_ms)))

    @abstractmethod
    def _signed(self, w_inh: float) -> float:
        """The weight of an inhibitory spike as the membrane takes it."""

    @abstractmethod
    def _cells(self, x: Tensor, state: BalancedState) -> tuple[Tensor, Tensor, Tensor]:
        """Spikes, potentials and steps of silence after one step of all membranes."""

    @abstractmethod
    def _law(self) -> dict[str, float]:
        """The numbers of :meth:`_cells`, as the compiled loop takes them."""

    def init_state(self, like: Float[Tensor, "*batch units"]) -> BalancedState:
        """At the reset, nothing has arrived."""
        return self._state(torch.zeros_like(like), torch.zeros_like(like), torch.zeros_like(like))

    def _state(self, v: Tensor, g_exc: Tensor, g_inh: Tensor) -> BalancedState:
        states = []
        for projection, z, g in zip((self.exc, self.inh), self._split(v), (g_exc, g_inh), strict=True):
            state = projection.init_state(torch.zeros_like(z))
            is_plain = type(projection.dynamics) is Exponential and not projection.is_aligned_to_pre
            states.append(state._replace(synapses=state.synapses._replace(g=g)) if is_plain else state)
        return BalancedState(v, torch.zeros_like(v), g_exc, g_inh, *states)

    def step(
        self, x: Float[Tensor, "*batch units"], state: BalancedState
    ) -> tuple[Float[Tensor, "*batch units"], BalancedState]:
        """Membranes, spikes, then what they leave at the synapses."""
        z, v, left = self._cells(x, state)
        of_exc, of_inh = self._split(z)
        g_exc, exc = self.exc.step(of_exc, state.exc)
        g_inh, inh = self.inh.step(of_inh, state.inh)
        return z, BalancedState(v, left, g_exc, g_inh, exc, inh)

    def _split(self, z: Tensor) -> tuple[Tensor, Tensor]:
        return z[..., : self.n_exc], z[..., self.n_exc :]

    def simulate(self, n_steps: int, state: BalancedState) -> tuple[SpikeList, BalancedState]:
        """Run one trial without input in a single compiled loop: the spikes of the stepped form, without gradients.

        Args:
            n_steps: how long.
            state: where from, without a batch, e.g. of :meth:`draw_state`.

        Raises:
            NeurariumError: unless synapses are :class:`Sparse` and :class:`Exponential`, on the CPU, in one precision.
        """
        check_count("simulate", n_steps=n_steps)
        rows = tuple(self._rows(name) for name in ("exc", "inh"))
        dtype = state.v.dtype
        if state.v.ndim != 1 or any(p.dtype != dtype or p.device.type != "cpu" for p in self.parameters()):
            raise bad(type(self).__name__, "state", "be one trial, on the CPU, in the precision of the weights", dtype)
        betas = dict(beta_exc=self.exc.dynamics.beta, beta_inh=self.inh.dynamics.beta)
        law = kernels.law(np.dtype(str(dtype).split(".")[-1]).type, self.refractory_steps, **betas, **self._law())
        start = [state.v, state.left, state.g_exc, state.g_inh]
        v, left, g_exc, g_inh, steps, units = kernels.run(type(self).kernel, start, rows, law, n_steps)
        return SpikeList(steps, units), self._state(v, g_exc, g_inh)._replace(left=left)

    def _rows(self, name: str) -> tuple[Any, Any, Any]:
        projection = getattr(self, name)
        is_plain = type(projection.weights) is Sparse and type(projection.dynamics) is Exponential
        if not is_plain or projection.is_aligned_to_pre:
            must = "be Sparse weights before an Exponential time course"
            hint = "Other synapses run step by step: call the network."
            raise bad(type(self).__name__, name, must, projection, hint)
        weights = projection.weights
        return weights.starts.numpy(), weights.targets.numpy().view(np.uint32), weights.weight.detach().numpy()
