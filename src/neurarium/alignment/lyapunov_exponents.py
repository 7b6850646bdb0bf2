"""How fast neighbouring trajectories part, in each direction."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float, Real

from neurarium.alignment._arrays import Array, as_double, like
from neurarium.core.card import measure
from neurarium.core.errors import bad

SMALLEST = 1e-300  # a direction that dies in one step, as at a superstable orbit, counts as this


@measure(
    summary="Lyapunov exponents of a trajectory from the Jacobians along it.",
    level="representation",
    paper="doi:10.1007/BF02128236",
    tags=("dynamics", "chaos"),
)
def lyapunov_exponents(
    jacobians: Real[Array, "time *trials units _units"], *, burn_in: int = 0
) -> Float[Array, "*trials units"]:
    """``λ_i = mean_t ln |R_ii(t)|``  with  ``Q(t) R(t) = J(t) Q(t-1)``, from the largest to the smallest.

    Per step; divide by the length of a step for a rate. The largest is above zero on a chaotic attractor and below it
    on a periodic one; their sum is ``mean ln |det J|``. An estimate from T steps is off by about ``1 / T`` on a cycle,
    by ``1 / √T`` in chaos.

    Args:
        jacobians: derivative of the next state by the state, (to, from), at each step; perhaps many trials.
        burn_in: first steps that turn the axes but do not count.

    Raises:
        NeurariumError: unless the Jacobians are square and finite, and more than `burn_in`.

    Example:
        >>> x = [0.4]
        >>> for _ in range(5000):
        ...     x.append(4 * x[-1] * (1 - x[-1]))
        >>> slopes = 4 - 8 * np.array(x)
        >>> bool(abs(lyapunov_exponents(slopes[:, None, None]) - np.log(2)) < 0.01)
        True

    Paper: Benettin et al. 1980, doi:10.1007/BF02128236 and 02128237.
    """
    is_one = np.ndim(jacobians) == 3
    axes = ("time", "units", "units") if is_one else ("time", "trials", "units", "units")
    J = as_double("lyapunov_exponents", "jacobians", jacobians, axes).cpu()
    if J.shape[-1] != J.shape[-2]:
        raise bad("lyapunov_exponents", "jacobians", "be square matrices", tuple(J.shape))
    if not 0 <= burn_in < len(J):
        raise bad("lyapunov_exponents", "burn_in", f"lie between 0 and {len(J) - 1}", burn_in)
    axes_now, total = np.eye(J.shape[-1]), np.zeros(J.shape[1:-1])
    for n_seen, step in enumerate(J.numpy()):
        axes_now, growth = np.linalg.qr(step @ axes_now)
        if n_seen >= burn_in:
            total += np.log(np.maximum(np.abs(np.diagonal(growth, axis1=-2, axis2=-1)), SMALLEST))
    exponents = -np.sort(-total / (len(J) - burn_in), axis=-1)
    return like(torch.from_numpy(exponents), jacobians)
