"""Search for the rotation that brings two noisy systems together.

What is maximised is convex in Q (or, for the energy distance, above a tangent quadratic), so that ``Q <- polar(slope)``
never goes down; momentum and longer steps, given up whenever they would, make it fast.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from neurarium.alignment._dsa_starts import _best_signs as best_signs
from neurarium.alignment._shapes import polar

Starts = Float[Tensor, "starts units_x units_y"]
Rise = Callable[[Starts], tuple[Float[Tensor, " starts"], Starts]]  # Q -> value, slope
Means = Float[Tensor, "samples _units"]
Roots = Float[Tensor, "samples _units _columns"]  # Σ = root rootᵀ for each sample
N_SCREEN, N_ITERATIONS, RTOL, ROUNDING, SHIFT = 10, 3000, 1e-10, 1e-14, 0.9


def best_rotation(rise: Rise, starts: Starts) -> Float[Tensor, "units_x units_y"]:
    """The best Q with orthonormal columns: a few steps from all starts, twice as many from the better half, ..."""
    n_steps = N_SCREEN
    while len(starts) > 1:
        starts, values = _climb(rise, starts, n_steps)
        starts, n_steps = starts[values.topk(len(starts) // 2).indices], 2 * n_steps
    return _climb(rise, starts, N_ITERATIONS)[0][0]


def _climb(rise: Rise, Q: Starts, n_iterations: int) -> tuple[Starts, Float[Tensor, " starts"]]:
    """Ascend from every Q until two steps in turn change the value by less than RTOL of it; with values."""
    value, slope = rise(Q)
    safe = polar(slope)[0]
    Q, before, reached = safe, Q, Q
    momentum, n_still = torch.zeros_like(value), torch.zeros_like(value)
    for _ in range(n_iterations):
        push = (momentum / (momentum + 3))[:, None, None]
        ahead = polar(Q + push * (Q - before))[0] if bool(momentum.any()) else Q
        found, slope = rise(ahead)
        change, scale = found - value, found.abs()
        is_up = (change >= -ROUNDING * scale) | (momentum == 0)
        n_still = torch.where(change.abs() <= RTOL * scale, n_still + 1, 0)
        momentum, value = torch.where(is_up, momentum + 1, 0), torch.where(is_up, found, value)
        plain, bold = _steps(slope, ahead, SHIFT * push)
        pick = is_up[:, None, None]
        safe, reached = torch.where(pick, plain, safe), torch.where(pick, ahead, reached)
        before, Q = Q, torch.where(pick, bold, safe)
        if bool((n_still >= 2).all()):
            break
    return reached, value


def _steps(slope: Starts, Q: Starts, share: Tensor) -> tuple[Starts, Starts]:
    """The step that never goes down, and a longer one.

    ``‖Q‖`` is constant, so a multiple of ``½ ‖Q‖²`` may be taken off what is maximised. What holds Q alike in all
    directions, as round noise does, only slows the step; `share` of it is taken off the slope.
    """
    U, s, Vt = torch.linalg.svd(slope, full_matrices=False)
    return U @ Vt, polar(slope - share * s[:, -1:, None] * Q)[0]


def covariant_starts(
    x: Means, A: Roots, y: Means, B: Roots, mean_weight: float, root_weight: float, n_starts: int
) -> Starts:
    """Starts that follow a rotation of either system.

    First the best Q for the means alone, then principal axes onto principal axes with the best signs, then principal
    axes onto randomly rotated ones. Units of x must not be fewer than those of y.
    """
    Ux, Uy = (_principal_axes(m, R, mean_weight, root_weight) for m, R in ((x, A), (y, B)))
    Ux = Ux[:, : Uy.shape[1]]
    linear = mean_weight * ((x @ Ux) * (y @ Uy)).sum(0)
    quadratic = sum(_outer(Ux.mT @ a) * _outer(Uy.mT @ b) for a, b in zip(A, B, strict=True)) * root_weight
    scale = torch.finfo(x.dtype).tiny + torch.stack([linear.norm(), quadratic.norm()])
    both = torch.nn.functional.pad(quadratic / scale[1], (0, 1, 0, 1))
    both[-1, :-1] = both[:-1, -1] = 0.5 * linear / scale[0]
    signs = best_signs(both)
    found = [polar(x.mT @ y)[0], (Ux * (signs[:-1] * signs[-1])) @ Uy.mT]
    generator = torch.Generator().manual_seed(0)
    for _ in range(n_starts - 2):
        R, triangle = torch.linalg.qr(torch.randn(len(Uy), len(Uy), dtype=x.dtype, generator=generator))
        R = R * triangle.diagonal().sign()  # without signs, all would have one determinant
        found.append(Ux @ R.to(x.device) @ Uy.mT)
    return torch.stack(found[:n_starts])


def _principal_axes(means: Means, roots: Roots, mean_weight: float, root_weight: float) -> Float[Tensor, "units units"]:
    """Largest first, each pointing where the means are skewed to, so that they turn with the system, signs included."""
    flat = roots.transpose(0, 1).flatten(1)
    axes = torch.linalg.eigh(mean_weight * means.mT @ means + root_weight * flat @ flat.mT)[1].flip(1)
    return axes * torch.where((means @ axes).pow(3).sum(0) < 0, -1.0, 1.0)


def _outer(M: Tensor) -> Tensor:
    return M @ M.mT
