"""Synapses: what carries a spike from one cell to the next.

How to choose: :class:`Dense` when every unit may reach every other, and whenever a learning rule must see something
else than the input as its presynaptic factor.
"""

from neurarium.synapses.dense import Dense as Dense
