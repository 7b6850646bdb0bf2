"""The entries of the catalogue, and how to build one."""

import importlib
import inspect

from neurarium.core import AbstractDynamics, Rng
from neurarium.core.catalogue import PACKAGE, cards

ENTRIES = [card for card in cards() if card.path.is_relative_to(PACKAGE)]


def entry(card):
    """The object that wears the card."""
    return getattr(importlib.import_module(card.module), card.symbol)


def build(card, **changes):
    """An instance of a part, from its defaults or its card's example, with an rng where it takes one."""
    kind = entry(card)
    arguments = {**kind.__card__.get("example", {}), **changes}
    if "rng" in inspect.signature(kind).parameters:
        arguments.setdefault("rng", Rng(0))
    return kind(**arguments)


def width(card):
    """How many features a part's input has in its example."""
    example = entry(card).__card__.get("example", {})
    return example.get("n_inputs") or (example["sizes"][0] if "sizes" in example else 4)


def is_dynamics(card):
    """Whether a card belongs to a part with state."""
    return card.kind == "part" and inspect.isclass(entry(card)) and issubclass(entry(card), AbstractDynamics)
