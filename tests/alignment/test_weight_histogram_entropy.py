import numpy as np
import pytest
from scipy.stats import entropy

from neurarium.alignment.weight_histogram_entropy import weight_histogram_entropy
from neurarium.core import NeurariumError

EDGES = np.linspace(-4, 4, 17)


def test_matches_numpy_histogram_and_scipy():
    w = np.random.default_rng(0).standard_normal((12, 12)).clip(-4, 4)
    counts, _ = np.histogram(w[~np.eye(12, dtype=bool)], EDGES)
    assert weight_histogram_entropy(w, edges=EDGES) == pytest.approx(entropy(counts, base=2))


def test_equal_weights_have_none_and_even_spread_the_most():
    assert weight_histogram_entropy(np.ones((5, 5)), edges=EDGES) == 0.0
    w = np.arange(16.0).reshape(4, 4)
    assert weight_histogram_entropy(w, edges=np.arange(17) - 0.5, use_diagonal=True) == pytest.approx(4)
    assert weight_histogram_entropy(w, edges=np.arange(17) - 0.5) == pytest.approx(np.log2(12))


def test_scale_matters_because_bins_are_fixed():
    w = np.random.default_rng(1).uniform(-1, 1, (30, 30))
    assert weight_histogram_entropy(4 * w, edges=EDGES) > weight_histogram_entropy(w, edges=EDGES) + 1


def test_upper_edge_belongs_to_the_last_bin():
    assert weight_histogram_entropy(np.array([[0.0, 2.0], [1.0, 0.0]]), edges=[0, 1, 2]) == 0.0


@pytest.mark.parametrize("edges", [[0.0], [1.0, 0.0], [0.0, 0.5], [[0.0, 1.0]]])
def test_bad_edges(edges):
    with pytest.raises(NeurariumError, match="edges"):
        weight_histogram_entropy(np.ones((3, 3)), edges=edges)
