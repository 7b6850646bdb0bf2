"""Stochastic shape metric of Gaussian responses."""

from __future__ import annotations

import torch
from jaxtyping import Float, Real
from torch import Tensor

from neurarium.alignment._arrays import Array
from neurarium.alignment._moments import Moments, moments_of, paired_moments
from neurarium.alignment._orthogonal_search import Starts, best_rotation, covariant_starts
from neurarium.alignment._shapes import polar
from neurarium.core.card import measure
from neurarium.core.errors import bad, check_count

OWNER = "gaussian_shape_distance"
Given = Real[Array, "_samples _repeats _units"] | tuple[Array, Array]


@measure(
    summary="Distance of two noisy systems after the best rotation, by the means and covariances of their responses.",
    level="representation",
    paper="arxiv:2211.11665",
    tags=("distance", "paired", "repeats", "rotation-invariant"),
    is_metric=True,
)
@torch.no_grad()
def gaussian_shape_distance(X: Given, Y: Given, *, alpha: float = 1.0, n_starts: int = 4) -> float:
    """``d² = min_Q mean_m α ‖μ_m - Q ν_m‖² + (2 - α) B²(Σ_m, Q Ω_m Qᵀ)`` over rotations Q, for each sample m.

    ``B²(Σ, Ω) = tr Σ + tr Ω - 2 ‖L_Σᵀ L_Ω‖_*`` (Bures) with ``Σ = L_Σ L_Σᵀ``. α = 1 is the 2-Wasserstein distance of
    Gaussians, α = 2 Procrustes of the means alone, α = 0 noise alone. The set with fewer units is padded with
    zeros; units have mean zero over samples. Not scaled: divide by a norm first where scales do not matter. With few
    repeats covariances look more alike within than between systems: hold it against two halves of one system.

    Args:
        X: responses, repeat after repeat; or (means (samples, units), covariances (samples, units, units)).
        Y: the same for the other system, any number of repeats and units.
        alpha: weight of means, from 0 to 2; noise has the rest.
        n_starts: of the search. It is rugged for unrelated systems: at alpha = 0 four starts end about 1 % too high.

    Raises:
        NeurariumError: for unequal samples, single repeats, or matrices that are no covariances.

    Example:
        >>> mu, wide = torch.tensor([[1.0, 0.0], [-1.0, 0.0]]), torch.diag(torch.tensor([4.0, 4.0])).repeat(2, 1, 1)
        >>> gaussian_shape_distance((mu, wide), (mu, wide / 4))
        1.4142135623730951

    Paper: Duong et al. 2023, arXiv:2211.11665.
    """
    if not (isinstance(alpha, (int, float)) and 0 <= alpha <= 2):
        raise bad(OWNER, "alpha", "lie between 0 (noise alone) and 2 (means alone)", alpha)
    check_count(OWNER, n_starts=n_starts)
    x, y = paired_moments(OWNER, moments_of(OWNER, "X", X), moments_of(OWNER, "Y", Y))
    if alpha == 2:
        x, y, n_starts = _noiseless(x), _noiseless(y), 1
    pair = GaussianPair(x, y, alpha)
    return pair.distance(best_rotation(pair.rise, covariant_starts(*x, *y, alpha, 2 - alpha, n_starts)))


def _noiseless(moments: Moments) -> Moments:
    return Moments(moments.means, moments.roots[..., :0])


class GaussianPair:
    """``α tr(Qᵀ Σ_m μ_m ν_mᵀ) + (2 - α) Σ_m ‖A_mᵀ Q B_m‖_*``, and its slope, for roots A and B of the covariances.

    Args:
        x: moments of the system with more units.
        y: those of the one that is rotated.
        alpha: weight of the means.
    """

    def __init__(self, x: Moments, y: Moments, alpha: float) -> None:
        self.x, self.y, self.alpha = x, y, alpha
        self.cross = alpha * x.means.mT @ y.means
        self.flat = x.roots.transpose(0, 1).flatten(1)  # (units_x, samples * columns)

    def rise(self, Q: Starts) -> tuple[Float[Tensor, " starts"], Starts]:
        """Value and slope at several Q."""
        turn, total = self._turns(Q)
        back = (turn @ self.y.roots.mT).flatten(1, 2)
        value = (self.cross * Q).sum((-1, -2)) + (2 - self.alpha) * total
        return value, self.cross + (2 - self.alpha) * self.flat @ back

    def distance(self, Q: Float[Tensor, "units_x units_y"]) -> float:
        """D at this Q, from what is left over, so that small distances keep their digits."""
        turn, _ = self._turns(Q[None])
        means = (self.x.means - self.y.means @ Q.mT).square().sum()
        noise = (self.x.roots - Q @ self.y.roots @ turn[0].mT).square().sum()
        return float(((self.alpha * means + (2 - self.alpha) * noise) / len(self.x.means)).sqrt())

    def _turns(self, Q: Starts) -> tuple[Float[Tensor, "starts samples columns columns"], Float[Tensor, " starts"]]:
        """The best rotation of each sample's root columns, and the sum of what they reach."""
        seen = (self.flat.mT @ Q).unflatten(1, self.x.roots.shape[::2])
        turn, reached = polar(seen @ self.y.roots)
        return turn, reached.sum(-1)
