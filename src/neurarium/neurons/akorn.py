"""A layer of artificial Kuramoto oscillatory neurons with any connectivity."""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import normalize

from neurarium.core import AbstractDynamics, Rng, part
from neurarium.core.errors import bad, check_count, check_not_negative, check_positive
from neurarium.core.loop import final
from neurarium.neurons._sphere import moved


class AKOrNState(NamedTuple):
    """`x`: the unit vector of each oscillator, ``(*places, units, dims)``."""

    x: Tensor


@part(
    summary="Layer of oscillators that settle under a stimulus through any connectivity and are read by their norms.",
    paper="arxiv:2410.13821",
    tags=("oscillator", "layer", "differentiable"),
    example=dict(n_units=2),
)
class AKOrN(AbstractDynamics[AKOrNState]):
    """Kuramoto layer: oscillators move on spheres under a stimulus c; norms of what they sum to are the output.

    ``y = c + J(x);  x_i = Π(x_i + step_size (Ω_i x_i + y_i - <y_i, x_i> x_i));  m_k = |Σ_i U_ki x_i| + b_k``

    c has the axes that `connectivity` takes, features last: ``(batch, features)``, ``(batch, tokens, features)``,
    ``(batch, height, width, features)``, with ``features = n_units n_dims``. :meth:`step` is one update,
    :meth:`settle` holds c for `n_steps`. :class:`KuramotoOscillator` is the case of dense J within one place, driven
    by an input that changes and read by x itself; here J is any module and the readout does not see the phase of z_k.

    Args:
        n_units: oscillators at each place.
        n_dims: dimensions of each.
        connectivity: J, from features to features; None is dense within a place, drawn here.
        n_outputs: norms that are read; None is `n_units`.
        n_steps: updates of :meth:`settle`; more may be asked for at test time.
        step_size: the paper's γ.
        frequency_std: spread of the first natural frequencies; one Ω is shared by all oscillators of a unit.
        rng: streams ``"weights"``, ``"frequencies"``, ``"phases"`` for the point that all start from, ``"readout"``.

    Example:
        >>> m, state = AKOrN(n_units=5, n_dims=4, n_outputs=3, rng=Rng(0)).settle(torch.ones(2, 7, 20))
        >>> m.shape, state.x.shape
        (torch.Size([2, 7, 3]), torch.Size([2, 7, 5, 4]))

    Paper: Miyato et al. 2025, arXiv:2410.13821.
    """

    def __init__(
        self,
        *,
        n_units: int,
        n_dims: int = 2,
        connectivity: nn.Module | None = None,
        n_outputs: int | None = None,
        n_steps: int = 8,
        step_size: float = 1.0,
        frequency_std: float = 0.1,
        rng: Rng,
    ) -> None:
        super().__init__()
        n_outputs = n_units if n_outputs is None else n_outputs
        check_count("AKOrN", n_units=n_units, n_dims=n_dims, n_outputs=n_outputs, n_steps=n_steps)
        check_positive("AKOrN", step_size=step_size)
        check_not_negative("AKOrN", frequency_std=frequency_std)
        if n_dims < 2:
            raise bad("AKOrN", "n_dims", "be at least 2", n_dims, "A point on a line cannot turn.")
        self.n_units, self.n_dims, self.n_steps, self.step_size = n_units, n_dims, n_steps, step_size
        size = n_units * n_dims
        self.connectivity = _drawn(size, size, rng("weights")) if connectivity is None else connectivity
        self.summed = _drawn(size, n_outputs * n_dims, rng("readout"))
        self.bias = nn.Parameter(torch.zeros(n_outputs))
        half = torch.randn(n_units, n_dims, n_dims, generator=rng("frequencies")) * frequency_std / 2**0.5
        self.half_omega = nn.Parameter(half)  # A - Aᵀ has twice the variance of A
        self.register_buffer("start", normalize(torch.randn(n_units, n_dims, generator=rng("phases")), dim=-1))

    @property
    def omega(self) -> Float[Tensor, "units dims dims"]:
        """The antisymmetric matrix that turns the oscillators of each unit."""
        return self.half_omega - self.half_omega.mT

    def init_state(self, like: Float[Tensor, "*places features"]) -> AKOrNState:
        """The same random point of each unit, at every place and for every trial."""
        return AKOrNState(self.start.to(like).expand(*like.shape[:-1], *self.start.shape))

    def start_at(self, v: Float[Tensor, "*places features"]) -> AKOrNState:
        """The state nearest to `v`: Gaussian noise gives random phases, the stimulus itself starts aligned."""
        return AKOrNState(normalize(self._by_unit(v), dim=-1))

    def move(self, c: Float[Tensor, "*places features"], state: AKOrNState) -> AKOrNState:
        """Turn, follow the part of the pull that is tangent to the sphere, return to the sphere."""
        pull = self._by_unit(c + self.connectivity(state.x.flatten(-2)))
        return AKOrNState(moved(state.x, pull, self.omega, self.step_size))

    def read(self, state: AKOrNState) -> Float[Tensor, "*places outputs"]:
        """Norms of learned sums over the oscillators of a place."""
        z = self.summed(state.x.flatten(-2)).unflatten(-1, (-1, self.n_dims))
        return z.norm(dim=-1) + self.bias

    def step(
        self, x: Float[Tensor, "*places features"], state: AKOrNState
    ) -> tuple[Float[Tensor, "*places outputs"], AKOrNState]:
        """One update under the stimulus `x`, and what is read after it."""
        state = self.move(x, state)
        return self.read(state), state

    def settle(
        self, c: Float[Tensor, "*places features"], state: AKOrNState | None = None, *, n_steps: int | None = None
    ) -> tuple[Float[Tensor, "*places outputs"], AKOrNState]:
        """Hold the stimulus for `n_steps` updates (None: the layer's own number) and read once, at the end."""
        n_steps = self.n_steps if n_steps is None else n_steps
        check_count("AKOrN.settle", n_steps=n_steps)
        state = self.init_state(c) if state is None else state
        _, state = final(lambda c_t, s: (c_t, self.move(c_t, s)), c.expand(n_steps, *c.shape), state)
        return self.read(state), state

    def energy(self, c: Float[Tensor, "*places features"], state: AKOrNState) -> Float[Tensor, "*places"]:
        """Each place's part of ``-½ <x, J x> - <c, x>``; the sum over places is the energy of a trial.

        It falls with every small step if J is linear and symmetric and nothing turns. With turning it does if also
        all Ω are one, that Ω commutes with each block of J, and Ω c = 0.
        """
        flat = state.x.flatten(-2)
        return -(0.5 * flat * self.connectivity(flat) + c * flat).sum(-1)

    def _by_unit(self, flat: Tensor) -> Tensor:
        return flat.unflatten(-1, (self.n_units, self.n_dims))


def _drawn(n_inputs: int, n_outputs: int, generator: torch.Generator) -> nn.Linear:
    """Linear map without bias whose outputs have the variance of its inputs."""
    linear = nn.utils.skip_init(nn.Linear, n_inputs, n_outputs, bias=False)
    nn.init.normal_(linear.weight, std=n_inputs**-0.5, generator=generator)
    return linear
