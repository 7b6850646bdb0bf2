"""Which samples are held out."""

from __future__ import annotations

import torch
from jaxtyping import Int64
from torch import Tensor

from neurarium.core.errors import bad
from neurarium.core.rng import Rng


def stratified(
    owner: str, what: str, y: Int64[Tensor, " n"], test_fraction: float, *, rng: Rng
) -> tuple[Int64[Tensor, " train"], Int64[Tensor, " test"]]:
    """Where the samples to learn from and those held out lie: of each class the same share, drawn (stream ``split``).

    Args:
        owner: the task, for its error.
        what: what a sample is, in the plural.
        y: class of each sample.
        test_fraction: share of each class held out, rounded.
        rng: named streams.

    Raises:
        NeurariumError: if a class would have no samples on one side.
    """
    train, test = [], []
    for label in y.unique():
        members = torch.nonzero(y == label).squeeze(1)
        members = members[torch.randperm(len(members), generator=rng("split"))]
        n_test = round(len(members) * test_fraction)
        if not 0 < n_test < len(members):
            raise bad(owner, "test_fraction", f"leave {what} of each class on both sides", test_fraction)
        test.append(members[:n_test])
        train.append(members[n_test:])
    return torch.cat(train).sort().values, torch.cat(test).sort().values
