"""What everything else stands on: time, randomness, recordings, cards and errors.

Nothing here knows a neuron, a task or a study. Look here first when you write a part:
:class:`AbstractDynamics` is the contract of anything with state, :func:`unroll` the only loop over time,
:class:`Rng` the only source of randomness, :class:`Recording` what a system did.

The names below are loaded when first asked for, so that reading cards never imports torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from neurarium.core.card import measure as measure
    from neurarium.core.card import part as part
    from neurarium.core.card import task as task
    from neurarium.core.dynamics import AbstractDynamics as AbstractDynamics
    from neurarium.core.errors import NeurariumError as NeurariumError
    from neurarium.core.extras import require as require
    from neurarium.core.loop import unroll as unroll
    from neurarium.core.recording import Recording as Recording
    from neurarium.core.rng import Rng as Rng
    from neurarium.core.surrogate import ATan as ATan
    from neurarium.core.surrogate import FastSigmoid as FastSigmoid
    from neurarium.core.surrogate import Triangle as Triangle
    from neurarium.core.surrogate import spike as spike
    from neurarium.core.tape import Tape as Tape

_HOMES = {
    "card": ("measure", "part", "task"),
    "dynamics": ("AbstractDynamics",),
    "errors": ("NeurariumError",),
    "extras": ("require",),
    "recording": ("Recording",),
    "rng": ("Rng",),
    "surrogate": ("ATan", "FastSigmoid", "Triangle", "spike"),
    "tape": ("Tape",),
    "loop": ("unroll",),
}


def __getattr__(name: str) -> Any:
    for home, names in _HOMES.items():
        if name in names:
            value = globals()[name] = getattr(import_module(f"{__name__}.{home}"), name)
            return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
