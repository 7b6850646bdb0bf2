"""The weighted read-out of a layer that was trained without labels."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from neurarium.core import part
from neurarium.core.errors import check_fraction
from neurarium.learning._response_record import check_record


@part(
    summary="Read-out of an unsupervised layer that trusts units by how few labels they answer.",
    paper="arxiv:2109.06452",
    tags=("readout", "unsupervised", "spiking"),
)
class WeightedAssignment:
    """Each unit votes for all the labels it answers, the less the more of them there are.

    ``share_ip = N_ip / Σ_q N_iq``; unit i votes for p if ``share_ip > min_share``;  ``n_i = number of p with N_ip > 0``
    ``a_i = 1 / n_i if n_i >= ambiguous_from · n_labels, else 1``  (ambiguity)
    ``f_p = Σ_i [r_i > 0] N_ip / Σ_i N_ip``, over the voters of p  (silence: were those there whom p should wake?)
    ``score_p = f_p Σ_i r_i a_i share_ip``, over the voters of p

    Args:
        record: N, spikes of each unit for each label, ``(units, labels)``; see :func:`response_record`.
        min_share: least share of a unit's spikes for a label that gives it a vote.
        ambiguous_from: share of all labels from which on a unit is ambiguous.
        is_ambiguity_penalised: False sets a to one.
        is_silence_penalised: False sets f to one.

    Example:
        >>> readout = WeightedAssignment(record=torch.tensor([[3.0, 1.0], [0.0, 2.0]]))
        >>> readout.scores(torch.tensor([[4.0, 0.0]])).tolist()          # both for 0: 4 · 1/2 · 3/4; for 1: f = 1/3
        [[1.5, 0.1666666716337204]]

    Paper: Hussaini, Milford and Fischer 2022, arXiv:2109.06452, and its code.
    """

    def __init__(
        self,
        *,
        record: Float[Tensor, "units labels"],
        min_share: float = 0.1,
        ambiguous_from: float = 0.02,
        is_ambiguity_penalised: bool = True,
        is_silence_penalised: bool = True,
    ) -> None:
        check_record("WeightedAssignment", record)
        check_fraction("WeightedAssignment", min_share=min_share, ambiguous_from=ambiguous_from)
        total = record.sum(1, keepdim=True)
        share = torch.where(total > 0, record / total.clamp_min(torch.finfo(record.dtype).tiny), 0.0)
        is_voter = share > min_share
        n_answered = (record > 0).sum(1, keepdim=True)
        is_ambiguous = (n_answered >= ambiguous_from * record.shape[1]) & bool(is_ambiguity_penalised)
        self._vote = share * is_voter / torch.where(is_ambiguous, n_answered.clamp_min(1), 1)
        expected = record * is_voter
        self._expected = expected / expected.sum(0).clamp_min(torch.finfo(record.dtype).tiny)
        self.is_silence_penalised = is_silence_penalised

    def scores(self, spikes: Float[Tensor, "queries units"]) -> Float[Tensor, "queries labels"]:
        """Score of each label for each query."""
        r = spikes.to(self._vote)
        votes = r @ self._vote
        return votes * ((r > 0).to(r) @ self._expected) if self.is_silence_penalised else votes
