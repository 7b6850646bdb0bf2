"""The Lorenz system in any of its regimes."""

from __future__ import annotations

import torch
from jaxtyping import Float, Float64
from torch import Tensor

from neurarium.core.card import task
from neurarium.core.errors import bad, check_count, check_positive
from neurarium.core.loop import final, unroll
from neurarium.core.rng import Rng


@task(
    summary="Lorenz system: one fixed point, two fixed points, or chaos, depending on rho.",
    source="generated",
    paper="doi:10.1175/1520-0469(1963)020<0130:DNF>2.0.CO;2",
    tags=("dynamics",),
)
def lorenz(
    *,
    rho: float,
    n_trials: int,
    n_steps: int,
    step_size: float = 0.01,
    sigma: float = 10.0,
    beta: float = 8 / 3,
    initial: Float[Tensor, "trials 3"] | None = None,
    burn_in: int = 0,
    stride: int = 1,
    rng: Rng,
) -> Float64[Tensor, "trials time 3"]:
    """Trajectories of ``x' = σ(y - x)``, ``y' = x(ρ - z) - y``, ``z' = xy - βz``, by RK4 in float64.

    The origin attracts all for ρ < 1; then the pair ``(±√(β(ρ-1)), ±√(β(ρ-1)), ρ-1)`` is stable up to ρ ≈ 24.7;
    beyond, chaos. Time has no unit.

    Args:
        rho: decides the regime.
        n_trials: number of trajectories.
        n_steps: points kept of each; the first is the initial one after the burn-in.
        step_size: time step of the integration.
        sigma: coefficient of x' (Prandtl number).
        beta: coefficient of z'.
        initial: starting points; give two systems the same to match them. Default uniform in [0, 1)³.
        burn_in: integration steps thrown away first.
        stride: integration steps from one kept point to the next.
        rng: stream ``initial`` draws the starting points; unused if they are given.

    Raises:
        NeurariumError: for a bad count or shape, or when the integration diverges (`step_size` too large).

    Example:
        >>> x = lorenz(rho=10.0, n_trials=2, n_steps=3, burn_in=5000, rng=Rng(0))
        >>> round(float(x[0, -1, 2]), 6)                       # at a fixed point z = rho - 1
        9.0

    Paper: Lorenz 1963, doi:10.1175/1520-0469(1963)020<0130:DNF>2.0.CO;2.
    """
    check_count("lorenz", n_trials=n_trials, n_steps=n_steps, stride=stride)
    check_count("lorenz", least=0, burn_in=burn_in)
    check_positive("lorenz", step_size=step_size)
    if initial is None:
        initial = torch.rand(n_trials, 3, generator=rng("initial"), dtype=torch.float64)
    elif initial.shape != (n_trials, 3):
        raise bad("lorenz", "initial", f"be ({n_trials}, 3)", tuple(initial.shape))
    coefficients = torch.tensor([sigma, rho, beta], dtype=torch.float64, device=initial.device)

    def step(_: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        after = _rk4(state, coefficients, step_size)
        return state, after

    with torch.no_grad():
        state = initial.double()
        if burn_in:
            _, state = final(step, torch.empty(burn_in, 0), state)
        path, _ = unroll(step, torch.empty((n_steps - 1) * stride + 1, 0), state)
    if not path[-1].isfinite().all():
        raise bad("lorenz", "step_size", "be small enough for the integration", step_size, "Try 0.01.")
    return path[::stride].transpose(0, 1)


def _rk4(s: Float64[Tensor, "trials 3"], coefficients: Float64[Tensor, " 3"], h: float) -> Float64[Tensor, "trials 3"]:
    k1 = _flow(s, coefficients)
    k2 = _flow(s + h / 2 * k1, coefficients)
    k3 = _flow(s + h / 2 * k2, coefficients)
    k4 = _flow(s + h * k3, coefficients)
    return s + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)


def _flow(s: Float64[Tensor, "trials 3"], coefficients: Float64[Tensor, " 3"]) -> Float64[Tensor, "trials 3"]:
    x, y, z = s.unbind(-1)
    sigma, rho, beta = coefficients.unbind()
    return torch.stack((sigma * (y - x), x * (rho - z) - y, x * y - beta * z), -1)
