"""Gates that give the basis states of a uniform superposition their signs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float64

from neurarium.neurons._quantum_circuit import Gate


@runtime_checkable
class SignEncoding(Protocol):
    """Anything that turns 2^n signs into gates on n qubits; a common factor of -1 may be left out."""

    def __call__(self, signs: Float64[np.ndarray, " states"]) -> list[Gate]:
        """The gates, which change signs alone."""
        ...


@dataclass(frozen=True)
class SignFlip:
    """One controlled Z on all qubits for each sign of the rarer kind, between flips of the bits that are 0 there.

    Example:
        >>> [gate.name for gate in SignFlip()(np.array([1.0, 1.0, -1.0, 1.0]))]
        ['x', 'z', 'x']
    """

    def __call__(self, signs: Float64[np.ndarray, " states"]) -> list[Gate]:
        """The blocks of the rarer sign, in the order of their states."""
        n = len(signs).bit_length() - 1
        flipped = np.flatnonzero(signs == (-1 if (signs < 0).sum() <= len(signs) / 2 else 1))
        gates = []
        for state in flipped.tolist():
            zeros = [Gate("x", (q,)) for q in range(n) if not state >> (n - 1 - q) & 1]
            gates += [*zeros, Gate("z", tuple(range(n))), *zeros]
        return gates


@dataclass(frozen=True)
class Hypergraph:
    """A hypergraph state: one Z, controlled Z ... for each term of the signs' exclusive-or polynomial.

    With ``s(j) = (-1)^f(j)`` and ``f = ⊕ c_K Π_(q in K) j_q``, the qubits K of each term are an edge. The terms are
    found as the paper does, from small to large: each fixes the sign of the state whose bits it names.

    Example:
        >>> Hypergraph()(np.array([1.0, -1.0, 1.0, 1.0]))
        [Gate(name='z', qubits=(1,)), Gate(name='z', qubits=(0, 1))]
    """

    def __call__(self, signs: Float64[np.ndarray, " states"]) -> list[Gate]:
        """The edges, small ones first."""
        n = len(signs).bit_length() - 1
        terms = (signs.reshape((2,) * n) != signs[0]).astype(np.int64)
        for axis in range(n):  # the Möbius transform over subsets of bits
            zero, one = np.moveaxis(terms, axis, 0)
            terms = np.moveaxis(np.stack([zero, zero ^ one]), 0, axis)
        edges = [tuple(np.flatnonzero(bits).tolist()) for bits in np.argwhere(terms)]
        return [Gate("z", edge) for edge in sorted(edges, key=lambda edge: (len(edge), edge))]
