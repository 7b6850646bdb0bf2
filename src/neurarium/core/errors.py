"""Errors that name the parameter, the value and the way out."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable


class NeurariumError(ValueError):
    """Something the user gave cannot be used; the message says what to do instead."""


class UnknownNameError(NeurariumError, LookupError):
    """A name that is not in the list it was looked up in."""


def bad(owner: str, param: str, must: str, got: object, hint: str = "") -> NeurariumError:
    """Build the one error message of the house, ``Owner: `param` must ..., got VALUE. What to do.``, from its parts.

    >>> str(bad("LIF", "tau_mem_ms", "be positive", -1.0, "Give a time constant in milliseconds."))
    'LIF: `tau_mem_ms` must be positive, got -1.0. Give a time constant in milliseconds.'
    """
    return NeurariumError(f"{owner}: `{param}` must {must}, got {got!r}.{' ' + hint if hint else ''}")


def unknown(kind: str, name: str, known: Iterable[str], hint: str = "") -> UnknownNameError:
    """Build the error for a name that is not known, with the nearest known names.

    >>> str(unknown("study", "hebian", ["hebbian", "maze"]))
    "no study is called 'hebian'. Did you mean 'hebbian'?"
    """
    near = _nearest(name, list(known))
    meant = f" Did you mean {' or '.join(map(repr, near))}?" if near else ""
    return UnknownNameError(f"no {kind} is called {name!r}.{meant}{' ' + hint if hint else ''}")


def _nearest(name: str, known: list[str], n: int = 3) -> list[str]:
    """The names most like `name`, as a whole or in one of their words, best first."""

    def likeness(candidate: str) -> float:
        words = [candidate, *re.split("[-_. ]", candidate)]
        return max(difflib.SequenceMatcher(None, name.lower(), word.lower()).ratio() for word in words)

    return sorted((k for k in known if likeness(k) >= 0.6), key=likeness, reverse=True)[:n]


def check_positive(owner: str, **values: object) -> None:
    """Raise unless every keyword is a finite number above zero."""
    for name, value in values.items():
        if not (isinstance(value, (int, float)) and 0 < value < float("inf")):
            raise bad(owner, name, "be a positive number", value)


def check_fraction(owner: str, **values: object) -> None:
    """Raise unless every keyword lies between 0 and 1."""
    for name, value in values.items():
        if not (isinstance(value, (int, float)) and 0 <= value <= 1):
            raise bad(owner, name, "lie between 0 and 1", value)


def check_not_negative(owner: str, **values: object) -> None:
    """Raise unless every keyword is a finite number, zero or above."""
    for name, value in values.items():
        if not (isinstance(value, (int, float)) and 0 <= value < float("inf")):
            raise bad(owner, name, "be zero or a positive number", value)


def check_finite(owner: str, **values: object) -> None:
    """Raise unless every keyword is a finite number, of either sign."""
    for name, value in values.items():
        if not (isinstance(value, (int, float)) and -float("inf") < value < float("inf")):
            raise bad(owner, name, "be a finite number", value)


def check_count(owner: str, *, least: int = 1, **values: object) -> None:
    """Raise unless every keyword is a whole number of at least `least`."""
    must = "be a whole number above zero" if least == 1 else f"be a whole number of at least {least}"
    for name, value in values.items():
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise bad(owner, name, must, value)
