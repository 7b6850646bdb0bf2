"""Dendritic segments that fire when enough of their synapses are active at once."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Int64
from torch import Tensor, nn

from neurarium.core import Rng, part
from neurarium.core.errors import bad, check_count


@part(
    summary="Dendritic segments that store sparse patterns and fire on enough coincident input.",
    paper="arxiv:1601.00720",
    tags=("dendrites", "sparse", "binary"),
    example=dict(n_inputs=4, n_segments=3, n_synapses=2, threshold=2),
)
class ActiveDendrite(nn.Module):
    """Coincidence detectors: segment j fires if ``Σ_i D_ji x_i >= threshold``, D and x binary.

    A segment has no synapses until :meth:`store` grows some onto a random few of the cells active in a pattern. Storing
    again adds those of another pattern to the same segment (a union): it then fires for either, and for mixtures. The
    neuron as a whole is ``dendrite(x).any(-1)``. What errors to expect: :func:`neurarium.alignment.sdr_error_rates`.

    Args:
        n_inputs: cells that a segment could connect to.
        n_segments: segments.
        n_synapses: synapses that a segment grows onto one pattern.
        threshold: active synapses that make a segment fire; 8 to 20 in pyramidal cells.

    Example:
        >>> dendrite = ActiveDendrite(n_inputs=6, n_segments=1, n_synapses=3, threshold=2)
        >>> x = torch.tensor([[1, 1, 1, 0, 0, 0], [1, 1, 0, 0, 0, 0], [0, 0, 1, 1, 1, 1]]).bool()
        >>> dendrite.store(x[:1], rng=Rng(0))
        >>> dendrite(x).flatten().tolist()
        [True, True, False]

    Paper: Ahmad and Hawkins 2016, arXiv:1601.00720.
    """

    def __init__(self, *, n_inputs: int, n_segments: int, n_synapses: int, threshold: int) -> None:
        super().__init__()
        counts = dict(n_inputs=n_inputs, n_segments=n_segments, n_synapses=n_synapses, threshold=threshold)
        check_count("ActiveDendrite", **counts)
        if n_synapses > n_inputs:
            raise bad("ActiveDendrite", "n_synapses", f"be at most n_inputs={n_inputs}", n_synapses)
        self.n_synapses, self.threshold = n_synapses, threshold
        self.register_buffer("synapses", torch.zeros(n_segments, n_inputs, dtype=torch.bool))

    def store(self, patterns: Bool[Tensor, "segments inputs"], *, rng: Rng) -> None:
        """Grow `n_synapses` of each segment onto cells that are active in its own row of `patterns`.

        Args:
            patterns: one for each segment, with at least `n_synapses` active cells.
            rng: stream ``synapses`` chooses among the active cells.
        """
        if patterns.shape != self.synapses.shape:
            raise bad("ActiveDendrite", "patterns", f"be {tuple(self.synapses.shape)}", tuple(patterns.shape))
        fewest = int(patterns.sum(-1).min())
        if fewest < self.n_synapses:
            raise bad("ActiveDendrite", "patterns", f"have at least {self.n_synapses} active cells each", fewest)
        keys = torch.rand(patterns.shape, generator=rng("synapses")).to(patterns.device)
        chosen = keys.masked_fill(~patterns, -1.0).topk(self.n_synapses, dim=-1).indices
        self.synapses.scatter_(-1, chosen, True)

    def overlap(self, x: Bool[Tensor, "*batch inputs"]) -> Int64[Tensor, "*batch segments"]:
        """Active synapses of each segment."""
        rows = x.reshape(-1, x.shape[-1]).mT.float().contiguous()  # cells first: a segment adds rows
        reached = self.synapses.nonzero()[:, 1]
        first = F.pad(self.synapses.sum(-1).cumsum(0), (1, 0))[:-1]
        counts = F.embedding_bag(reached, rows, first, mode="sum")
        return counts.mT.long().reshape(*x.shape[:-1], -1)

    def forward(self, x: Bool[Tensor, "*batch inputs"]) -> Bool[Tensor, "*batch segments"]:
        """Which segments fire."""
        return self.overlap(x) >= self.threshold
