"""Alignment: how alike two systems are; functions of arrays, never of our classes.

A measure takes numpy arrays or torch tensors, computes in float64 on their device and answers in kind.
How to choose:

- Paired responses ``(samples, units)`` to the same stimuli: :func:`cka` (is the similarity structure shared?) or
  :func:`procrustes` (a metric: distances can be embedded and clustered).
- Unpaired trajectories ``(trials, time, units)``: :func:`dsa` (do they move alike, up to a rotation?). For many
  systems fit :func:`dsa_operators` once, then compare all pairs with :func:`dsa_distances`, or only their time
  scales and frequencies with :func:`eigenvalue_wasserstein`.
- One activity and the rows meant to span it: :func:`captured_energy`.
- One matrix of weights ``(units, units)``: :func:`modularity` and :func:`small_worldness` (topology),
  :func:`wiring_length` (cost in space), :func:`weight_entropy` and :func:`weight_histogram_entropy` (values),
  :func:`spectral_entropy` (modes). Surrogates to set beside them keep the values (:func:`permute_weights`), the degrees
  (:func:`rewire_directed`, :func:`rewire_undirected`) or the eigenvectors (:func:`homogenise_spectrum`).

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
from neurarium.alignment.captured_energy import captured_energy as captured_energy
from neurarium.alignment.cka import cka as cka
from neurarium.alignment.dsa import dsa as dsa
from neurarium.alignment.eigenvalue_wasserstein import eigenvalue_wasserstein as eigenvalue_wasserstein
from neurarium.alignment.modularity import Modularity as Modularity
from neurarium.alignment.modularity import modularity as modularity
from neurarium.alignment.procrustes import procrustes as procrustes
from neurarium.alignment.small_worldness import SmallWorldness as SmallWorldness
from neurarium.alignment.small_worldness import small_worldness as small_worldness
from neurarium.alignment.spectral_entropy import SpectralEntropy as SpectralEntropy
from neurarium.alignment.spectral_entropy import spectral_entropy as spectral_entropy
from neurarium.alignment.weight_entropy import weight_entropy as weight_entropy
from neurarium.alignment.weight_histogram_entropy import weight_histogram_entropy as weight_histogram_entropy
from neurarium.alignment.wiring_length import wiring_length as wiring_length
