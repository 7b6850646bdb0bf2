"""Alignment: how alike two systems are; functions of arrays, never of our classes.

A measure takes numpy arrays or torch tensors, computes in float64 on their device and answers in kind.
How to choose:

- Paired responses ``(samples, units)`` to the same stimuli: :func:`cka` (is the similarity structure shared?) or
  :func:`procrustes` (a metric: distances can be embedded and clustered).
- Unpaired trajectories ``(trials, time, units)``: :func:`dsa` (do they move alike, up to a rotation?). For many
  systems fit :func:`dsa_operators` once, then compare all pairs with :func:`dsa_distances`, or only their time
  scales and frequencies with :func:`eigenvalue_wasserstein`.

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
from neurarium.alignment.cka import cka as cka
from neurarium.alignment.dsa import dsa as dsa
from neurarium.alignment.eigenvalue_wasserstein import eigenvalue_wasserstein as eigenvalue_wasserstein
from neurarium.alignment.procrustes import procrustes as procrustes
