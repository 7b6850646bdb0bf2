"""What may be done with systems once the distances between them are known, whatever measure gave them."""

from __future__ import annotations

import torch
from jaxtyping import Float, Real
from torch import Tensor

from neurarium.alignment._arrays import Array, as_double, like
from neurarium.core.errors import bad, check_count


@torch.no_grad()
def embed_distances(D: Real[Array, "systems _systems"], *, n_dims: int = 2) -> Float[Array, "systems n_dims"]:
    """Points whose distances come near `D` (classical multidimensional scaling).

    ``B = -½ J (D∘D) J`` with ``J = I - 11ᵀ/n``; the points are ``V_k √λ_k`` of its largest eigenvalues. Distances
    between points of a plane are met exactly by two dimensions; what no flat space can hold (λ < 0) is left out.
    The axes are principal, the mean is zero and the largest entry of each axis is positive.

    Args:
        D: symmetric distances with zero diagonal; squares of them are no distances.
        n_dims: coordinates of each system; those that nothing is left for are zero.

    Raises:
        NeurariumError: unless `D` is square, symmetric, zero on the diagonal and nowhere below.

    Example:
        >>> embed_distances(torch.tensor([[0.0, 3.0, 4.0], [3.0, 0.0, 1.0], [4.0, 1.0, 0.0]]), n_dims=1).flatten()
        tensor([ 2.3333, -0.6667, -1.6667], dtype=torch.float64)

    Paper: Torgerson 1952, doi:10.1007/BF02288916.
    """
    d = checked_distances("embed_distances", D)
    check_count("embed_distances", n_dims=n_dims)
    inner = d.square()
    inner = -0.5 * (inner - inner.mean(0) - inner.mean(1, keepdim=True) + inner.mean())
    values, vectors = torch.linalg.eigh(inner)
    values, vectors = values.flip(0)[:n_dims], vectors.flip(1)[:, :n_dims]
    is_noise = values <= len(d) * torch.finfo(d.dtype).eps * values[0]
    points = vectors * values.masked_fill(is_noise, 0).sqrt()
    points = points * torch.sign(points.gather(0, points.abs().argmax(0, keepdim=True)))
    return like(torch.nn.functional.pad(points, (0, n_dims - points.shape[1])), D)


@torch.no_grad()
def nearest_neighbour_r2(
    D: Real[Array, "systems _systems"], values: Real[Array, " systems"], *, n_neighbours: int = 3
) -> float:
    """How well the nearest other systems foretell a property of a system, leave-one-out.

    ``R² = 1 - Σ_i (y_i - ŷ_i)² / Σ_i (y_i - ȳ_i)²``: ŷ_i is the mean of the `n_neighbours` nearest other systems, ȳ_i
    that of all others. 1 is perfect; 0 is what the mean gives; below 0 neighbours mislead. Systems that lie equally
    far away at the rim of the neighbourhood share its last places.

    Args:
        D: symmetric distances with zero diagonal.
        values: the property y of each system.
        n_neighbours: systems that a prediction is the mean of; fewer than there are others.

    Raises:
        NeurariumError: for distances that are none, as many neighbours as others, or a property that never varies.

    Example:
        >>> D = (torch.arange(6.0)[:, None] - torch.arange(6.0)).abs()
        >>> round(nearest_neighbour_r2(D, torch.arange(6.0), n_neighbours=2), 3)
        0.821
    """
    owner = "nearest_neighbour_r2"
    d = checked_distances(owner, D)
    y = as_double(owner, "values", values, ("systems",)).to(d.device)
    check_count(owner, n_neighbours=n_neighbours)
    n = len(d)
    if len(y) != n:
        raise bad(owner, "values", f"hold one number for each of the {n} systems", len(y))
    if n_neighbours > n - 2:
        raise bad(owner, "n_neighbours", f"be below the number of other systems ({n - 1})", n_neighbours)
    if bool((y == y[0]).all()):
        raise bad(owner, "values", "differ between systems", "a constant")
    d = d + torch.diag(d.new_full((n,), torch.inf))
    rim = d.kthvalue(n_neighbours, dim=1, keepdim=True).values
    inside, at_rim = (d < rim).double(), (d == rim).double()
    shares = inside + at_rim * (n_neighbours - inside.sum(1, keepdim=True)) / at_rim.sum(1, keepdim=True)
    others = (y.sum() - y) / (n - 1)
    return 1 - float((y - shares @ y / n_neighbours).square().sum() / (y - others).square().sum())


def checked_distances(owner: str, D: Array) -> Float[Tensor, "systems systems"]:
    """`D` in float64, symmetric to the last digit."""
    d = as_double(owner, "D", D, ("systems", "systems"))
    if d.shape[0] != d.shape[1]:
        raise bad(owner, "D", "be a square matrix (systems, systems)", tuple(d.shape))
    slack = 1e-8 * float(d.abs().max())
    if float((d - d.mT).abs().max()) > slack:
        raise bad(owner, "D", "be symmetric", "an asymmetric matrix", "Average it with its transpose if that is meant.")
    if float(d.diagonal().abs().max()) > slack or float(d.min()) < 0:
        hint = "Turn similarities into distances first, e.g. arccos."
        raise bad(owner, "D", "be zero on its diagonal and nowhere below zero", "other values", hint)
    return ((d + d.mT) / 2).clamp_min(0).fill_diagonal_(0)
