"""Surrogate networks: what is left of a finding when only some property of the network is kept.

| surrogate | keeps exactly | destroys |
| --- | --- | --- |
| :func:`permute_weights` | all weight values, the diagonal | degrees, strengths, topology |
| :func:`permute_pairs` | the same, symmetry | degrees, strengths, topology |
| :func:`rewire_directed` | the same, in- and out-degree of each unit, the values in each row | topology, in-strengths |
| :func:`rewire_undirected` | the same values and diagonal, degree of each unit, symmetry | topology, strengths |

Since the values stay, so does every statistic of them alone (weight entropy, its histogram).
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Integer

from neurarium.alignment._weights import Matrix, as_matrix, off_diagonal
from neurarium.core.errors import bad
from neurarium.core.rng import Rng

SWAPS_PER_CONNECTION = 10


def permute_weights(w: Matrix, *, rng: Rng) -> Float[np.ndarray, "units units"]:
    """The off-diagonal entries in random order (stream ``permute``): keeps the weight values and the diagonal."""
    w = as_matrix("permute_weights", w).copy()
    off = off_diagonal(len(w))
    w[off] = rng.numpy("permute").permutation(w[off])
    return w


def permute_pairs(w: Matrix, *, rng: Rng) -> Float[np.ndarray, "units units"]:
    """The pairs of a symmetric matrix in random order (stream ``permute``): distances that no geometry has.

    Raises:
        NeurariumError: if `w` is not symmetric.
    """
    w = _as_symmetric("permute_pairs", w).copy()
    upper = np.triu_indices(len(w), k=1)
    w[upper] = rng.numpy("permute").permutation(w[upper])
    w.T[upper] = w[upper]
    return w


def rewire_directed(w: Matrix, *, rng: Rng) -> Float[np.ndarray, "units units"]:
    """Maslov-Sneppen rewiring of the non-zero off-diagonal entries (stream ``rewire``), each staying in its row.

    Two connections ``a→b, c→d`` become ``a→d, c→b`` unless that makes a self- or double connection; ten such
    attempts for each connection (Maslov and Sneppen 2002, doi:10.1126/science.1065103).
    """
    w = as_matrix("rewire_directed", w)
    ends = np.argwhere((w != 0) & off_diagonal(len(w)))
    moved = _swap_ends(ends, len(w), rng.numpy("rewire"), is_directed=True)
    return _placed(w, moved, w[tuple(ends.T)])


def rewire_undirected(w: Matrix, *, rng: Rng) -> Float[np.ndarray, "units units"]:
    """Maslov-Sneppen rewiring of a symmetric matrix (stream ``rewire``); weights travel with their connection.

    Raises:
        NeurariumError: if `w` is not symmetric.
    """
    w = _as_symmetric("rewire_undirected", w)
    ends = np.argwhere(np.triu(w, k=1) != 0)
    moved = _swap_ends(ends, len(w), rng.numpy("rewire"), is_directed=False)
    out = _placed(w, moved, w[tuple(ends.T)])
    out[tuple(moved[:, ::-1].T)] = w[tuple(ends.T)]
    return out


def _as_symmetric(owner: str, w: Matrix) -> Float[np.ndarray, "units units"]:
    w = as_matrix(owner, w)
    if not np.array_equal(w, w.T):
        raise bad(owner, "w", "be symmetric", "an asymmetric matrix", "See permute_weights and rewire_directed.")
    return w


def _placed(w: np.ndarray, ends: np.ndarray, values: np.ndarray) -> np.ndarray:
    out = np.diag(np.diag(w))
    out[tuple(ends.T)] = values
    return out


def _swap_ends(
    ends: Integer[np.ndarray, "connections 2"], n_units: int, draws: np.random.Generator, *, is_directed: bool
) -> Integer[np.ndarray, "connections 2"]:
    pairs = [tuple(pair) for pair in ends.tolist()]
    if len(pairs) < 2:
        return ends
    taken = set(pairs) if is_directed else {frozenset(pair) for pair in pairs}
    key = tuple if is_directed else frozenset
    n_attempts = SWAPS_PER_CONNECTION * len(pairs)
    chosen = draws.integers(len(pairs), size=(n_attempts, 2)).tolist()
    flips = (np.zeros(n_attempts, dtype=bool) if is_directed else draws.random(n_attempts) < 0.5).tolist()
    for (i, j), flip in zip(chosen, flips, strict=True):
        (a, b), (c, d) = pairs[i], pairs[j][::-1] if flip else pairs[j]
        new = key((a, d)), key((c, b))
        if i == j or a == d or c == b or new[0] in taken or new[1] in taken:
            continue
        taken -= {key((a, b)), key((c, d))}
        taken |= set(new)
        pairs[i], pairs[j] = (a, d), (c, b)
    return np.array(pairs)
