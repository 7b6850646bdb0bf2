"""Neurons: point models of one cell, elementwise over any feature shape.

What belongs here: the dynamics of a single unit. What joins units (weights, delays, connectivity) belongs to
synapses and nets, what changes weights to plasticity.

How to choose:

- :class:`LIF` wherever spikes are wanted and nothing more is known; :class:`IntegrateAndFire` where nothing may be
  forgotten, as in a net converted from rates; :class:`CubaLIF` where a synapse has a time course of its own.
- :class:`ALIF` where a task needs to remember longer than a membrane does; :class:`ResonateAndFire` where rhythm
  matters; :class:`IntegerLIF` where few steps must carry much.
- :class:`AdEx` for a cell with currents in nanoamperes and spike times finer than a step; :class:`Izhikevich` for
  the repertoire of cortical cells at little cost (:data:`IZHIKEVICH_PRESETS` holds the published types).
- :class:`Chialvo` and :class:`Rulkov` for the study of dynamics: maps without a unit of time.
- :class:`LearnedLIF` and :class:`MetaNeuron` where each neuron is to learn constants of its own beside the weights.
- :class:`LeakyIntegrator` to read spikes out as a graded value.
- :class:`Refractory` around any of the spiking ones gives it an absolute refractory period.
- :class:`TwoPoint` where a second input should decide what of the first is passed on; what context can do there is an
  argument (:class:`Asynchronous`, :class:`KayPhillips`, :class:`ContextGate`, :class:`PointSum`).
- Two units with weights of their own: :class:`ExpressiveLeakyMemory`, a whole cell with its dendrites as one trained
  unit, and :class:`KuramotoOscillator`, which computes by synchrony.
- :class:`AKOrN` is the layer of such oscillators: any connectivity (dense, convolution, attention), a stimulus that is
  held while they settle, and a readout by norms.
- Which of many sparse patterns is there? :class:`ActiveDendrite`: binary segments that count coincidences.
- A network that answers one question: :class:`FowlerNordheimAnnealer` finds states of low Ising energy; how its noise
  falls is an argument (:class:`FowlerNordheim`, :class:`Geometric`, :class:`Constant`).
- :class:`AstrocyteModulated`, a whole layer, where what came long ago must be called back by what comes now.
- On a quantum processor: :class:`QuantumPerceptron`, whose signs are set by an argument (:class:`Hypergraph` with few
  gates, :class:`SignFlip` plainly).

How a cell falls back after a spike is an argument: :class:`SoftReset` keeps what exceeded the threshold, so that
strong input is not lost to the length of a step; :class:`HardReset` forgets it, as the biophysical model does. The
pseudo-derivative of the spike is an argument too, from :mod:`neurarium.core.surrogate`.

Scale of the input: the neurons of the LIF family add their input to the potential once a step, unscaled
(:class:`CubaLIF` and :class:`ResonateAndFire`: to the current). A current I in the unit of the potential, held over
the step, is ``x = (1 - alpha) * I`` with ``alpha`` read from the neuron. :class:`AdEx` and :class:`Izhikevich` take
a current that is held over the step, the maps a term of their sum.
"""

