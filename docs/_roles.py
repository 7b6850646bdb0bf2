"""Griffe extension: docstrings as the house writes them -> as the reference shows them."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import griffe

sys.path.insert(0, str(Path(__file__).resolve().parent))

from _generate import linked, targets

EXAMPLE = re.compile(r"^( *)Example:$", re.MULTILINE)  # griffe knows a section of code only by its plural


class Roles(griffe.Extension):
    """Turns roles (``:class:`LIF```) into links and examples into code."""

    def __init__(self) -> None:
        self.targets = targets()

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """Rewrite the docstring of `obj`."""
        if obj.docstring:
            obj.docstring.value = EXAMPLE.sub(r"\1Examples:", linked(obj.docstring.value, self.targets))
