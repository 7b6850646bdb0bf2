"""Units that fire for what they were not trained on."""

from __future__ import annotations

from jaxtyping import Bool, Float
from torch import Tensor

from neurarium.core import part
from neurarium.core.errors import bad, check_not_negative


@part(
    summary="Finds the units of independent experts that fire too much for what other experts were trained on.",
    paper="arxiv:2209.08723",
    tags=("readout", "modular", "spiking"),
)
def hyperactive_filter(
    counts: Float[Tensor, "images units"], *, is_own: Bool[Tensor, "images units"], max_foreign_spikes: float
) -> Bool[Tensor, " units"]:
    """Which units to keep: those with few spikes for the images of other experts.

    ``keep_i = [Σ over images k that are not i's own of s_ki <= max_foreign_spikes]``

    Experts trained apart never competed with one another, so nothing taught their units to leave foreign images alone.
    Show every expert the images all of them were trained on, never the queries.

    Args:
        counts: spikes of all units of all experts, side by side.
        is_own: whether an image was among those that the unit's expert was trained on.
        max_foreign_spikes: most spikes of a unit that stays.

    Example:
        >>> import torch
        >>> own, s = torch.tensor([[True, False], [False, True]]), torch.tensor([[9.0, 0.0], [3.0, 5.0]])
        >>> hyperactive_filter(s, is_own=own, max_foreign_spikes=2.0).tolist()
        [False, True]

    Paper: Hussaini, Milford and Fischer 2023, arXiv:2209.08723; its code counts images of the own region too.
    """
    check_not_negative("hyperactive_filter", max_foreign_spikes=max_foreign_spikes)
    if is_own.shape != counts.shape:
        raise bad("hyperactive_filter", "is_own", f"have the shape of the counts {tuple(counts.shape)}", is_own.shape)
    return (counts * ~is_own).sum(0) <= max_foreign_spikes
