"""The source checkout: where new entries and the ledger of this library live."""

from __future__ import annotations

from pathlib import Path

from neurarium.core.catalogue import PACKAGE
from neurarium.core.errors import NeurariumError


def checkout() -> Path:
    """The checkout this package is imported from, else the one the current directory lies in.

    Raises:
        NeurariumError: when there is none.
    """
    here = Path.cwd()
    for folder in (PACKAGE.parent.parent, here, *here.parents):
        if (folder / "pyproject.toml").is_file() and (folder / "src" / "neurarium" / "__init__.py").is_file():
            return folder
    raise NeurariumError(
        f"{here}: no source checkout of Neurarium here, and the installed package is not one. "
        "Clone the repository, install it with `pip install -e .` and run this inside it."
    )
