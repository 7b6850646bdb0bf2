"""Learning: how credit reaches weights, and what keeps old knowledge.

How to choose: :func:`bptt` gives exact gradients, :func:`ottt` nearly as good ones with memory that does not grow
with time; both take the same arguments. To learn tasks one after the other, set
``Dense.project`` to :class:`HebbianProjection` (local, learned) or :class:`SVDProjection` (exact, the oracle), or add
the penalty of :class:`ElasticWeightConsolidation`; :func:`continual_scores` says what was kept.

A single layer that decides by one spike at any time of a trial learns from the cost :func:`tempotron`.

Only a linear read-out is learned, as from a reservoir: :func:`ridge_readout` where all samples are there,
:class:`RecursiveLeastSquares` (FORCE) where they come one after the other and all count the same.

A layer that learns without labels (:class:`neurarium.nets.spiking.DiehlCook`) is shown images by
:func:`poisson_presentation`. To read it out, tabulate its answers (:func:`response_record`), then take
:class:`NeuronalAssignment`, or :class:`WeightedAssignment` where units answer several labels. Where experts are trained
apart, :func:`hyperactive_filter` says which units to leave out.

A return that nothing can be derived by, as in control, is climbed by :class:`EvolutionStrategy`.
"""

from neurarium.learning._response_record import response_record as response_record
from neurarium.learning.bptt import bptt as bptt
from neurarium.learning.continual_scores import ContinualScores as ContinualScores
from neurarium.learning.continual_scores import continual_scores as continual_scores
from neurarium.learning.elastic_weight_consolidation import ElasticWeightConsolidation as ElasticWeightConsolidation
from neurarium.learning.evolution_strategy import EvolutionState as EvolutionState
from neurarium.learning.evolution_strategy import EvolutionStrategy as EvolutionStrategy
from neurarium.learning.hebbian_projection import HebbianProjection as HebbianProjection
from neurarium.learning.hyperactive_filter import hyperactive_filter as hyperactive_filter
from neurarium.learning.neuronal_assignment import NeuronalAssignment as NeuronalAssignment
from neurarium.learning.ottt import ottt as ottt
from neurarium.learning.poisson_presentation import poisson_presentation as poisson_presentation
from neurarium.learning.recursive_least_squares import RecursiveLeastSquares as RecursiveLeastSquares
from neurarium.learning.recursive_least_squares import RecursiveLeastSquaresState as RecursiveLeastSquaresState
from neurarium.learning.ridge_readout import Readout as Readout
from neurarium.learning.ridge_readout import ridge_readout as ridge_readout
from neurarium.learning.svd_projection import SVDProjection as SVDProjection
from neurarium.learning.tempotron import tempotron as tempotron
from neurarium.learning.weighted_assignment import WeightedAssignment as WeightedAssignment
