"""What units answered to each label: the table that every label assignment starts from."""

from __future__ import annotations

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from neurarium.core.errors import bad


def response_record(
    spikes: Float[Tensor, "images units"], labels: Int64[Tensor, " images"], *, n_labels: int
) -> Float[Tensor, "units labels"]:
    """Mean spikes of each unit in an image of each label; zero for labels without images.

    >>> spikes, labels = torch.tensor([[2.0, 0.0], [4.0, 1.0], [0.0, 5.0]]), torch.tensor([0, 0, 1])
    >>> response_record(spikes, labels, n_labels=2).tolist()
    [[3.0, 0.0], [0.5, 5.0]]
    """
    if len(labels) != len(spikes):
        raise bad("response_record", "labels", f"be one for each of {len(spikes)} images", len(labels))
    if len(labels) and not 0 <= int(labels.min()) <= int(labels.max()) < n_labels:
        raise bad("response_record", "labels", f"lie in 0 .. {n_labels - 1}", (int(labels.min()), int(labels.max())))
    member = torch.zeros(n_labels, len(labels), dtype=spikes.dtype, device=spikes.device)
    member[labels, torch.arange(len(labels), device=labels.device)] = 1
    return (member @ spikes / member.sum(1, keepdim=True).clamp_min(1)).mT


def check_record(owner: str, record: Float[Tensor, "units labels"]) -> None:
    """Raise unless `record` is a table of spikes."""
    if record.ndim != 2 or record.numel() == 0 or not (torch.isfinite(record).all() and (record >= 0).all()):
        raise bad(owner, "record", "be (units, labels) of numbers not below zero", tuple(record.shape))
