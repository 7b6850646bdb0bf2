"""Synapses: what carries a spike from one cell to the next.

How to choose: :class:`Dense` when every unit may reach every other, and whenever a learning rule must see something
else than the input as its presynaptic factor. :class:`EventDense` is the same product for an input that is mostly
silent and comes as events (a sparse tensor): the first layer of a network on event data. :class:`DelayedDense` where
the time that a spike takes matters and may be learned.
:class:`DelayMotifs` is for events on a pixel grid: the same motif of places and delays is looked for at every pixel.

Without all-to-all weights: :class:`Sparse` stores and trains the synapses that exist and reads only those of active
units, :class:`JustInTime` stores none and draws them again at every spike (the largest random networks),
:class:`LowRank` passes through a few directions. :class:`Dale` keeps the signs of any of them.
:class:`StochasticRelease` is all-to-all, but fails at random as real synapses do.

The time course after the weights: :class:`Exponential` (jumps, decays), :class:`Alpha` (rises and falls with one time
constant), :class:`DoubleExponential` (with two), :class:`NMDA` (slow, and blocked at rest). :class:`Projection` joins
weights and time course, so that the state has the size of the units and not of the synapses.
"""

from neurarium.synapses.alpha import Alpha as Alpha
from neurarium.synapses.alpha import AlphaState as AlphaState
from neurarium.synapses.axonal_delay import AxonalDelay as AxonalDelay
from neurarium.synapses.dale import Dale as Dale
from neurarium.synapses.delay_motifs import DelayMotifs as DelayMotifs
from neurarium.synapses.delayed_dense import DelayedDense as DelayedDense
from neurarium.synapses.delayed_dense import DelayedDenseState as DelayedDenseState
from neurarium.synapses.dense import Dense as Dense
from neurarium.synapses.double_exponential import DoubleExponential as DoubleExponential
from neurarium.synapses.double_exponential import DoubleExponentialState as DoubleExponentialState
from neurarium.synapses.event_dense import EventDense as EventDense
from neurarium.synapses.exponential import Exponential as Exponential
from neurarium.synapses.exponential import ExponentialState as ExponentialState
from neurarium.synapses.just_in_time import JustInTime as JustInTime
from neurarium.synapses.low_rank import LowRank as LowRank
from neurarium.synapses.nmda import NMDA as NMDA
from neurarium.synapses.one_to_one import OneToOne as OneToOne
from neurarium.synapses.projection import Projection as Projection
from neurarium.synapses.projection import ProjectionState as ProjectionState
from neurarium.synapses.sparse import Sparse as Sparse
from neurarium.synapses.stochastic_release import StochasticRelease as StochasticRelease
