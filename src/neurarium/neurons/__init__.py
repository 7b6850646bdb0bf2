"""Neurons: point models of one cell, elementwise over any feature shape.

What belongs here: the dynamics of a single unit. What joins units (weights, delays, connectivity) belongs to
synapses and nets, what changes weights to plasticity.

How to choose: :class:`LIF` wherever spikes are wanted and nothing more is known; :class:`LeakyIntegrator` to
read spikes out as a graded value. How a cell falls back after a spike is an argument: :class:`SoftReset`
keeps what exceeded the threshold, so that strong input is not lost to the length of a step;
:class:`HardReset` forgets it, as the biophysical model does. The pseudo-derivative of the spike is an
argument too, from :mod:`neurarium.core.surrogate`.

Scale of the input: every neuron here adds its input to the potential once a step, unscaled. A current I in
the unit of the potential, held over the step, is ``x = (1 - alpha) * I`` with ``alpha`` read from the neuron.
"""

from neurarium.neurons._reset import HardReset as HardReset
from neurarium.neurons._reset import Reset as Reset
from neurarium.neurons._reset import SoftReset as SoftReset
from neurarium.neurons.leaky_integrator import LeakyIntegrator as LeakyIntegrator
from neurarium.neurons.leaky_integrator import LeakyIntegratorState as LeakyIntegratorState
from neurarium.neurons.lif import LIF as LIF
from neurarium.neurons.lif import LIFState as LIFState
