"""Two paired systems, checked, and the distances of all pairs of their samples."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from neurarium.alignment._arrays import Array, as_double
from neurarium.alignment._distances import AbstractEmbedded, Distance, Euclidean, SquaredEuclidean, snapped
from neurarium.core.errors import bad

BLOCK = 512  # rows of an RDM that are in memory at once


def paired(owner: str, X: Array, Y: Array) -> tuple[Float[Tensor, "samples units_x"], Float[Tensor, "samples units_y"]]:
    """Both in float64, after it is clear that their rows can answer the same stimuli."""
    x, y = as_double(owner, "X", X, ("samples", "units")), as_double(owner, "Y", Y, ("samples", "units"))
    if len(x) != len(y):
        hint = "Row i of both must answer the same stimulus."
        raise bad(owner, "Y", f"have as many samples as X ({len(x)})", len(y), hint)
    if len(x) < 3:
        raise bad(owner, "X", "have at least 3 samples", len(x), "One distance has nothing to be compared with.")
    if x.device != y.device:
        raise bad(owner, "Y", f"be on the device of X ({x.device})", str(y.device))
    return x, y


def pairs(distance: Distance, x: Float[Tensor, "samples units"]) -> Float[Tensor, " pairs"]:
    """Distances of all pairs: the upper triangle of the RDM, row by row, without the whole of it where possible."""
    if isinstance(distance, Euclidean):
        return pairs(SquaredEuclidean(), x).sqrt_()
    n = len(x)
    if not isinstance(distance, AbstractEmbedded):
        i, j = torch.triu_indices(n, n, 1, device=x.device)
        return distance(x)[i, j]
    phi = centred_points(distance, x)
    square, out, filled = torch.linalg.vecdot(phi, phi), phi.new_empty(n * (n - 1) // 2), 0
    largest = square.max()
    for start in range(0, n, BLOCK):
        stop = min(n, start + BLOCK)
        block = torch.addmm(square[start:], phi[start:stop], phi[start:].mT, alpha=-2)
        block = snapped(block.add_(square[start:stop, None]), largest)
        for k, row in enumerate(block.unbind(0)):
            out[filled : filled + n - start - k - 1] = row[k + 1 :]
            filled += n - start - k - 1
    return out


def centred_points(distance: AbstractEmbedded, x: Float[Tensor, "samples units"]) -> Float[Tensor, "samples dims"]:
    """The points that `distance` is the squared length between, of mean zero."""
    phi = distance.embed(x)
    mean = phi.mean(0)
    phi -= mean
    if bool(largest_of(phi) <= 1e-13 * largest_of(mean)):  # what is left is rounding of the mean
        raise bad("rsa", "X, Y", "vary over samples", "constant data", "A system that never changes has no geometry.")
    return phi


def largest_of(x: Tensor) -> Float[Tensor, ""]:
    """The largest modulus."""
    return torch.stack(torch.aminmax(x)).abs().max()
