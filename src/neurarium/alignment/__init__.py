"""Alignment: how alike two systems are; functions of arrays, never of our classes.

A measure takes numpy arrays or torch tensors, computes in float64 on their device and answers in kind.
How to choose:

- Two systems or more, whatever is asked: :func:`compare` asks every measure of pairs, sets each number beside what
  unrelated data, halves of the data and halves of one system give, and says which not to believe.
- Paired responses ``(samples, units)`` to the same stimuli: :func:`cka` (is the similarity structure shared?) or
  :func:`procrustes` (a metric: distances can be embedded and clustered).
  Classical, and with every choice of distance and comparison: :func:`rsa`; who is whose neighbour, with less weight on
  how far: :func:`topological_rsa`.
- Paired responses in a space of shapes: :func:`shape_distance` (from canonical correlations to Procrustes),
  :func:`permutation_distance` and :func:`soft_matching_distance` (tuning of single units, as many or not). With
  repeats of each stimulus, noise counts too: :func:`gaussian_shape_distance` (means and covariances) and
  :func:`energy_shape_distance` (all of the distribution). What to do with any matrix of distances:
  :func:`embed_distances` (a map of systems), :func:`nearest_neighbour_r2` (does position foretell a property?).
- RDMs: :func:`rdm` makes one (responses may be missing; :class:`Correlation`, :class:`Mahalanobis` with
  :func:`noise_precision` and others are its distances), :func:`crossnobis` one without the bias of noise from repeats;
  :func:`geotopological_transform` and :func:`geodesic_transform` turn it into a topology;
  :func:`compare_rdms` compares two, as of a file, and :func:`noise_ceiling` bounds what any model could reach.
- Paired responses of a system that should predict the other: :func:`linear_predictivity` (one number),
  :func:`encoding_model` (each unit, with its ceiling; :class:`Ridge` or :class:`PLS`), :func:`variance_partition`
  (which family of features explains what), :func:`two_versus_two_accuracy` (can stimuli be told apart by what is
  predicted?). Repeats of the same stimuli bound what any model can reach: :func:`split_half_reliability`.
- Local geometry, paired or not: :func:`curvature_distance` (do two systems cluster and branch alike, whichever stimuli
  do so?), :func:`curvature_correlation` (at the same stimuli?). Of one graph, e.g. a :func:`neighbour_graph` or
  :func:`threshold_graph` of distances: :func:`ollivier_ricci_curvature` (by transport; :func:`lin_lu_yau_curvature`
  leaves nothing to choose), :func:`forman_ricci_curvature` (by counting), :func:`ricci_flow` (its communities).
- Paired responses to be brought together: :func:`hyperalignment` (bridging: one space for several systems),
  :func:`misalignment` (increasing: a loss). Whether behaviour follows: :func:`error_consistency`.
- Units that prefer one kind of stimulus, to be compared alone: :func:`localiser`.
- Unpaired trajectories ``(trials, time, units)``: :func:`dsa` (do they move alike, up to a rotation?). For many
  systems fit :func:`dsa_operators` once, then compare all pairs with :func:`dsa_distances`, or only their time
  scales and frequencies with :func:`eigenvalue_wasserstein`. :func:`dsa_rank` picks rank and delays; where a step
  hardly moves, compare :func:`traceless` operators or their :func:`generators`.
- One trajectory: :func:`lyapunov_exponents` from its Jacobians, :func:`sample_entropy` from a series alone,
  :func:`phase_synchrony` of oscillating units; a fixed point along a parameter: :func:`bifurcation_crossings`.
- Rhythms and their order ``(trials, time, units)``: :func:`phase_synchrony` (all in phase?), :func:`phase_locking` (any
  two at a constant phase?), :func:`phase_amplitude_coupling` (does a slow rhythm gate a fast one?),
  :func:`sequence_score` (do spikes replay a sequence?), :func:`closed_loop_dependence` (does it matter what one does?).
- One activity: :func:`participation_ratio` (how many directions it fills); with the rows meant to span it:
  :func:`captured_energy`.
- One activity with classes: :func:`manifold_capacity` (how many of them a linear read-out could sort, and why), and
  :func:`mmcr`, the same goal as a loss.
- One matrix of weights ``(units, units)``: :func:`modularity` and :func:`small_worldness` (topology),
  :func:`wiring_length` (cost in space), :func:`weight_entropy` and :func:`weight_histogram_entropy` (values),
  :func:`spectral_entropy` (modes). Surrogates to set beside them keep the values (:func:`permute_weights`), the degrees
  (:func:`rewire_directed`, :func:`rewire_undirected`) or the eigenvectors (:func:`homogenise_spectrum`).
- The shape of a cloud of points: :func:`betti_numbers` (how many pieces and holes), :func:`persistent_homology` (over
  which scales they last); of a region on a grid, such as where a classifier says yes: :func:`region_betti_numbers`.
- One network's weights and biases: :func:`functional_dimension` (how many parameters show in what it computes, by
  :func:`probe_points`), :func:`stable_units` (which rectifiers never switch). Two of them: :func:`weight_matching` (how
  far apart, order and scale of units aside) and then :func:`loss_barrier` (what lies between).
- A raster of spikes ``(trials, time, units)``: :func:`firing_rate` (how much), :func:`interspike_interval_cv` (how
  irregularly each unit), :func:`lempel_ziv_complexity` (how seldom it repeats a pattern), :func:`spike_synchrony` (how
  far all together), :func:`branching_factor` (does activity die out, last or run away?).
- Answers of many models while they learn: :func:`accessibility` (which examples early?), :func:`bimodality` (the same
  ones for all?), :func:`classifier_agreement` (the same answers, right or wrong?).
- Labels of pixels: :func:`foreground_ari` (are they grouped by object?).
- No data at all, but the sizes of a sparse code: :func:`sdr_error_rates` (how often would its reader err?).

No value speaks for itself: set it beside the same measure of two halves of one system, and of shuffled data.
"""

