"""Recurrent nets: units that feed back on each other, and the price of their connections.

How to choose a net: :class:`LeakyRNN` for questions about dynamics (a rate model with a time constant; with
``tau_ms`` far below ``dt_ms`` it is the plain Elman RNN) and for many networks at once (``n_stacked``, or
``LeakyRNN.stack(nets)``); :class:`GRU` when the task must be learned and how does not matter; :class:`GainControl`
when weights stay and gains adapt to the stimuli (:func:`ring_weights` joins units tuned to orientations);
:class:`SelectiveSSM` when sequences are long (a linear recurrence that runs as a scan, gated by its input alone);
:class:`MapChain` for the dynamics of a few coupled map neurons.

Where each row of a batch is an individual that learns from reward while it runs, take :class:`PlasticRNN`.

How to choose a reservoir, whose weights stay as drawn: :class:`EchoStateNetwork` where only the read-out matters,
:class:`ExcitatoryInhibitoryReservoir` where units either excite or inhibit and the balance of the two is the question.

How to choose a penalty on ``weight_rec`` (add ``gamma * penalty(net.weight_rec).sum()`` to the loss):
:class:`L1Penalty` wants few connections, :class:`SpatialPenalty` short ones, :class:`CommunicabilityPenalty`
ones whose two ends few other paths join; with positions it is the penalty of spatially embedded networks
(seRNN). Each gives one value a network. The published spatial penalties leave self-connections free, L1 does
not: compare them at the same `is_diagonal_charged`, or a net may escape into pure self-connections.
"""

from neurarium.nets.recurrent._positions import distances as distances
from neurarium.nets.recurrent._positions import grid_positions as grid_positions
from neurarium.nets.recurrent._ring import ring_weights as ring_weights
from neurarium.nets.recurrent.communicability_penalty import CommunicabilityPenalty as CommunicabilityPenalty
from neurarium.nets.recurrent.echo_state_network import EchoStateNetwork as EchoStateNetwork
from neurarium.nets.recurrent.echo_state_network import EchoStateNetworkState as EchoStateNetworkState
from neurarium.nets.recurrent.gain_control import GainControl as GainControl
from neurarium.nets.recurrent.gain_control import GainControlState as GainControlState
from neurarium.nets.recurrent.gru import GRU as GRU
from neurarium.nets.recurrent.gru import GRUState as GRUState
from neurarium.nets.recurrent.l1_penalty import L1Penalty as L1Penalty
from neurarium.nets.recurrent.leaky_rnn import LeakyRNN as LeakyRNN
from neurarium.nets.recurrent.leaky_rnn import LeakyRNNState as LeakyRNNState
from neurarium.nets.recurrent.map_chain import MapChain as MapChain
from neurarium.nets.recurrent.map_chain import MapChainState as MapChainState
from neurarium.nets.recurrent.plastic_rnn import PlasticRNN as PlasticRNN
from neurarium.nets.recurrent.plastic_rnn import PlasticRNNState as PlasticRNNState
from neurarium.nets.recurrent.selective_ssm import SelectiveSSM as SelectiveSSM
from neurarium.nets.recurrent.selective_ssm import SelectiveSSMState as SelectiveSSMState
from neurarium.nets.recurrent.spatial_penalty import SpatialPenalty as SpatialPenalty

# By relative names: with the whole path one line would not hold them.
from .excitatory_inhibitory_reservoir import ExcitatoryInhibitoryReservoir as ExcitatoryInhibitoryReservoir
from .excitatory_inhibitory_reservoir import ExcitatoryInhibitoryReservoirState as ExcitatoryInhibitoryReservoirState
