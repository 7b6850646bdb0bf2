"""Load a study by name or by file."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import sys
import traceback
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

from neurarium.core.card import Card
from neurarium.core.catalogue import PACKAGE, find, read_card
from neurarium.core.errors import NeurariumError
from neurarium.engine.fingerprint import source_hash
from neurarium.engine.settings import override
from neurarium.engine.study import Scale, Study


@dataclass(frozen=True)
class Loaded:
    """A study with its card and the hash of its source."""

    study: Study
    card: Card
    source: str

    @property
    def name(self) -> str:
        """Name on the command line."""
        return self.card.name

    @property
    def question(self) -> str:
        """What the study asks."""
        return self.study.question or self.card.summary

    def prepared(
        self, scale: str, assignments: tuple[str, ...] = (), device: str = "cpu"
    ) -> tuple[dict[str, dict[str, Any]], Scale]:
        """Conditions and sizes of a run, with ``--set`` carried out.

        Raises:
            NeurariumError: for an assignment that does not fit.
        """
        sizes = self.study.scale(scale, device)
        tree = {"scale": sizes.settings, "conditions": self.study.conditions}
        changed = override(tree, assignments)
        return changed["conditions"], Scale(scale, changed["scale"], device)


def load_study(name: str | Path) -> Loaded:
    """The study called `name`, or the one in file `name` (anything that ends in ``.py``).

    Raises:
        UnknownNameError: when there is none, with the nearest names.
        NeurariumError: when its file cannot be imported; one line that names file, line and error.
    """
    if str(name).endswith(".py"):
        path = Path(name).resolve()
        if not path.is_file():
            raise NeurariumError(f"{path}: there is no such file. Give a study's name or its file.")
        card = read_card(path, _room(path))
    else:
        card = find(str(name), "study")
    module = _import(card)
    study = getattr(module, "study", None)
    if not isinstance(study, Study):
        raise NeurariumError(f"{card.path}: `study` is not a Study. See `neurarium new study`.")
    study.check()
    return Loaded(study, replace(card, more={**card.more, "covers": study.covers}), source_hash(card.path))


def _room(path: Path) -> str:
    return str(path.parent.relative_to(PACKAGE)) if path.is_relative_to(PACKAGE) else "studies"


def _import(card: Card) -> ModuleType:
    try:
        if card.path.is_relative_to(PACKAGE):
            return importlib.import_module(card.module)
        name = f"neurarium_study_{card.path.stem}_{hashlib.sha256(str(card.path).encode()).hexdigest()[:8]}"
        spec = importlib.util.spec_from_file_location(name, card.path)
        if spec is None or spec.loader is None:
            raise ImportError(f"no loader for {card.path}")
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
        return module
    except NeurariumError as error:
        raise NeurariumError(f"{card.path}: {error}") from error
    except Exception as error:
        frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == str(card.path)]
        where = f"{card.path}:{frames[-1].lineno}" if frames else str(card.path)
        raise NeurariumError(f"{where}: the study cannot be imported ({type(error).__name__}: {error}).") from error
