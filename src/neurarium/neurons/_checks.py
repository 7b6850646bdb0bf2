"""Checks that several neurons make of their arguments."""

from __future__ import annotations

import torch

from neurarium.core.errors import bad
from neurarium.neurons._reset import Reset


def check_reset(owner: str, reset: Reset, threshold: float) -> None:
    """Raise unless a spike right at the threshold leads below it: else the neuron would spike for ever."""
    after = reset(torch.full((1,), float(threshold)), torch.ones(1), threshold)
    if after.item() >= threshold:
        raise bad(owner, "reset", "lead below the threshold", reset, "Lower `v_reset`.")


def check_finite(owner: str, **values: object) -> None:
    """Raise unless every keyword is a finite number, of either sign."""
    for name, value in values.items():
        if not (isinstance(value, (int, float)) and -float("inf") < value < float("inf")):
            raise bad(owner, name, "be a finite number", value)


def check_not_negative(owner: str, **values: object) -> None:
    """Raise unless every keyword is a finite number, zero or above."""
    for name, value in values.items():
        if not (isinstance(value, (int, float)) and 0 <= value < float("inf")):
            raise bad(owner, name, "be zero or a positive number", value)


def check_whole(owner: str, **values: object) -> None:
    """Raise unless every keyword is a whole number above zero."""
    for name, value in values.items():
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise bad(owner, name, "be a whole number above zero", value)
