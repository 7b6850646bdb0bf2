"""Distances between the patterns of two samples: what :func:`rdm` and :func:`rsa` measure with.

Each is a small object that turns responses (samples, units) into a matrix of distances (samples, samples). Where it
is the squared length between points of some embedding, ``d_ij = ‖φ_i - φ_j‖²``, it says which (`embed`), and sums over
all pairs need no matrix. With ``masked`` a unit that is missing (NaN) counts only in the pairs that lack it.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from neurarium.alignment._arrays import Array, as_double
from neurarium.core.errors import bad, check_positive, unknown

Responses = Float[Tensor, "samples units"]
Matrix = Float[Tensor, "samples samples"]
Known = Bool[Tensor, "samples units"]
Distance = Callable[[Responses], Matrix]
VARIES, NOT_ZERO = "vary over units", "be other than zero"


class AbstractEmbedded(ABC):
    """A distance that is the squared length between points of an embedding, ``d_ij = ‖φ_i - φ_j‖²``."""

    @abstractmethod
    def embed(self, x: Responses) -> Float[Tensor, "samples dims"]:
        """The points φ, a new tensor."""

    def __call__(self, x: Responses) -> Matrix:
        """Distances of all pairs of samples."""
        phi = self.embed(x)
        phi -= phi.mean(0)  # moves nothing apart, and keeps digits
        return _from_products(phi @ phi.mT)


@dataclass(frozen=True)
class SquaredEuclidean(AbstractEmbedded):
    """``d_ij = mean_u (x_iu - x_ju)²``, the mean over units; unchanged when units are rotated."""

    def embed(self, x: Responses) -> Responses:
        """``φ = x / √units``."""
        return x / math.sqrt(x.shape[1])

    def masked(self, x: Responses, known: Known) -> Matrix:
        """The mean over the units that both samples have."""
        m = known.to(x.dtype)
        x = x - m * (x.sum(0) / m.sum(0).clamp_min(1))  # keeps digits, and missing units at zero
        square = (x * x) @ m.mT
        return ((square + square.mT - 2 * x @ x.mT) / (m @ m.mT)).clamp_min(0)


@dataclass(frozen=True)
class Euclidean:
    """``d_ij = √mean_u (x_iu - x_ju)²``, the root of :class:`SquaredEuclidean`."""

    def __call__(self, x: Responses) -> Matrix:
        """Distances of all pairs of samples."""
        return SquaredEuclidean()(x).sqrt_()

    def masked(self, x: Responses, known: Known) -> Matrix:
        """The mean over the units that both samples have."""
        return SquaredEuclidean().masked(x, known).sqrt_()


@dataclass(frozen=True)
class Cosine(AbstractEmbedded):
    """``d_ij = 1 - cos(x_i, x_j)``; unchanged when units are rotated, or a sample is scaled."""

    def embed(self, x: Responses) -> Responses:
        """``φ = x / (√2 ‖x‖)``."""
        return _unit_rows("Cosine", x.clone(), 0.0, NOT_ZERO)

    def masked(self, x: Responses, known: Known) -> Matrix:
        """The cosine over the units that both samples have."""
        _refuse_flat("Cosine", x.norm(dim=1), 0.0, NOT_ZERO)
        square = (x * x) @ known.to(x.dtype).mT
        return _one_minus(x @ x.mT, square * square.mT)


@dataclass(frozen=True)
class Correlation(AbstractEmbedded):
    """``d_ij = 1 - r(x_i, x_j)``, r over units; unchanged when a sample is scaled or shifted, not under rotation."""

    def embed(self, x: Responses) -> Responses:
        """``φ = (x - mean_u x) / (√2 ‖x - mean_u x‖)``."""
        mean = x.mean(1)
        return _unit_rows("Correlation", x - mean[:, None], mean, VARIES)

    def masked(self, x: Responses, known: Known) -> Matrix:
        """The correlation over the units that both samples have."""
        m = known.to(x.dtype)
        mean = x.sum(1) / m.sum(1)
        x = x - m * mean[:, None]  # keeps digits, and missing units at zero
        _refuse_flat("Correlation", x.norm(dim=1), mean, VARIES)
        n, total, square = m @ m.mT, x @ m.mT, (x * x) @ m.mT
        variance = square - total * total / n
        variance = torch.where(variance > 1e-12 * square, variance, torch.nan)  # the rest is rounding
        return _one_minus(x @ x.mT - total * total.mT / n, variance * variance.mT)


@dataclass(frozen=True, eq=False)
class Mahalanobis(AbstractEmbedded):
    """``d_ij = (x_i - x_j)ᵀ P (x_i - x_j) / units`` with the precision P of the noise.

    Args:
        precision: inverse covariance of the noise (units, units), e.g. of :func:`noise_precision`.
    """

    precision: Array = field(repr=False)

    def embed(self, x: Responses) -> Responses:
        """``φ = x L / √units`` with ``P = L Lᵀ``."""
        return x @ root_of_precision("Mahalanobis", self.precision, x) / math.sqrt(x.shape[1])


@dataclass(frozen=True)
class PoissonKL:
    """``d_ij = mean_u (λ_i - λ_j)(log λ_i - log λ_j)``, both directions of KL between Poisson rates added.

    Args:
        prior_rate: rate that counts are drawn towards, ``λ = (x + w · prior) / (1 + w)``.
        prior_weight: w, samples that the prior is worth.
    """

    prior_rate: float = 1.0
    prior_weight: float = 0.1

    def __post_init__(self) -> None:
        check_positive("PoissonKL", prior_rate=self.prior_rate, prior_weight=self.prior_weight)

    def __call__(self, x: Responses) -> Matrix:
        """Distances of all pairs of samples."""
        return self.masked(x, torch.ones_like(x, dtype=torch.bool))

    def masked(self, x: Responses, known: Known) -> Matrix:
        """The mean over the units that both samples have."""
        if bool((x < 0).any()):
            raise bad("PoissonKL", "X", "hold rates or counts", float(x.min()), "Below zero try SquaredEuclidean().")
        m = known.to(x.dtype)
        rate = m * (x + self.prior_weight * self.prior_rate) / (1 + self.prior_weight)
        log = torch.where(known, rate, 1.0).log_()
        own, cross = (rate * log) @ m.mT, rate @ log.mT
        out = ((own + own.mT - cross - cross.mT) / (m @ m.mT)).clamp_min(0)
        return out.fill_diagonal_(0)


def root_of_precision(owner: str, precision: Array, x: Tensor) -> Float[Tensor, "units units"]:
    """L of ``P = L Lᵀ`` for a precision over the units of `x`, the last axis.

    Raises:
        NeurariumError: unless P is symmetric and positive definite, of as many units.
    """
    P = as_double(owner, "precision", precision, ("units", "units")).to(x.device)
    if P.shape != (x.shape[-1], x.shape[-1]):
        raise bad(owner, "precision", f"be for {x.shape[-1]} units", tuple(P.shape))
    root, failed = torch.linalg.cholesky_ex(P)
    if bool(failed) or not torch.allclose(P, P.mT, rtol=1e-8, atol=1e-12 * float(P.abs().max())):
        hint = "noise_precision(residuals) always is."
        raise bad(owner, "precision", "be symmetric and positive definite", "another matrix", hint)
    return root


def _from_products(K: Matrix) -> Matrix:
    square = K.diagonal().clone()
    return snapped(K.mul_(-2).add_(square).add_(square[:, None]), square.max()).fill_diagonal_(0)


def snapped(d: Tensor, largest: Tensor) -> Tensor:
    """Squared lengths `d` on a grid of 2⁻⁴² of the longest, in place.

    They are differences of products, whose rounding would else break ties: identical stimuli, models of categories.
    """
    steps = 2.0 ** min(1000, 42 - math.frexp(float(largest))[1])  # a power of two scales without rounding
    return d.mul_(steps).round_().div_(steps).clamp_min_(0)


def _one_minus(products: Matrix, squares: Matrix) -> Matrix:
    return (1 - products / squares.sqrt()).clamp_min(0)


def _unit_rows(owner: str, phi: Responses, mean: Float[Tensor, " samples"] | float, must: str) -> Responses:
    """Rows of length 1/√2, so that squared lengths between them are one minus a cosine; changes `phi`.

    `mean` is what was taken from each row of the responses before.
    """
    size = torch.linalg.vector_norm(phi, dim=1)
    if not bool(((size > 1e-150) & (size < 1e150)).all()):  # squares may have left the range of numbers
        largest = torch.linalg.vector_norm(phi, ord=math.inf, dim=1).clamp_min_(torch.finfo(phi.dtype).tiny)
        phi /= largest[:, None]
        mean, size = mean / largest, torch.linalg.vector_norm(phi, dim=1)
    _refuse_flat(owner, size, mean, must)
    phi /= size.mul_(math.sqrt(2))[:, None]
    return phi


def _refuse_flat(owner: str, size: Float[Tensor, " samples"], mean: Tensor | float, must: str) -> None:
    """Raise if what is left of a row, of norm `size`, is no more than the rounding of its `mean`."""
    flat = size <= 1e-13 * abs(mean * torch.ones_like(size))
    if bool(flat.any()):
        first = f"sample {int(flat.nonzero()[0])} of {len(size)} that does not ({int(flat.sum())} in all)"
        raise bad(owner, "X", f"{must} in every sample", first, "Drop it, or use SquaredEuclidean().")


DISTANCES: dict[str, Distance] = {
    "squared_euclidean": SquaredEuclidean(),
    "euclidean": Euclidean(),
    "correlation": Correlation(),
    "cosine": Cosine(),
    "poisson_kl": PoissonKL(),
}


def distance_of(distance: str | Distance) -> Distance:
    """The distance of that name, or the given one.

    Raises:
        UnknownNameError: for a name that is not in the table.
    """
    if not isinstance(distance, str):
        return distance
    if distance not in DISTANCES:
        hint = "Mahalanobis(precision=...) takes an argument; any function of (samples, units) will do."
        raise unknown("distance", distance, DISTANCES, hint)
    return DISTANCES[distance]
