"""The engine: study, claim, runner, store, ledger, report. It knows no neuroscience.

A study file needs four names: :class:`Study`, :class:`Gate`, :class:`Outcome` and :func:`asset`.
They are loaded when first asked for, so that the command line answers without importing torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from neurarium.engine.assets import asset as asset
    from neurarium.engine.loader import load_study as load_study
    from neurarium.engine.runner import Plan as Plan
    from neurarium.engine.runner import run as run
    from neurarium.engine.study import Gate as Gate
    from neurarium.engine.study import Outcome as Outcome
    from neurarium.engine.study import Scale as Scale
    from neurarium.engine.study import Study as Study

_HOMES = {
    "assets": ("asset",),
    "loader": ("load_study",),
    "runner": ("Plan", "run"),
    "study": ("Gate", "Outcome", "Scale", "Study"),
}


def __getattr__(name: str) -> Any:
    for home, names in _HOMES.items():
        if name in names:
            value = globals()[name] = getattr(import_module(f"{__name__}.{home}"), name)
            return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
