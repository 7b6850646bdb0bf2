"""One linear operator a system, fitted in delay coordinates without a Hankel matrix: the first half of DSA."""

from __future__ import annotations

from collections.abc import Sequence

import scipy.linalg
import torch
from jaxtyping import Float, Real
from torch import Tensor

from neurarium.alignment._arrays import Array, as_double, like
from neurarium.core.errors import bad

OWNER = "dsa_operators"
Trials = Float[Tensor, "trials time units"]


@torch.no_grad()
def dsa_operators(
    systems: Sequence[Real[Array, "_trials _time _units"]],
    *,
    n_delays: int,
    interval: int = 1,
    rank: int,
    ridge: float = 1e-8,
) -> Float[Array, "systems rank rank"]:
    """Fit ``v_{t+1} = A v_t`` in each system's leading delay modes (ridge-regularised HAVOK / DMD).

    With window ``h_t = (x_t, x_{t-interval}, ...)`` of `n_delays` states, ``G = Σ h hᵀ = U diag(w) Uᵀ`` and
    ``v = diag(w)^-½ Uᵀ h`` over the `rank` largest w:  ``A = (Σ v_{t+1} v_tᵀ) (Σ v_t v_tᵀ + ridge I)^-1``.

    Args:
        systems: one array a system; units and trials may differ between systems. Means are not removed.
        n_delays: states in a window, the present one included; 1 is plain DMD.
        interval: steps between the states of a window.
        rank: modes kept. Few is better: whitening makes noise modes count as much as dynamics.
        ridge: penalty, where 1 is the power of each mode over all windows.

    Raises:
        NeurariumError: when no window fits into a trial or `rank` exceeds the numerical rank of the windows.

    Example:
        >>> t = torch.arange(50.0)
        >>> circle = torch.stack([torch.cos(0.3 * t), torch.sin(0.3 * t)], -1)[None]
        >>> torch.linalg.eigvals(dsa_operators([circle], n_delays=1, rank=2)).angle().abs().round(decimals=4)
        tensor([[0.3000, 0.3000]], dtype=torch.float64)

    Paper: Ostrow et al. 2023, arXiv:2306.10168.
    """
    for name, number in (("n_delays", n_delays), ("interval", interval), ("rank", rank)):
        if isinstance(number, bool) or not isinstance(number, int) or number < 1:
            raise bad(OWNER, name, "be a whole number of at least 1", number)
    if not ridge >= 0:
        raise bad(OWNER, "ridge", "be at least 0", ridge)
    if len(systems) == 0:
        raise bad(OWNER, "systems", "name at least one system", ())
    fits = []
    for index, system in enumerate(systems):
        x = as_double(OWNER, f"systems[{index}]", system, ("trials", "time", "units"))
        fits.append(_operator(x, f"systems[{index}]", n_delays, interval, rank, ridge))
    return like(torch.stack(fits), systems[0])


def _operator(x: Trials, name: str, n_delays: int, interval: int, rank: int, ridge: float) -> Float[Tensor, "r r"]:
    n_trials, n_steps, n_units = x.shape
    n_windows = n_steps - (n_delays - 1) * interval
    if n_windows < 2:
        hint = f"{n_delays} delays at interval {interval} need at least {(n_delays - 1) * interval + 2} steps."
        raise bad(OWNER, name, "be long enough for two windows", f"{n_steps} time steps", hint)
    most = min(n_trials * (n_windows - 1), n_delays * n_units)
    if rank > most:
        raise bad(OWNER, "rank", f"be at most {most} for {name}", rank, "Its windows span no more modes.")
    x = x / x.abs().max().clamp_min(torch.finfo(x.dtype).tiny)
    modes = _modes_from_rows if n_trials * n_windows < n_delays * n_units else _modes_from_columns
    v = modes(x, n_delays, interval, rank)
    now, then = v[:, :-1].flatten(0, 1), v[:, 1:].flatten(0, 1)
    eye = torch.eye(rank, dtype=x.dtype, device=x.device)
    try:
        return torch.linalg.solve(now.mT @ now + ridge * eye, now.mT @ then).mT
    except torch.linalg.LinAlgError as singular:
        raise bad(OWNER, "ridge", f"be above zero for {name}, whose windows are dependent", ridge) from singular


