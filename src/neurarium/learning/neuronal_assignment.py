"""The plain read-out of a layer that was trained without labels."""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from neurarium.core import part
from neurarium.learning._response_record import check_record


@part(
    summary="Read-out of an unsupervised layer: each unit votes for the one label it answered most.",
    paper="doi:10.3389/fncom.2015.00099",
    tags=("readout", "unsupervised", "spiking"),
)
class NeuronalAssignment:
    """Each unit belongs to its best label; a label's score is the mean answer of the units that belong to it.

    ``label_i = argmax_p N_ip;  score_p = mean over i with label_i = p of r_i``

    Labels are used only here, after learning. A unit that never fired belongs to no label, and a label without units
    scores zero. Units can be left out, as :func:`hyperactive_filter` suggests; then the mean is over those that stay.

    Args:
        record: N, spikes of each unit for each label, ``(units, labels)``; see :func:`response_record`.

    Attributes:
        labels: the label of each unit, -1 for none.

    Example:
        >>> readout = NeuronalAssignment(record=torch.tensor([[3.0, 1.0], [0.0, 2.0], [0.0, 4.0]]))
        >>> readout.scores(torch.tensor([[0.0, 3.0, 0.0]])).tolist()
        [[0.0, 1.5]]

    Paper: Diehl and Cook 2015, Frontiers in Computational Neuroscience 9:99.
    """

    def __init__(self, *, record: Float[Tensor, "units labels"]) -> None:
        check_record("NeuronalAssignment", record)
        most, best = record.max(1)
        self.labels = torch.where(most > 0, best, -1)
        self._member = (self.labels.unsqueeze(1) == torch.arange(record.shape[1], device=record.device)).to(record)

    def scores(
        self, spikes: Float[Tensor, "queries units"], *, keep: Bool[Tensor, " units"] | None = None
    ) -> Float[Tensor, "queries labels"]:
        """Score of each label for each query; `keep` says which units count."""
        member = self._member if keep is None else self._member * keep.unsqueeze(1)
        return spikes.to(member) @ member / member.sum(0).clamp_min(1)
