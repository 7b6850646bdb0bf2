"""Plasticity: rules that change one weight matrix from what its two sides do; they never see a neuron class.

What belongs here: local rules. A rule is given the activity on both sides of a matrix, the matrix, its own
state and perhaps a modulator, and gives back matrix and state; nothing is mutated. What decides when a rule
is applied, or how an error reaches it, belongs to learning.

How to choose: :class:`OjaSubspace` finds the principal subspace of the activity, and keeps what it found
while it learns more (``grow``). With :class:`SpikeCount` its units answer in whole spikes. Besides:

- Rates: :class:`Hebb` is plain correlation, :class:`Sanger` gives the principal components in order,
  :class:`AntiHebb` makes the units of one layer different from each other by inhibition.
- Spikes: :class:`PairSTDP` where only the order counts, :class:`TripletSTDP` where the rate must count too
  (:data:`TRIPLET_FITS` holds the published constants), :class:`DiehlCookSTDP` where only last spikes count and a
  unit's weights keep their sum.
- Events: :class:`Feast`, whose units compete for the patches around events and all win equally often.
- Around another rule: :class:`Eligibility` makes its changes wait for a reward or an error, :class:`KWinners` lets
  only the most active units learn.
- To hold activity where it is useful: :class:`ThresholdHomeostasis` (cells), :class:`SynapticScaling` (synapses),
  :class:`InhibitoryHomeostasis` (inhibitory synapses, a target for each unit).
- From an error: :class:`DeltaRule`, for a linear read-out, with a gate that says when to learn.
- Not a rule but a modulator of one: :class:`Astrocyte`, which watches a whole network; :class:`HomeostaticRate`, a
  learning rate that depends on what is perceived.

Traces start with one row that stands for every sample and take the shape of the batch at the first step. The third
factor of every rule is a number for each sample, whatever it comes from.
"""

from neurarium.plasticity._quantise import SpikeCount as SpikeCount
from neurarium.plasticity._rule import AbstractRule as AbstractRule
from neurarium.plasticity._triplet_fits import TRIPLET_FITS as TRIPLET_FITS
from neurarium.plasticity._triplet_fits import TripletFit as TripletFit
from neurarium.plasticity.anti_hebb import AntiHebb as AntiHebb
from neurarium.plasticity.anti_hebb import AntiHebbState as AntiHebbState
from neurarium.plasticity.astrocyte import Astrocyte as Astrocyte
from neurarium.plasticity.astrocyte import AstrocyteState as AstrocyteState
from neurarium.plasticity.delta_rule import DeltaRule as DeltaRule
from neurarium.plasticity.delta_rule import DeltaRuleState as DeltaRuleState
from neurarium.plasticity.diehl_cook_stdp import DiehlCookSTDP as DiehlCookSTDP
from neurarium.plasticity.diehl_cook_stdp import DiehlCookSTDPState as DiehlCookSTDPState
from neurarium.plasticity.eligibility import Eligibility as Eligibility
from neurarium.plasticity.eligibility import EligibilityState as EligibilityState
from neurarium.plasticity.feast import Feast as Feast
from neurarium.plasticity.feast import FeastState as FeastState
from neurarium.plasticity.hebb import Hebb as Hebb
from neurarium.plasticity.hebb import HebbState as HebbState
from neurarium.plasticity.homeostatic_rate import HomeostaticRate as HomeostaticRate
from neurarium.plasticity.homeostatic_rate import HomeostaticRateState as HomeostaticRateState
from neurarium.plasticity.inhibitory_homeostasis import InhibitoryHomeostasis as InhibitoryHomeostasis
from neurarium.plasticity.inhibitory_homeostasis import InhibitoryHomeostasisState as InhibitoryHomeostasisState
from neurarium.plasticity.k_winners import KWinners as KWinners
from neurarium.plasticity.oja_subspace import OjaSubspace as OjaSubspace
from neurarium.plasticity.oja_subspace import OjaSubspaceState as OjaSubspaceState
from neurarium.plasticity.pair_stdp import PairSTDP as PairSTDP
from neurarium.plasticity.pair_stdp import PairSTDPState as PairSTDPState
from neurarium.plasticity.sanger import Sanger as Sanger
from neurarium.plasticity.sanger import SangerState as SangerState
from neurarium.plasticity.synaptic_scaling import SynapticScaling as SynapticScaling
from neurarium.plasticity.synaptic_scaling import SynapticScalingState as SynapticScalingState
from neurarium.plasticity.threshold_homeostasis import ThresholdHomeostasis as ThresholdHomeostasis
from neurarium.plasticity.threshold_homeostasis import ThresholdHomeostasisState as ThresholdHomeostasisState
from neurarium.plasticity.triplet_stdp import TripletSTDP as TripletSTDP
from neurarium.plasticity.triplet_stdp import TripletSTDPState as TripletSTDPState