from neurarium.neurons._annealing_schedules import Constant as Constant
from neurarium.neurons._annealing_schedules import FowlerNordheim as FowlerNordheim
from neurarium.neurons._annealing_schedules import Geometric as Geometric
from neurarium.neurons._exponential_membrane import ExponentialMembrane as ExponentialMembrane
from neurarium.neurons._izhikevich_presets import IZHIKEVICH_PRESETS as IZHIKEVICH_PRESETS
from neurarium.neurons._quantum_circuit import Circuit as Circuit
from neurarium.neurons._quantum_circuit import Gate as Gate
from neurarium.neurons._quantum_circuit import NoisyDevice as NoisyDevice
from neurarium.neurons._reset import HardReset as HardReset
from neurarium.neurons._reset import Reset as Reset
from neurarium.neurons._reset import SoftReset as SoftReset
from neurarium.neurons._sign_encodings import Hypergraph as Hypergraph
from neurarium.neurons._sign_encodings import SignFlip as SignFlip
from neurarium.neurons._transfer_functions import Asynchronous as Asynchronous
from neurarium.neurons._transfer_functions import ContextGate as ContextGate
from neurarium.neurons._transfer_functions import KayPhillips as KayPhillips
from neurarium.neurons._transfer_functions import PointSum as PointSum
from neurarium.neurons._transfer_functions import TransferFunction as TransferFunction
from neurarium.neurons.active_dendrite import ActiveDendrite as ActiveDendrite
from neurarium.neurons.adex import AdEx as AdEx
from neurarium.neurons.adex import AdExState as AdExState
from neurarium.neurons.akorn import AKOrN as AKOrN
from neurarium.neurons.akorn import AKOrNState as AKOrNState
from neurarium.neurons.alif import ALIF as ALIF
from neurarium.neurons.alif import ALIFState as ALIFState
from neurarium.neurons.astrocyte_modulated import AstrocyteModulated as AstrocyteModulated
from neurarium.neurons.astrocyte_modulated import AstrocyteModulatedState as AstrocyteModulatedState
from neurarium.neurons.chialvo import Chialvo as Chialvo
from neurarium.neurons.chialvo import ChialvoState as ChialvoState
from neurarium.neurons.cuba_lif import CubaLIF as CubaLIF
from neurarium.neurons.cuba_lif import CubaLIFState as CubaLIFState
from neurarium.neurons.expressive_leaky_memory import ExpressiveLeakyMemory as ExpressiveLeakyMemory
from neurarium.neurons.expressive_leaky_memory import ExpressiveLeakyMemoryState as ExpressiveLeakyMemoryState
from neurarium.neurons.fowler_nordheim_annealer import Annealed as Annealed
from neurarium.neurons.fowler_nordheim_annealer import FowlerNordheimAnnealer as FowlerNordheimAnnealer
from neurarium.neurons.integer_lif import IntegerLIF as IntegerLIF
from neurarium.neurons.integer_lif import IntegerLIFState as IntegerLIFState
from neurarium.neurons.integrate_and_fire import IntegrateAndFire as IntegrateAndFire
from neurarium.neurons.integrate_and_fire import IntegrateAndFireState as IntegrateAndFireState
from neurarium.neurons.izhikevich import Izhikevich as Izhikevich
from neurarium.neurons.izhikevich import IzhikevichState as IzhikevichState
from neurarium.neurons.kuramoto_oscillator import KuramotoOscillator as KuramotoOscillator
from neurarium.neurons.kuramoto_oscillator import KuramotoOscillatorState as KuramotoOscillatorState
from neurarium.neurons.leaky_integrator import LeakyIntegrator as LeakyIntegrator
from neurarium.neurons.leaky_integrator import LeakyIntegratorState as LeakyIntegratorState
from neurarium.neurons.learned_lif import LearnedLIF as LearnedLIF
from neurarium.neurons.learned_lif import LearnedLIFState as LearnedLIFState
from neurarium.neurons.lif import LIF as LIF
from neurarium.neurons.lif import LIFState as LIFState
from neurarium.neurons.meta_neuron import MetaNeuron as MetaNeuron
from neurarium.neurons.meta_neuron import MetaNeuronState as MetaNeuronState
from neurarium.neurons.quantum_perceptron import QuantumPerceptron as QuantumPerceptron
from neurarium.neurons.refractory import Refractory as Refractory
from neurarium.neurons.refractory import RefractoryState as RefractoryState
from neurarium.neurons.resonate_and_fire import ResonateAndFire as ResonateAndFire
from neurarium.neurons.resonate_and_fire import ResonateAndFireState as ResonateAndFireState
from neurarium.neurons.rulkov import Rulkov as Rulkov
from neurarium.neurons.rulkov import RulkovState as RulkovState
from neurarium.neurons.two_point import TwoPoint as TwoPoint
