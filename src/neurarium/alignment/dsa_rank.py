"""Rank and number of delays of a dynamical similarity analysis, by how well held-out steps are foretold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float, Real
from torch import Tensor

from neurarium.alignment._arrays import Array, as_double, like
from neurarium.alignment._dsa_operators import _leading, _shifted, _window_covariance
from neurarium.core.card import measure
from neurarium.core.errors import bad

OWNER = "dsa_rank"


class DSARank(NamedTuple):
    """The least rank and delays that foretell as well as any, and every error that was compared."""

    rank: int
    n_delays: int
    errors: Float[Array, "delays ranks"]
    spread: Float[Array, "delays ranks"]


@measure(
    summary="How many delay modes a system's dynamics fill: the rank that foretells held-out trials best.",
    level="representation",
    paper="arxiv:2306.10168",
    tags=("dynamics",),
)
@torch.no_grad()
def dsa_rank(
    X: Real[Array, "trials time units"],
    *,
    ranks: Sequence[int],
    delays: Sequence[int],
    interval: int = 1,
    ridge: float = 1e-8,
) -> DSARank:
    """Sweep rank and delays of :func:`dsa_operators`; trials are foretold by fits to the other half of the trials.

    ``error = Σ ‖x_{t+1} - x̂_{t+1}‖² / Σ ‖x_{t+1} - x_t‖²``, 1 for one who says that nothing moves; x̂ is the present
    state in ``U_r diag(w_r)^½ A v_t``. All settings are scored on the same steps. Chosen is the least rank, then the
    fewest delays, within a standard error (over trials) of the best: whitening makes modes of noise count.

    Args:
        X: one system, at least 4 trials.
        ranks: numbers of modes to try, none above ``min(delays) * units`` or the numerical rank.
        delays: numbers of states in a window to try.
        interval: steps between the states of a window.
        ridge: penalty of the fit.

    Raises:
        NeurariumError: for fewer than 4 trials, or windows that do not fit.

    Example:
        >>> t = torch.arange(40.0)[:, None] + torch.arange(6.0)[:, None, None]
        >>> x = torch.cat([torch.cos(0.3 * t), torch.sin(0.3 * t)], -1) + 0.01 * torch.cos(t**3 * torch.arange(1, 3))
        >>> dsa_rank(x, ranks=(1, 2), delays=(1,)).rank
        2

    Paper: Ostrow et al. 2023, arXiv:2306.10168, which picks them by predictions too.
    """
    x = as_double(OWNER, "X", X, ("trials", "time", "units"))
    delays, ranks = sorted(set(delays)), sorted(set(ranks))
    if not delays or not ranks or delays[0] < 1 or ranks[0] < 1 or interval < 1:
        raise bad(OWNER, "ranks, delays, interval", "be whole numbers of at least 1", (ranks, delays, interval))
    if len(x) < 4:
        raise bad(OWNER, "X", "have at least 4 trials", len(x), "Half of them are foretold from the other half.")
    first = (delays[-1] - 1) * interval
    if x.shape[1] < first + 2 or ranks[-1] > delays[0] * x.shape[2]:
        must = f"be long enough for {delays[-1]} delays and wide enough for rank {ranks[-1]} at {delays[0]}"
        raise bad(OWNER, "X", must, tuple(x.shape), f"At least {first + 2} steps; rank at most delays x units.")
    errors = x.new_empty(len(delays), len(ranks), len(x))
    half = torch.arange(len(x), device=x.device) % 2 == 0
    for d, n_delays in enumerate(delays):
        for held_out in (half, ~half):
            errors[d, :, held_out] = _held_out_errors(x, held_out, n_delays, interval, ranks, ridge, first)
    errors /= (x[:, first + 1 :] - x[:, first:-1]).square().sum((-1, -2)).mean().clamp_min(1e-300)
    mean, spread = errors.mean(-1), errors.std(-1) / len(x) ** 0.5
    best = mean.flatten().argmin()
    is_as_good = mean <= mean.flatten()[best] + spread.flatten()[best]
    r = int(is_as_good.any(0).nonzero()[0])
    d = int(is_as_good[:, r].nonzero()[0])
    return DSARank(ranks[r], delays[d], like(mean, X), like(spread, X))


def _held_out_errors(
    x: Tensor, held_out: Tensor, n_delays: int, interval: int, ranks: list[int], ridge: float, first: int
) -> Float[Tensor, "ranks trials"]:
    """Summed squared error of each held-out trial from step `first` on; as modes are nested, one fit serves all."""
    seen, unseen = x[~held_out], x[held_out]
    w, U = _leading(_window_covariance(seen, n_delays, interval), ranks[-1])
    into, back = (U * w.rsqrt()).view(n_delays, x.shape[2], -1), (U * w.sqrt())[: x.shape[2]]
    v, v_unseen = (
        sum(part @ weight for part, weight in zip(_shifted(y, n_delays, interval), into, strict=True))
        for y in (seen, unseen)
    )
    now, then = v[:, :-1].flatten(0, 1), v[:, 1:].flatten(0, 1)
    before, after = now.mT @ now, now.mT @ then
    start = first - (n_delays - 1) * interval  # windows that the longest delays have no room for are not scored
    errors = []
    for r in ranks:
        eye = torch.eye(r, dtype=x.dtype, device=x.device)
        A = torch.linalg.solve(before[:r, :r] + ridge * eye, after[:r, :r])
        foretold = v_unseen[:, start:-1, :r] @ A @ back[:, :r].mT
        errors.append((unseen[:, first + 1 :] - foretold).square().sum((-1, -2)))
    return torch.stack(errors)
