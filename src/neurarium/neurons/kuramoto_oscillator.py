"""Kuramoto oscillatory neurons on a sphere."""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import normalize

from neurarium.core import AbstractDynamics, Rng, part
from neurarium.core.errors import bad, check_count, check_not_negative, check_positive
from neurarium.neurons._sphere import moved


class KuramotoOscillatorState(NamedTuple):
    """`x`: the unit vector of each oscillator, ``(*batch, units, dims)``."""

    x: Tensor


@part(
    summary="Oscillators on a sphere that turn, pull at each other and synchronise.",
    paper="arxiv:2410.13821",
    tags=("oscillator", "recurrent", "differentiable"),
    example=dict(n_units=2),
)
class KuramotoOscillator(AbstractDynamics[KuramotoOscillatorState]):
    """Artificial Kuramoto oscillatory neurons; coupling and frequencies are learned.

    ``y = c + J x;  x_i = Π(x_i + step_size (Ω_i x_i + y_i - <y_i, x_i> x_i))``  with  ``Π(v) = v / |v|``

    c is the input, a pull on each oscillator, ``(..., n_units n_dims)``, the dimensions of a unit side by side;
    the output is x in the same order. Ω is antisymmetric, held as ``A - Aᵀ``. In two dimensions a pair that pulls
    with strength k locks at the phase ``asin(Δω / 2k)`` if ``|Δω| <= 2k``, and drifts otherwise. :class:`AKOrN` has any
    connectivity, settles under a held stimulus and is read by norms.

    Args:
        n_units: oscillators.
        n_dims: dimensions of each; 2 is the phase of Kuramoto's own model.
        step_size: the paper's γ.
        gain: entries of J have standard deviation ``gain / √(n_units n_dims)`` at first.
        frequency_std: spread of the first natural frequencies, in radians per unit of time.
        rng: streams ``"weights"``, ``"frequencies"``, and ``"phases"`` for the point that every trial starts from.

    Example:
        >>> x, state = KuramotoOscillator(n_units=5, n_dims=4, rng=Rng(0))(torch.zeros(10, 3, 20))
        >>> x.shape, bool(torch.allclose(state.x.norm(dim=-1), torch.ones(3, 5)))
        (torch.Size([10, 3, 20]), True)

    Paper: Miyato et al. 2025, arXiv:2410.13821 (AKOrN).
    """

    def __init__(
        self,
        *,
        n_units: int,
        n_dims: int = 2,
        step_size: float = 0.1,
        gain: float = 1.0,
        frequency_std: float = 1.0,
        rng: Rng,
    ) -> None:
        super().__init__()
        check_count("KuramotoOscillator", n_units=n_units, n_dims=n_dims)
        check_positive("KuramotoOscillator", step_size=step_size)
        check_not_negative("KuramotoOscillator", gain=gain, frequency_std=frequency_std)
        if n_dims < 2:
            raise bad("KuramotoOscillator", "n_dims", "be at least 2", n_dims, "A point on a line cannot turn.")
        self.step_size = step_size
        size = n_units * n_dims
        self.coupling = nn.Parameter(torch.randn(size, size, generator=rng("weights")) * gain / size**0.5)
        half = torch.randn(n_units, n_dims, n_dims, generator=rng("frequencies")) * frequency_std / 2**0.5
        self.half_omega = nn.Parameter(half)  # A - Aᵀ has twice the variance of A
        self.register_buffer("start", normalize(torch.randn(n_units, n_dims, generator=rng("phases")), dim=-1))

    @property
    def omega(self) -> Float[Tensor, "units dims dims"]:
        """The antisymmetric matrix that turns each oscillator."""
        return self.half_omega - self.half_omega.mT

    def init_state(self, like: Float[Tensor, "*batch features"]) -> KuramotoOscillatorState:
        """The same random point for every trial; give other ones to start elsewhere."""
        return KuramotoOscillatorState(self.start.to(like).expand(*like.shape[:-1], *self.start.shape))

    def step(
        self, x: Float[Tensor, "*batch features"], state: KuramotoOscillatorState
    ) -> tuple[Float[Tensor, "*batch features"], KuramotoOscillatorState]:
        """Turn, follow the part of the pull that is tangent to the sphere, return to the sphere."""
        pull = (x + state.x.flatten(-2) @ self.coupling.mT).unflatten(-1, self.start.shape)
        new = moved(state.x, pull, self.omega, self.step_size)
        return new.flatten(-2), KuramotoOscillatorState(new)

    def energy(self, x: Float[Tensor, "*batch features"], state: KuramotoOscillatorState) -> Float[Tensor, "*batch"]:
        """``-½ <x, J x> - <c, x>`` under input c; with symmetric J and no turning it falls with every small step."""
        flat = state.x.flatten(-2)
        return -(0.5 * (flat * (flat @ self.coupling.mT)) + x * flat).sum(-1)
