"""One meaning for each word: every public parameter and metric, with its unit and direction.

A test refuses a public parameter or a metric that is not listed here. Look a word up before you invent one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from neurarium.core.errors import unknown

Direction = Literal["higher", "lower", "neither"]
Level = Literal["behaviour", "representation", "implementation"]


@dataclass(frozen=True)
class Metric:
    """A number that a trial may report.

    Attributes:
        meaning: one line.
        better: whether a higher or a lower value is better, or neither.
        level: Marr's level it speaks of.
        unit: ``""`` for a pure number; ``"fraction"`` is shown in percent.
    """

    meaning: str
    better: Direction
    level: Level
    unit: str = ""


METRICS: dict[str, Metric] = {
    # behaviour
    "accuracy": Metric("share of trials answered correctly", "higher", "behaviour", "fraction"),
    "average_accuracy": Metric("accuracy over all tasks after the last one (ACC)", "higher", "behaviour", "fraction"),
    "backward_transfer": Metric("change of old tasks' accuracy since learned (BWT)", "higher", "behaviour", "fraction"),
    "learning_accuracy": Metric("accuracy on each task right after learning it", "higher", "behaviour", "fraction"),
    "loss": Metric("value of the training loss on held-out data", "lower", "behaviour"),
    # representation
    "captured_energy": Metric("activity held by learned rows, relative to the best rows", "higher", "representation"),
    # implementation
    "seconds": Metric("wall-clock time of the trial", "lower", "implementation", "s"),
    "effective_macs": Metric("multiply-accumulates with non-zero operands, a sample", "lower", "implementation"),
    "effective_acs": Metric("accumulates caused by spikes, a sample", "lower", "implementation"),
    "n_parameters": Metric("numbers that are learned", "lower", "implementation"),
}

PARAMETERS: dict[str, str] = {}


def metric(name: str) -> Metric:
    """Look a metric up; ``accuracy__anti`` is metric ``accuracy`` with the qualifier ``anti``.

    Raises:
        UnknownNameError: when it is not in the vocabulary.
    """
    base = re.split(r"__", name, maxsplit=1)[0]
    if base not in METRICS:
        raise unknown("metric", base, METRICS, "Add it to core/vocabulary.py with its meaning and direction.")
    return METRICS[base]
