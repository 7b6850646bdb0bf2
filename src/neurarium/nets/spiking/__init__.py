"""Spiking nets: layers of synapses and spiking neurons, trained by whichever rule you choose.

How to choose: :class:`SpikingMLP` for static patterns and short sequences without recurrence.
"""

from neurarium.nets.spiking.spiking_mlp import SpikingMLP as SpikingMLP
