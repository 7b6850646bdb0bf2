"""Checks of arguments that several tasks share."""

from __future__ import annotations

import math

from neurarium.core.errors import bad


def check_count(owner: str, *, least: int = 1, **values: int) -> None:
    """Raise unless every keyword is an integer of at least `least`."""
    for name, value in values.items():
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise bad(owner, name, f"be an integer of at least {least}", value)


def check_not_negative(owner: str, **values: float) -> None:
    """Raise unless every keyword is a finite number of at least zero."""
    for name, value in values.items():
        if not 0 <= value < math.inf:
            raise bad(owner, name, "be a finite number of at least 0", value)
