import numpy as np
import pytest

from neurarium.alignment._rewire import permute_pairs, permute_weights, rewire_directed, rewire_undirected
from neurarium.alignment.weight_entropy import weight_entropy
from neurarium.core import NeurariumError, Rng


def sparse(n: int = 30, seed: int = 0) -> np.ndarray:
    gen = np.random.default_rng(seed)
    return gen.standard_normal((n, n)) * (gen.random((n, n)) < 0.2)


def symmetric(n: int = 30) -> np.ndarray:
    w = np.triu(sparse(n), 1)
    return w + w.T + np.diag(np.arange(1.0, n + 1))


@pytest.mark.parametrize(
    ("surrogate", "w"),
    [
        (permute_weights, sparse()),
        (permute_pairs, symmetric()),
        (rewire_directed, sparse()),
        (rewire_undirected, symmetric()),
    ],
)
def test_values_and_diagonal_stay_and_places_change(surrogate, w):
    out = surrogate(w, rng=Rng(0))
    assert np.array_equal(np.sort(out, axis=None), np.sort(w, axis=None))
    assert np.array_equal(np.diag(out), np.diag(w))
    assert ((out != 0) != (w != 0)).mean() > 0.1
    assert weight_entropy(out) == pytest.approx(weight_entropy(w))
    assert np.array_equal(out, surrogate(w, rng=Rng(0)))


def test_directed_keeps_degrees_and_the_values_in_each_row():
    w = sparse()
    out = rewire_directed(w, rng=Rng(0))
    for axis in (0, 1):
        assert np.array_equal((out != 0).sum(axis), (w != 0).sum(axis))
    assert np.array_equal(np.sort(out, axis=1), np.sort(w, axis=1))


def test_undirected_keeps_degrees_and_symmetry():
    w = symmetric()
    out = rewire_undirected(w, rng=Rng(0))
    assert np.array_equal(out, out.T)
    assert np.array_equal((out != 0).sum(0), (w != 0).sum(0))


def test_permutation_does_not_keep_degrees():
    w = np.zeros((10, 10))
    w[0, 1:] = 1
    assert (permute_weights(w, rng=Rng(0)) != 0).sum(1).max() < 9


def test_permuted_pairs_stay_symmetric_and_lose_their_geometry():
    line = np.abs(np.subtract.outer(np.arange(60.0), np.arange(60.0)))
    out = permute_pairs(line, rng=Rng(0))
    assert np.array_equal(out, out.T)
    off = ~np.eye(60, dtype=bool)
    assert abs(np.corrcoef(out[off], line[off])[0, 1]) < 0.1  # 1770 pairs: four standard errors


def test_every_pairing_of_six_is_reached_equally_often():
    """Three undirected connections between six units: 15 pairings."""
    w, rng = np.kron(np.eye(3), [[0, 1], [1, 0]]), Rng(0)
    _, counts = np.unique([rewire_undirected(w, rng=rng).tobytes() for _ in range(1500)], return_counts=True)
    assert len(counts) == 15
    assert counts.min() > 60
    assert counts.max() < 140


def test_every_graph_of_the_same_degrees_is_reached_equally_often():
    """A directed 4-cycle: its degrees allow the 9 permutations of 4 without a fixed point."""
    w, rng = np.roll(np.eye(4), 1, axis=1), Rng(0)
    drawn = [rewire_directed(w, rng=rng).tobytes() for _ in range(1800)]
    _, counts = np.unique(drawn, return_counts=True)
    assert len(counts) == 9
    assert counts.min() > 140
    assert counts.max() < 260


def test_nothing_to_swap():
    w = np.zeros((3, 3))
    w[0, 1] = 2
    assert np.array_equal(rewire_directed(w, rng=Rng(0)), w)
    assert np.array_equal(rewire_directed(np.eye(3), rng=Rng(0)), np.eye(3))


def test_asymmetric_is_refused():
    with pytest.raises(NeurariumError, match="symmetric"):
        rewire_undirected(sparse(), rng=Rng(0))
