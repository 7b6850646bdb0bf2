"""Synapses: what carries a spike from one cell to the next.

How to choose: :class:`Dense` when every unit may reach every other, and whenever a learning rule must see something
else than the input as its presynaptic factor. :class:`EventDense` is the same product for an input that is mostly
silent and comes as events (a sparse tensor): the first layer of a network on event data.
"""

from neurarium.synapses.dense import Dense as Dense
from neurarium.synapses.event_dense import EventDense as EventDense
