"""Plasticity: rules that change one weight matrix from what its two sides do; they never see a neuron class.

What belongs here: local rules. A rule is given the activity on both sides of a matrix, the matrix, its own
state and perhaps a modulator, and gives back matrix and state; nothing is mutated. What decides when a rule
is applied, or how an error reaches it, belongs to learning.

How to choose: :class:`OjaSubspace` finds the principal subspace of the activity, and keeps what it found
while it learns more (``grow``). With :class:`SpikeCount` its units answer in whole spikes.
"""

from neurarium.plasticity._quantise import SpikeCount as SpikeCount
from neurarium.plasticity._rule import AbstractRule as AbstractRule
from neurarium.plasticity.oja_subspace import OjaSubspace as OjaSubspace
from neurarium.plasticity.oja_subspace import OjaSubspaceState as OjaSubspaceState
