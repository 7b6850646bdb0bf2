"""The tempotron: learning to cross a threshold, or not to, at any time of a trial."""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from neurarium.core import part
from neurarium.core.errors import bad


@part(
    summary="Cost of a neuron's highest potential: its gradient is the tempotron's learning rule.",
    paper="doi:10.1038/nn1643",
    tags=("spiking", "supervised", "timing"),
)
def tempotron(
    v: Float[Tensor, "time *batch units"],
    is_target: Bool[Tensor, "*batch units"],
    *,
    threshold: float = 1.0,
) -> Float[Tensor, ""]:
    """Distance of the highest potential from threshold, where it lies on the wrong side.

    ``E = Σ |v(t_max) - threshold|`` over units and trials that err, over the number of trials; ``t_max = argmax_t v``.
    A unit should cross where it is the target and nowhere else. The potential is that without any spike or reset.

    With ``v = Σ_i w_i Σ_spikes K(t - t_i)`` descent on E is the published rule, ``± lr Σ K(t_max - t_i)`` for a miss or
    a false alarm: as v is highest at t_max, how t_max moves plays no role. By the same argument every other constant
    that v depends on learns by ``± lr ∂v(t_max)/∂constant``.

    Args:
        v: potential at every instant.
        is_target: whether the unit should fire in this trial.
        threshold: potential at which the unit would fire.

    Raises:
        NeurariumError: when the two shapes do not fit.

    Example:
        >>> v = torch.tensor([[0.2, 0.9], [0.7, 1.4]]).unsqueeze(1)      # 2 steps, 1 trial, 2 units
        >>> round(tempotron(v, torch.tensor([[True, True]])).item(), 3)
        0.3

    Paper: Gütig and Sompolinsky 2006, Nature Neuroscience 9, 420-428.
    """
    if v.ndim < 2 or len(v) == 0 or v.shape[1:] != is_target.shape:
        raise bad("tempotron", "is_target", f"be {tuple(v.shape[1:])}, as `v` without time", tuple(is_target.shape))
    peak = v.max(0).values
    errs = (peak >= threshold) != is_target
    n_trials = is_target[..., 0].numel()
    return torch.where(errs, (peak - threshold).abs(), 0.0).sum() / n_trials
