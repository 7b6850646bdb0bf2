"""Spiking nets: layers of synapses and spiking neurons, trained by whichever rule you choose.

How to choose: :class:`SpikingMLP` for static patterns and short sequences without recurrence; :class:`DelayedSNN`
for what is told by time: speech, rhythms, order. Its synapses have delays, and it may be recurrent.
:class:`SpikingGraph` is any other wiring, node by node; :func:`to_nir` and :func:`from_nir` exchange it with other
simulators and hardware.
:class:`IzhikevichReservoir` where the weights stay as drawn and only a read-out is learned.
:class:`LiquidStateMachine` likewise, of LIF neurons wired by distance; plasticity may change its weights.
:class:`DiehlCook` where units compete for images and learn them without labels.
:class:`CUBA` and :class:`COBA` are the balanced networks of the simulator benchmarks, current-based and
conductance-based, and :class:`IzhikevichNetwork` the thousand cells of his paper: differentiable step by step, and as
one compiled loop (``simulate``) where only the spikes are wanted.
"""

from neurarium.nets.spiking._balanced import BalancedState as BalancedState
from neurarium.nets.spiking._integrators import EulerStep as EulerStep
from neurarium.nets.spiking._integrators import ExactStep as ExactStep
from neurarium.nets.spiking._spike_list import SpikeList as SpikeList
from neurarium.nets.spiking.coba import COBA as COBA
from neurarium.nets.spiking.cuba import CUBA as CUBA
from neurarium.nets.spiking.delayed_snn import DelayedSNN as DelayedSNN
from neurarium.nets.spiking.delayed_snn import DelayedSNNState as DelayedSNNState
from neurarium.nets.spiking.diehl_cook import DiehlCook as DiehlCook
from neurarium.nets.spiking.diehl_cook import DiehlCookState as DiehlCookState
from neurarium.nets.spiking.from_nir import from_nir as from_nir
from neurarium.nets.spiking.izhikevich_network import IzhikevichNetwork as IzhikevichNetwork
from neurarium.nets.spiking.izhikevich_network import IzhikevichNetworkState as IzhikevichNetworkState
from neurarium.nets.spiking.izhikevich_reservoir import IzhikevichReservoir as IzhikevichReservoir
from neurarium.nets.spiking.izhikevich_reservoir import IzhikevichReservoirState as IzhikevichReservoirState
from neurarium.nets.spiking.liquid_state_machine import LiquidStateMachine as LiquidStateMachine
from neurarium.nets.spiking.liquid_state_machine import LiquidStateMachineState as LiquidStateMachineState
from neurarium.nets.spiking.spiking_graph import SpikingGraph as SpikingGraph
from neurarium.nets.spiking.spiking_graph import SpikingGraphState as SpikingGraphState
from neurarium.nets.spiking.spiking_mlp import SpikingMLP as SpikingMLP
from neurarium.nets.spiking.spiking_rnn import SpikingRNN as SpikingRNN
from neurarium.nets.spiking.spiking_rnn import SpikingRNNState as SpikingRNNState
from neurarium.nets.spiking.to_nir import to_nir as to_nir
