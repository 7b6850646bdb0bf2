"""How much activity depends on the actions that it causes."""

from __future__ import annotations

from jaxtyping import Real

from neurarium.alignment._arrays import Array, as_double
from neurarium.core.card import measure
from neurarium.core.errors import bad


@measure(
    summary="How far activity changes when a system's actions no longer have the effects that it sees.",
    level="representation",
    paper="doi:10.2307/2532051",
    tags=("interaction", "dynamics"),
)
def closed_loop_dependence(X: Real[Array, "trials time units"], Y: Real[Array, "trials time units"]) -> float:
    """``D = Σ (x - y)² / Σ [(x - x̄)² + (y - ȳ)² + (x̄ - ȳ)²]``, a unit's mean over all trials and steps.

    X is recorded in closed loop, Y on the same trials (same stimuli, same noise) while what the system does is
    decoupled from what it perceives next, e.g. with the consequences of another trial's actions replayed to it. 0 if
    the loop does not matter, about 1 if activity is unrelated without it, 2 if it is reversed: one minus Lin's
    concordance, pooled over units. Noise that is not repeated raises D: set it beside two closed-loop recordings.

    Args:
        X: activity in closed loop.
        Y: activity with actions decoupled, the same trials in the same order.

    Raises:
        NeurariumError: for recordings of different shape, or both constant and equal.

    Example:
        >>> import torch
        >>> x = torch.tensor([[[1.0], [-1.0], [2.0], [-2.0]]])
        >>> closed_loop_dependence(x, x), closed_loop_dependence(x, -x)
        (0.0, 2.0)

    Paper: the coefficient is Lin 1989, doi:10.2307/2532051; the question is Monaco et al. 2021, arXiv:2105.07284.
    """
    x, y = (as_double("closed_loop_dependence", n, v, ("trials", "time", "units")) for n, v in (("X", X), ("Y", Y)))
    if x.shape != y.shape:
        raise bad("closed_loop_dependence", "Y", f"have the shape of X {tuple(x.shape)}", tuple(y.shape))
    y = y.to(x.device)
    mean_x, mean_y = (a.mean((0, 1)) for a in (x, y))
    apart = (mean_x - mean_y).square().sum() * x.shape[0] * x.shape[1]
    most = (x - mean_x).square().sum() + (y - mean_y).square().sum() + apart
    if not bool(most > 0):
        hint = "What never changes depends on nothing."
        raise bad("closed_loop_dependence", "X", "vary, or differ from Y", "the same constant", hint)
    return float((x - y).square().sum() / most)
