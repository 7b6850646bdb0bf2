"""Alignment: how alike two systems are; functions of arrays, never of our classes.

A measure takes numpy arrays or torch tensors, computes in float64 on their device and answers in kind.
How to choose:

- Paired responses ``(samples, units)`` to the same stimuli: :func:`cka` (is the similarity structure shared?) or
  :func:`procrustes` (a metric: distances can be embedded and clustered).
- Unpaired trajectories ``(trials, time, units)``: :func:`dsa` (do they move alike, up to a rotation?). For many
  systems fit :func:`dsa_operators` once, then compare all pairs with :func:`dsa_distances`, or only their time
  scales and frequencies with :func:`eigenvalue_wasserstein`.
- One trajectory: :func:`lyapunov_exponents` from its Jacobians, :func:`sample_entropy` from a series alone,
  :func:`phase_synchrony` of oscillating units; a fixed point along a parameter: :func:`bifurcation_crossings`.
- One activity: :func:`participation_ratio` (how many directions it fills); with the rows meant to span it:
  :func:`captured_energy`.
- One matrix of weights ``(units, units)``: :func:`modularity` and :func:`small_worldness` (topology),
  :func:`wiring_length` (cost in space), :func:`weight_entropy` and :func:`weight_histogram_entropy` (values),
  :func:`spectral_entropy` (modes). Surrogates to set beside them keep the values (:func:`permute_weights`), the degrees
  (:func:`rewire_directed`, :func:`rewire_undirected`) or the eigenvectors (:func:`homogenise_spectrum`).
- A raster of spikes ``(trials, time, units)``: :func:`firing_rate` (how much), :func:`interspike_interval_cv` (how
  irregularly each unit), :func:`lempel_ziv_complexity` (how seldom it repeats a pattern), :func:`spike_synchrony` (how
  far all together), :func:`branching_factor` (does activity die out, last or run away?).
- No data at all, but the sizes of a sparse code: :func:`sdr_error_rates` (how often would its reader err?).

No value speaks for itself: set it beside the same measure of two halves of one system, and of shuffled data.
"""

from neurarium.alignment._dsa_distances import DSADistances as DSADistances
from neurarium.alignment._dsa_distances import dsa_distances as dsa_distances
from neurarium.alignment._dsa_effort import DEFAULT as DEFAULT
from neurarium.alignment._dsa_effort import FAST as FAST
from neurarium.alignment._dsa_effort import THOROUGH as THOROUGH
from neurarium.alignment._dsa_effort import Effort as Effort
from neurarium.alignment._dsa_operators import dsa_operators as dsa_operators
from neurarium.alignment._kernels import RBF as RBF
from neurarium.alignment._rewire import permute_weights as permute_weights
from neurarium.alignment._rewire import rewire_directed as rewire_directed
from neurarium.alignment._rewire import rewire_undirected as rewire_undirected
from neurarium.alignment._spectrum import homogenise_spectrum as homogenise_spectrum
from neurarium.alignment.bifurcation_crossings import Crossing as Crossing
from neurarium.alignment.bifurcation_crossings import bifurcation_crossings as bifurcation_crossings
from neurarium.alignment.branching_factor import BranchingFactor as BranchingFactor
from neurarium.alignment.branching_factor import branching_factor as branching_factor
from neurarium.alignment.captured_energy import captured_energy as captured_energy
from neurarium.alignment.cka import cka as cka
from neurarium.alignment.dsa import dsa as dsa
from neurarium.alignment.eigenvalue_wasserstein import eigenvalue_wasserstein as eigenvalue_wasserstein
from neurarium.alignment.firing_rate import firing_rate as firing_rate
from neurarium.alignment.interspike_interval_cv import interspike_interval_cv as interspike_interval_cv
from neurarium.alignment.lempel_ziv_complexity import lempel_ziv_complexity as lempel_ziv_complexity
from neurarium.alignment.lyapunov_exponents import lyapunov_exponents as lyapunov_exponents
from neurarium.alignment.modularity import Modularity as Modularity
from neurarium.alignment.modularity import modularity as modularity
from neurarium.alignment.participation_ratio import participation_ratio as participation_ratio
from neurarium.alignment.phase_synchrony import phase_synchrony as phase_synchrony
from neurarium.alignment.procrustes import procrustes as procrustes
from neurarium.alignment.sample_entropy import sample_entropy as sample_entropy
from neurarium.alignment.sdr_error_rates import SDRErrorRates as SDRErrorRates
from neurarium.alignment.sdr_error_rates import sdr_error_rates as sdr_error_rates
from neurarium.alignment.small_worldness import SmallWorldness as SmallWorldness
from neurarium.alignment.small_worldness import small_worldness as small_worldness
from neurarium.alignment.spectral_entropy import SpectralEntropy as SpectralEntropy
from neurarium.alignment.spectral_entropy import spectral_entropy as spectral_entropy
from neurarium.alignment.spike_synchrony import spike_synchrony as spike_synchrony
from neurarium.alignment.weight_entropy import weight_entropy as weight_entropy
from neurarium.alignment.weight_histogram_entropy import weight_histogram_entropy as weight_histogram_entropy
from neurarium.alignment.wiring_length import wiring_length as wiring_length
