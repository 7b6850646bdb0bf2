import networkx as nx
import numpy as np
import pytest
import torch

from neurarium.alignment.modularity import modularity
from neurarium.core import NeurariumError, Rng


def cliques(n_cliques: int, size: int, *, ring: bool = False) -> np.ndarray:
    w = np.kron(np.eye(n_cliques), np.ones((size, size)))
    if ring:
        for i in range(n_cliques):
            a, b = i * size, ((i + 1) % n_cliques) * size + 1
            w[a, b] = w[b, a] = 1.0
    return w


@pytest.mark.parametrize("n_cliques", [2, 4])
def test_separate_cliques(n_cliques):
    """Equal communities without a connection between them: Q = 1 - 1/c."""
    found = modularity(cliques(n_cliques, 5), density=1.0, rng=Rng(0))
    assert found.q == pytest.approx(1 - 1 / n_cliques)
    assert found.communities == tuple(frozenset(range(5 * i, 5 * i + 5)) for i in range(n_cliques))


def test_ring_of_cliques():
    """c cliques of m edges each and c bridges: Q = m / (m + 1) - 1 / c."""
    found = modularity(cliques(6, 5, ring=True), density=1.0, rng=Rng(0))
    assert found.q == pytest.approx(10 / 11 - 1 / 6)


def test_q_is_that_of_the_partition_it_gives():
    w = np.random.default_rng(0).standard_normal((20, 20))
    q, communities = modularity(w, density=1.0, rng=Rng(0))
    a = (abs(w) + abs(w.T)) / 2
    np.fill_diagonal(a, 0)
    same = np.zeros((20, 20))
    for c in communities:
        same[np.ix_(sorted(c), sorted(c))] = 1
    k, total = a.sum(0), a.sum()
    assert q == pytest.approx(((a - np.outer(k, k) / total) * same).sum() / total)
    assert q == pytest.approx(nx.community.modularity(nx.from_numpy_array(a), communities))


def test_best_of_several_runs():
    w = np.random.default_rng(5).standard_normal((60, 60))
    graph = nx.from_numpy_array((abs(w) + abs(w.T)) / 2 * (1 - np.eye(60)))
    seeds = Rng(0).numpy("louvain").integers(2**31, size=5)
    runs = [nx.community.louvain_communities(graph, seed=int(s)) for s in seeds]
    scores = [nx.community.modularity(graph, run) for run in runs]
    assert max(scores) > min(scores)
    assert modularity(w, density=1.0, rng=Rng(0)).q == pytest.approx(max(scores), abs=1e-12)


def test_planted_modules_beat_random_weights():
    gen = np.random.default_rng(1)
    noise = gen.random((40, 40))
    planted = modularity(noise + cliques(4, 10), density=0.2, rng=Rng(0))
    assert planted.q > 0.6
    assert modularity(noise, density=0.2, rng=Rng(0)).q < 0.35
    assert len(planted.communities) == 4


def test_density_keeps_the_strongest():
    w = cliques(2, 4) + 0.01  # weak connections everywhere
    kept = 12 / 28
    assert modularity(w, density=kept, rng=Rng(0)).q == pytest.approx(0.5)
    assert modularity(w, density=1.0, rng=Rng(0)).q < 0.5


def test_sign_direction_and_diagonal_are_ignored():
    gen = np.random.default_rng(2)
    w = gen.random((15, 15))
    q = modularity(w, rng=Rng(0)).q
    assert modularity(-w.T + np.diag(gen.random(15)), rng=Rng(0)).q == pytest.approx(q)


def test_same_stream_same_partition_and_torch_input():
    w = torch.from_numpy(np.random.default_rng(3).standard_normal((30, 30)))
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    assert modularity(w, rng=Rng(4)) == modularity(w.numpy(), rng=Rng(4))
    assert (np.random.get_state()[1] == before).all()  # noqa: NPY002


@pytest.mark.parametrize(
    ("w", "density", "match"),
    [
        (np.zeros((4, 4)), 1.0, "density"),
        (np.ones((4, 4)), 0.0, "density"),
        (np.ones((4, 4)), 1.1, "density"),
        (np.full((4, 4), np.nan), 0.5, "finite"),
        (np.ones((4, 3)), 0.5, "units"),
        (np.ones((2, 4, 4)), 0.5, "one"),
    ],
)
def test_bad_input(w, density, match):
    with pytest.raises(NeurariumError, match=match):
        modularity(w, density=density, rng=Rng(0))
