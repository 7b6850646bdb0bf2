"""Graphs to be cut in two."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float64, Int64
from scipy.sparse import coo_array, csr_array

from neurarium.core.errors import bad


@dataclass(frozen=True)
class MaxCut:
    """A graph whose nodes are to be split so that the edges between the halves weigh most.

    With spins of ±1 for the halves, ``cut(s) = Σ w_ij (1 - s_i s_j) / 2``: the largest cut is the ground state of an
    Ising model whose couplings are the weights.

    Attributes:
        edges: pairs of nodes, each pair once.
        weights: weight of each edge.
        n_nodes: nodes, counted from 0.
        best_cut: the largest cut known.
        is_proven: whether no cut is larger.
        name: what it is called.
    """

    edges: Int64[np.ndarray, "edges 2"]
    weights: Float64[np.ndarray, " edges"]
    n_nodes: int
    best_cut: float
    is_proven: bool
    name: str

    @property
    def couplings(self) -> csr_array:
        """Q of ``E(s) = ½ sᵀ Q s = Σ w_ij s_i s_j``, symmetric, in compressed rows."""
        half = coo_array((self.weights, tuple(self.edges.T)), shape=(self.n_nodes, self.n_nodes))
        return csr_array(half + half.T)

    @property
    def best_energy(self) -> float:
        """The energy of the largest cut known."""
        return self.weights.sum() - 2 * self.best_cut

    def cut_of(self, energy: float | np.ndarray) -> float | np.ndarray:
        """The cut of a state of this energy: ``(Σ w_ij - E) / 2``."""
        return (self.weights.sum() - energy) / 2

    def cut(self, spins: Any) -> float:
        """Weight of the edges whose ends have different spins."""
        s = np.asarray(spins)
        if s.shape != (self.n_nodes,) or (abs(s) != 1).any():
            raise bad("MaxCut", "spins", f"be {self.n_nodes} of -1 and 1", s.tolist())
        left, right = self.edges.T
        return float(self.weights[s[left] != s[right]].sum())
