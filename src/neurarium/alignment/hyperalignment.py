"""Hyperalignment: one space that several systems share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Real
from torch import Tensor

from neurarium.alignment._arrays import Array, as_double, like
from neurarium.core.card import measure
from neurarium.core.errors import bad, check_count


@dataclass(frozen=True, eq=False)
class SharedSpace:
    """Result of :func:`hyperalignment`.

    Attributes:
        maps: one ``(units, dims)`` matrix a system, with orthonormal columns.
        means: what is taken off the responses of each system first.
        scales: what they are divided by then.
        shared: the responses that the systems have in common, their mean in the shared space.
        residuals: share of the systems' power that `shared` does not hold, a number for each round; it never rises.
    """

    maps: tuple[Float[Array, "_units dims"], ...]
    means: tuple[Float[Array, " _units"], ...]
    scales: tuple[float, ...]
    shared: Float[Array, "samples dims"]
    residuals: tuple[float, ...]

    def __call__(self, i: int, X: Real[Array, "samples units"]) -> Float[Array, "samples dims"]:
        """New responses of system `i` in the shared space."""
        x = as_double("SharedSpace", "X", X, ("samples", "units"))
        mean, to_shared = (torch.as_tensor(z[i], device=x.device) for z in (self.means, self.maps))
        if x.shape[1] != len(mean):
            raise bad("SharedSpace", "X", f"have the {len(mean)} units of system {i}", x.shape[1])
        return like((x - mean) / self.scales[i] @ to_shared, X)


@measure(
    summary="Rotations that bring several systems into one shared space (generalised Procrustes analysis).",
    level="representation",
    paper="doi:10.1016/j.neuron.2011.08.026",
    tags=("paired", "bridge"),
)
@torch.no_grad()
def hyperalignment(
    systems: Sequence[Real[Array, "samples _units"]], *, n_dims: int | None = None, n_rounds: int = 20
) -> SharedSpace:
    """Alternate between the mean in a shared space and the best rotation of each system onto it.

    ``S = mean_i X_i R_i``;  ``R_i = argmin ‖X_i R - S‖`` over rotations (``U Vᵀ`` of ``X_iᵀ S = U D Vᵀ``), where each
    X_i is centred, has norm one, and is seen in its first `n_dims` principal components. The sum over systems of
    ``‖X_i R_i - S‖²`` never rises.

    Args:
        systems: responses; row k of all answers the same stimulus. Units may differ in number.
        n_dims: dimensions of the shared space; default the fewest units of a system, or the samples if they are fewer.
        n_rounds: most rounds; it stops where nothing is gained any more.

    Raises:
        NeurariumError: for fewer than two systems, unequal samples, constant data, more dimensions than units.

    Example:
        >>> x = torch.randn(50, 3, generator=torch.Generator().manual_seed(0))
        >>> space = hyperalignment([x, x.flip(1), -x])
        >>> bool((space(0, x) - space(1, x.flip(1))).abs().max() < 1e-12)
        True

    Paper: Haxby et al. 2011, doi:10.1016/j.neuron.2011.08.026.
    """
    X, means, scales = _normalised(systems)
    check_count("hyperalignment", n_rounds=n_rounds)
    fewest = min(min(x.shape) for x in X)
    n_dims = fewest if n_dims is None else n_dims
    check_count("hyperalignment", n_dims=n_dims)
    if n_dims > fewest:
        raise bad("hyperalignment", "n_dims", f"not exceed the fewest units or samples of a system ({fewest})", n_dims)
    axes = [torch.linalg.svd(x, full_matrices=False)[2][:n_dims].mT for x in X]
    X = [x @ V for x, V in zip(X, axes, strict=True)]
    shared, residuals = X[0], []
    for _ in range(n_rounds):
        rotations = [_rotation(x, shared) for x in X]
        seen = torch.stack([x @ R for x, R in zip(X, rotations, strict=True)])
        shared = seen.mean(0)
        residuals.append(float((seen - shared).square().sum() / seen.square().sum()))
        if len(residuals) > 1 and residuals[-2] - residuals[-1] <= 1e-12:
            break
    maps = [V @ R for V, R in zip(axes, rotations, strict=True)]
    return SharedSpace(
        tuple(like(R, given) for R, given in zip(maps, systems, strict=True)),
        tuple(like(mean, given) for mean, given in zip(means, systems, strict=True)),
        tuple(scales),
        like(shared, systems[0]),
        tuple(residuals),
    )


def _rotation(x: Tensor, shared: Tensor) -> Float[Tensor, "dims dims"]:
    U, _, Vt = torch.linalg.svd(x.mT @ shared, full_matrices=False)
    return U @ Vt


def _normalised(systems: Sequence[Array]) -> tuple[list[Tensor], list[Tensor], list[float]]:
    owner = "hyperalignment"
    if len(systems) < 2:
        raise bad(owner, "systems", "be two or more", len(systems))
    X = [as_double(owner, f"systems[{i}]", x, ("samples", "units")) for i, x in enumerate(systems)]
    if len({len(x) for x in X}) > 1:
        hint = "Row k of all must answer the same stimulus."
        raise bad(owner, "systems", "have equal numbers of samples", [len(x) for x in X], hint)
    means = [x.mean(0) for x in X]
    scales = [float((x - mean).norm()) for x, mean in zip(X, means, strict=True)]
    for i, (x, scale) in enumerate(zip(X, scales, strict=True)):
        if scale <= 1e-13 * float(x.abs().max()) * len(x):
            raise bad(owner, f"systems[{i}]", "vary over samples", "constant data")
    return [(x - mean) / scale for x, mean, scale in zip(X, means, scales, strict=True)], means, scales
