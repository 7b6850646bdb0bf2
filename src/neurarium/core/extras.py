"""Optional dependencies: one helper, one message."""

from __future__ import annotations

import importlib
from types import ModuleType

from neurarium.core.errors import NeurariumError


def require(extra: str, module: str) -> ModuleType:
    """Import `module`, or say which extra of Neurarium brings it.

    Args:
        extra: name of the extra, e.g. ``"cluster"``.
        module: dotted module name to import, e.g. ``"distributed"``.

    Raises:
        NeurariumError: when the module is not installed; the message is the line that installs it.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as missing:
        raise NeurariumError(
            f"`{missing.name}` is not installed. Run: pip install 'neurarium[{extra}]' -c constraints.txt"
        ) from missing
