"""The measures that :func:`compare` can ask, found by their cards: a new one in the room is asked from then on."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from torch import Tensor

from neurarium.alignment._compare.systems import RDM, REPEATS, SAMPLES, TRIALS, System
from neurarium.core.card import Card
from neurarium.core.catalogue import cards_found
from neurarium.core.errors import bad, unknown

ROOM = "alignment"
DIRECTIONS = ("similarity", "distance")
TAKES = {"trials": TRIALS, "operators": TRIALS, "repeats": REPEATS, "rdms": RDM}  # by tag; without: samples


@dataclass(frozen=True)
class PairMeasure:
    """One measure as it is asked of every pair.

    Attributes:
        name: what the table calls it.
        function: ``(X, Y) -> float``, or of operators if its card is tagged so.
        tags: of its card: similarity or distance, paired or unpaired, what shape it takes.
        is_metric: whether its card says that the triangle inequality holds.
        options: those of its options that the user chose.
    """

    name: str
    function: Callable[..., Any]
    tags: frozenset[str]
    is_metric: bool
    options: Mapping[str, Any]

    @property
    def is_similarity(self) -> bool:
        """Whether more means more alike."""
        return "similarity" in self.tags

    @property
    def is_paired(self) -> bool:
        """Whether row i of both systems must answer the same thing."""
        return "paired" in self.tags

    @property
    def is_asymmetric(self) -> bool:
        """Whether X and Y play different parts."""
        return "asymmetric" in self.tags

    @property
    def takes(self) -> str:
        """Axes of what it is given."""
        return next((axes for tag, axes in TAKES.items() if tag in self.tags), SAMPLES)

    def see(self, data: Tensor, axes: str) -> Tensor:
        """`data` as the measure takes it: trials become samples, repeats their mean, where it looks at samples."""
        if self.takes == axes:
            return data
        return data.flatten(0, 1) if axes == TRIALS else data.mean(1) if axes == REPEATS else data

    def misfit(self, systems: Sequence[System]) -> str:
        """Why these systems cannot be asked, or nothing."""
        wrong = [s.name for s in systems if s.axes != self.takes and (self.takes != SAMPLES or s.axes == RDM)]
        return f"needs ({', '.join(self.takes.split())}), which {wrong[0]} is not" if wrong else ""


def pair_measures(measures: object = "all") -> list[PairMeasure]:
    """The measures that a user means by ``"all"``, by names, or by functions of their own.

    Raises:
        NeurariumError: for a name that no measure of pairs has, or a function that does not say what it measures.
    """
    known = {card.name: card for card in cards_found("measure") if card.room == ROOM and _is_of_pairs(card.tags)}
    if isinstance(measures, str) and measures == "all":
        return [_by_card(card) for card in known.values()]
    if isinstance(measures, Mapping) and measures:
        return [_by_function(str(name), function) for name, function in measures.items()]
    names = [measures] if isinstance(measures, str) else measures
    if not isinstance(names, Sequence) or not names or not all(isinstance(name, str) for name in names):
        hint = 'Say measures="all", ["cka", "procrustes"], or {"name": function}.'
        raise bad("compare", "measures", "be names, or a mapping of names to functions", measures, hint)
    for name in names:
        if name.replace("_", "-") not in known:
            raise unknown("measure of pairs", name, known)
    return [_by_card(known[name.replace("_", "-")]) for name in names]


def _is_of_pairs(tags: Sequence[str]) -> bool:
    return any(direction in tags for direction in DIRECTIONS)


def _by_card(card: Card) -> PairMeasure:
    function = getattr(importlib.import_module(card.module), card.symbol)
    return PairMeasure(card.name, function, frozenset(card.tags), bool(card.more.get("is_metric", False)), {})


def _by_function(name: str, given: Any) -> PairMeasure:
    function, options = given, {}
    while isinstance(function, partial) and not function.args:
        function, options = function.func, function.keywords | options
    says = getattr(function, "__card__", {})
    if not callable(function) or not _is_of_pairs(says.get("tags", ())):
        must = "be functions whose card says what they measure"
        hint = (
            "Give a measure of this room or a functools.partial of one; your own function becomes one by @measure with "
            'the tags "similarity" or "distance", and "paired" or "unpaired".'
        )
        raise bad("compare", "measures", must, f"{name}: {given}", hint)
    return PairMeasure(name, function, frozenset(says["tags"]), bool(says.get("is_metric", False)), options)