def _shifted(x: Trials, n_delays: int, interval: int) -> list[Float[Tensor, "trials windows units"]]:
    """The i-th state of every window, i = 0 the present one."""
    first, end = (n_delays - 1) * interval, x.shape[1]
    return [x[:, first - i * interval : end - i * interval] for i in range(n_delays)]


def _modes_from_columns(x: Trials, n_delays: int, interval: int, rank: int) -> Float[Tensor, "trials windows rank"]:
    """Modes by the covariance of the windows: few (delays x units), many windows."""
    w, U = _leading(_window_covariance(x, n_delays, interval), rank)
    weights = (U * w.rsqrt()).view(n_delays, x.shape[2], rank)
    return sum(part @ weight for part, weight in zip(_shifted(x, n_delays, interval), weights, strict=True))


def _window_covariance(x: Trials, n_delays: int, interval: int) -> Float[Tensor, "columns columns"]:
    """Upper triangle of ``G = Σ h hᵀ``: block (i+1, j+1) is block (i, j) plus what enters, less what leaves."""
    n_steps, n_units = x.shape[1:]
    parts = _shifted(x, n_delays, interval)
    G = x.new_zeros(n_delays, n_units, n_delays, n_units)
    present = parts[0].flatten(0, 1).mT
    for j in range(n_delays):
        G[0, :, j] = present @ parts[j].flatten(0, 1)
    if n_delays > 1:
        shifts = [i * interval for i in range(1, n_delays)]
        first = (n_delays - 1) * interval
        enters = torch.cat([x[:, first - s : first - s + interval].flatten(0, 1) for s in shifts], 1)
        leaves = torch.cat([x[:, n_steps - s : n_steps - s + interval].flatten(0, 1) for s in shifts], 1)
        edge = (enters.mT @ enters).addmm_(leaves.mT, leaves, alpha=-1).view(n_delays - 1, n_units, -1, n_units)
        for i in range(n_delays - 1):
            torch.add(G[i, :, i:-1], edge[i, :, i:], out=G[i + 1, :, i + 1 :])
    return G.view(n_delays * n_units, -1)


def _modes_from_rows(x: Trials, n_delays: int, interval: int, rank: int) -> Float[Tensor, "trials windows rank"]:
    """Modes by the inner products of the windows: fewer windows than (delays x units)."""
    n_trials, n_steps, _ = x.shape
    n_windows, first = n_steps - (n_delays - 1) * interval, (n_delays - 1) * interval
    states = x.flatten(0, 1)
    inner = (states @ states.mT).view(n_trials, n_steps, n_trials, n_steps)
    begins = [first - i * interval for i in range(n_delays)]
    K = sum(inner[:, b : b + n_windows, :, b : b + n_windows] for b in begins)
    return _leading(K.reshape(n_trials * n_windows, -1), rank)[1].view(n_trials, n_windows, rank)


def _leading(G: Float[Tensor, "m m"], rank: int) -> tuple[Float[Tensor, " rank"], Float[Tensor, "m rank"]]:
    """The largest eigenvalues, falling, and their eigenvectors, from the upper triangle of G, which may be overwritten.

    Raises:
        NeurariumError: where the eigenvalues are rounding noise.
    """
    if G.is_cuda:
        w, U = (part[..., -rank:] for part in torch.linalg.eigh(G, UPLO="U"))
    else:
        columns, last = G.numpy().T, len(G) - 1  # the layout of LAPACK, so that nothing is copied
        w, U = scipy.linalg.eigh(
            columns, subset_by_index=[last + 1 - rank, last], overwrite_a=True, driver="evr", check_finite=False
        )
        w, U = torch.from_numpy(w), torch.from_numpy(U)
    w, U = w.flip(-1), U.flip(-1)
    tolerance = 10 * torch.finfo(G.dtype).eps * len(G) * w[0].clamp_min(torch.finfo(G.dtype).tiny)
    if not bool(w[-1] > tolerance):
        must = f"not exceed the numerical rank of the windows ({int((w > tolerance).sum())})"
        raise bad(OWNER, "rank", must, rank, "Lower it, or give data that moves in more directions.")
    return w, U
