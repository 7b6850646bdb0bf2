import networkx as nx
import numpy as np
import pytest

from neurarium.alignment.small_worldness import small_worldness
from neurarium.core import NeurariumError, Rng


def watts_strogatz(p: float, n: int = 100, k: int = 8) -> np.ndarray:
    return nx.to_numpy_array(nx.watts_strogatz_graph(n, k, p, seed=0))


def test_parts_match_networkx():
    w = abs(np.random.default_rng(0).standard_normal((40, 40)))
    found = small_worldness(w, density=0.15, n_random=2, rng=Rng(0))
    strength = np.triu((w + w.T) / 2, 1)
    threshold = np.sort(strength[strength > 0])[-round(0.15 * 780)]
    graph = nx.from_numpy_array((strength >= threshold).astype(float))
    assert found.clustering == pytest.approx(nx.average_clustering(graph))
    assert found.path_length == pytest.approx(1 / nx.global_efficiency(graph))


def test_ring_lattice_clustering_in_closed_form():
    """Watts and Strogatz: C = 3 (k - 2) / (4 (k - 1)) for a ring of k neighbours."""
    found = small_worldness(watts_strogatz(0.0), density=1.0, n_random=2, rng=Rng(0))
    assert found.clustering == pytest.approx(3 * 6 / (4 * 7))
    assert found.path_length > 1.1 * found.path_length_random
    ratios = found.clustering / found.clustering_random, found.path_length / found.path_length_random
    assert found.sigma == pytest.approx(ratios[0] / ratios[1])


def test_small_world_is_one_and_random_graph_is_not():
    assert small_worldness(watts_strogatz(0.1), density=1.0, rng=Rng(0)).sigma > 3
    assert small_worldness(watts_strogatz(1.0), density=1.0, rng=Rng(0)).sigma == pytest.approx(1, abs=0.25)


def test_graph_in_two_parts_has_a_finite_path_length():
    w = np.kron(np.eye(2), np.ones((6, 6)))
    found = small_worldness(w, density=1.0, n_random=3, rng=Rng(0))
    assert found.path_length == pytest.approx(11 / 5)  # 5 of the 11 others are one step away, 6 out of reach


def test_reproducible():
    w = watts_strogatz(0.2, n=30, k=4)
    first, second = (small_worldness(w, density=1.0, n_random=3, rng=Rng(1)) for _ in range(2))
    assert first == second


def test_bad_input():
    star = np.zeros((6, 6))
    star[0, 1:] = 1
    with pytest.raises(NeurariumError, match="n_random"):
        small_worldness(np.ones((5, 5)), n_random=0, rng=Rng(0))
    with pytest.raises(NeurariumError, match="triangles"):
        small_worldness(star, density=1.0, rng=Rng(0))