from neurarium.alignment._comparators import COMPARATORS as COMPARATORS
from neurarium.alignment._compare.files import read_systems as read_systems
from neurarium.alignment._compare.measures import PairMeasure as PairMeasure
from neurarium.alignment._compare.measures import pair_measures as pair_measures
from neurarium.alignment._compare.result import Comparison as Comparison
from neurarium.alignment._compare.result import MeasureResult as MeasureResult
from neurarium.alignment._distances import DISTANCES as DISTANCES
from neurarium.alignment._distances import Correlation as Correlation
from neurarium.alignment._distances import Cosine as Cosine
from neurarium.alignment._distances import Euclidean as Euclidean
from neurarium.alignment._distances import Mahalanobis as Mahalanobis
from neurarium.alignment._distances import PoissonKL as PoissonKL
from neurarium.alignment._distances import SquaredEuclidean as SquaredEuclidean
from neurarium.alignment._dsa_distances import DSADistances as DSADistances
from neurarium.alignment._dsa_distances import dsa_distances as dsa_distances
from neurarium.alignment._dsa_effort import DEFAULT as DEFAULT
from neurarium.alignment._dsa_effort import FAST as FAST
from neurarium.alignment._dsa_effort import THOROUGH as THOROUGH
from neurarium.alignment._dsa_effort import Effort as Effort
from neurarium.alignment._dsa_forms import generators as generators
from neurarium.alignment._dsa_forms import traceless as traceless
from neurarium.alignment._dsa_operators import dsa_operators as dsa_operators
from neurarium.alignment._graph import neighbour_graph as neighbour_graph
from neurarium.alignment._graph import threshold_graph as threshold_graph
from neurarium.alignment._kernels import RBF as RBF
from neurarium.alignment._metric_space import embed_distances as embed_distances
from neurarium.alignment._metric_space import nearest_neighbour_r2 as nearest_neighbour_r2
from neurarium.alignment._noise import noise_precision as noise_precision
from neurarium.alignment._probe_points import probe_points as probe_points
from neurarium.alignment._regressors import PLS as PLS
from neurarium.alignment._regressors import LinearFit as LinearFit
from neurarium.alignment._regressors import Ridge as Ridge
from neurarium.alignment._rewire import permute_weights as permute_weights
from neurarium.alignment._rewire import rewire_directed as rewire_directed
from neurarium.alignment._rewire import rewire_undirected as rewire_undirected
from neurarium.alignment._spectrum import homogenise_spectrum as homogenise_spectrum
from neurarium.alignment._topology import geodesic_transform as geodesic_transform
from neurarium.alignment._topology import geotopological_transform as geotopological_transform
from neurarium.alignment.accessibility import accessibility as accessibility
from neurarium.alignment.betti_numbers import BettiNumbers as BettiNumbers
from neurarium.alignment.betti_numbers import betti_numbers as betti_numbers
from neurarium.alignment.bifurcation_crossings import Crossing as Crossing
from neurarium.alignment.bifurcation_crossings import bifurcation_crossings as bifurcation_crossings
from neurarium.alignment.bimodality import bimodality as bimodality
from neurarium.alignment.branching_factor import BranchingFactor as BranchingFactor
from neurarium.alignment.branching_factor import branching_factor as branching_factor
from neurarium.alignment.captured_energy import captured_energy as captured_energy
from neurarium.alignment.cka import cka as cka
from neurarium.alignment.classifier_agreement import classifier_agreement as classifier_agreement
from neurarium.alignment.closed_loop_dependence import closed_loop_dependence as closed_loop_dependence
from neurarium.alignment.compare import compare as compare
from neurarium.alignment.compare_rdms import RDMComparison as RDMComparison
from neurarium.alignment.compare_rdms import compare_rdms as compare_rdms
from neurarium.alignment.crossnobis import crossnobis as crossnobis
from neurarium.alignment.curvature_correlation import curvature_correlation as curvature_correlation
from neurarium.alignment.curvature_distance import curvature_distance as curvature_distance
from neurarium.alignment.dsa import dsa as dsa
from neurarium.alignment.dsa_rank import DSARank as DSARank
from neurarium.alignment.dsa_rank import dsa_rank as dsa_rank
from neurarium.alignment.eigenvalue_wasserstein import eigenvalue_wasserstein as eigenvalue_wasserstein
from neurarium.alignment.encoding_model import EncodingModel as EncodingModel
from neurarium.alignment.encoding_model import encoding_model as encoding_model
from neurarium.alignment.energy_shape_distance import energy_shape_distance as energy_shape_distance
from neurarium.alignment.error_consistency import error_consistency as error_consistency
from neurarium.alignment.firing_rate import firing_rate as firing_rate
from neurarium.alignment.foreground_ari import foreground_ari as foreground_ari
from neurarium.alignment.forman_ricci_curvature import forman_ricci_curvature as forman_ricci_curvature
from neurarium.alignment.functional_dimension import FunctionalDimension as FunctionalDimension
from neurarium.alignment.functional_dimension import functional_dimension as functional_dimension
from neurarium.alignment.gaussian_shape_distance import gaussian_shape_distance as gaussian_shape_distance
from neurarium.alignment.hyperalignment import SharedSpace as SharedSpace
from neurarium.alignment.hyperalignment import hyperalignment as hyperalignment
from neurarium.alignment.interspike_interval_cv import interspike_interval_cv as interspike_interval_cv
from neurarium.alignment.lempel_ziv_complexity import lempel_ziv_complexity as lempel_ziv_complexity
from neurarium.alignment.lin_lu_yau_curvature import lin_lu_yau_curvature as lin_lu_yau_curvature
from neurarium.alignment.linear_predictivity import linear_predictivity as linear_predictivity
from neurarium.alignment.localiser import Localised as Localised
from neurarium.alignment.localiser import localiser as localiser
from neurarium.alignment.loss_barrier import LossBarrier as LossBarrier
from neurarium.alignment.loss_barrier import loss_barrier as loss_barrier
from neurarium.alignment.lyapunov_exponents import lyapunov_exponents as lyapunov_exponents
from neurarium.alignment.manifold_capacity import ManifoldCapacity as ManifoldCapacity
from neurarium.alignment.manifold_capacity import manifold_capacity as manifold_capacity
from neurarium.alignment.misalignment import misalignment as misalignment
from neurarium.alignment.mmcr import mmcr as mmcr
from neurarium.alignment.modularity import Modularity as Modularity
from neurarium.alignment.modularity import modularity as modularity
from neurarium.alignment.noise_ceiling import NoiseCeiling as NoiseCeiling
from neurarium.alignment.noise_ceiling import noise_ceiling as noise_ceiling
from neurarium.alignment.ollivier_ricci_curvature import Curvature as Curvature
from neurarium.alignment.ollivier_ricci_curvature import ollivier_ricci_curvature as ollivier_ricci_curvature
from neurarium.alignment.participation_ratio import participation_ratio as participation_ratio
from neurarium.alignment.permutation_distance import permutation_distance as permutation_distance
from neurarium.alignment.persistent_homology import Persistence as Persistence
from neurarium.alignment.persistent_homology import persistent_homology as persistent_homology
from neurarium.alignment.phase_amplitude_coupling import phase_amplitude_coupling as phase_amplitude_coupling
from neurarium.alignment.phase_locking import phase_locking as phase_locking
from neurarium.alignment.phase_synchrony import phase_synchrony as phase_synchrony
from neurarium.alignment.procrustes import procrustes as procrustes
from neurarium.alignment.rdm import RDM as RDM
from neurarium.alignment.rdm import rdm as rdm
from neurarium.alignment.region_betti_numbers import region_betti_numbers as region_betti_numbers
from neurarium.alignment.ricci_flow import RicciFlow as RicciFlow
from neurarium.alignment.ricci_flow import ricci_flow as ricci_flow
from neurarium.alignment.rsa import rsa as rsa
from neurarium.alignment.sample_entropy import sample_entropy as sample_entropy
from neurarium.alignment.sdr_error_rates import SDRErrorRates as SDRErrorRates
from neurarium.alignment.sdr_error_rates import sdr_error_rates as sdr_error_rates
from neurarium.alignment.sequence_score import SequenceScore as SequenceScore
from neurarium.alignment.sequence_score import sequence_score as sequence_score
from neurarium.alignment.shape_distance import shape_distance as shape_distance
from neurarium.alignment.small_worldness import SmallWorldness as SmallWorldness
from neurarium.alignment.small_worldness import small_worldness as small_worldness
from neurarium.alignment.soft_matching_distance import soft_matching_distance as soft_matching_distance
from neurarium.alignment.spectral_entropy import SpectralEntropy as SpectralEntropy
from neurarium.alignment.spectral_entropy import spectral_entropy as spectral_entropy
from neurarium.alignment.spike_synchrony import spike_synchrony as spike_synchrony
from neurarium.alignment.split_half_reliability import split_half_reliability as split_half_reliability
from neurarium.alignment.stable_units import StableUnits as StableUnits
from neurarium.alignment.stable_units import stable_units as stable_units
from neurarium.alignment.topological_rsa import topological_rsa as topological_rsa
from neurarium.alignment.two_versus_two_accuracy import two_versus_two_accuracy as two_versus_two_accuracy
from neurarium.alignment.variance_partition import VariancePartition as VariancePartition
from neurarium.alignment.variance_partition import variance_partition as variance_partition
from neurarium.alignment.weight_entropy import weight_entropy as weight_entropy
from neurarium.alignment.weight_histogram_entropy import weight_histogram_entropy as weight_histogram_entropy
from neurarium.alignment.weight_matching import WeightMatching as WeightMatching
from neurarium.alignment.weight_matching import weight_matching as weight_matching
from neurarium.alignment.wiring_length import wiring_length as wiring_length
