"""What everything else stands on: time, randomness, recordings, cards and errors.

Nothing here knows a neuron, a task or a study. Look here first when you write a part:
:class:`AbstractDynamics` is the contract of anything with state, :func:`unroll` the only loop over time,
:class:`Rng` the only source of randomness, :class:`Recording` what a system did.
"""

from neurarium.core.card import measure as measure
from neurarium.core.card import part as part
from neurarium.core.card import task as task
from neurarium.core.dynamics import AbstractDynamics as AbstractDynamics
from neurarium.core.errors import NeurariumError as NeurariumError
from neurarium.core.extras import require as require
from neurarium.core.recording import Recording as Recording
from neurarium.core.rng import Rng as Rng
from neurarium.core.surrogate import ATan as ATan
from neurarium.core.surrogate import FastSigmoid as FastSigmoid
from neurarium.core.surrogate import Triangle as Triangle
from neurarium.core.surrogate import spike as spike
from neurarium.core.tape import Tape as Tape
from neurarium.core.unroll import unroll as unroll
