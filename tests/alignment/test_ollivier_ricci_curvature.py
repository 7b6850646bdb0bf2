import networkx as nx
import numpy as np
import pytest
import torch
from scipy.optimize import linprog

from neurarium.alignment import neighbour_graph, ollivier_ricci_curvature
from neurarium.alignment._graph import edges_of, path_lengths
from neurarium.alignment._transport import transport_costs
from neurarium.core import NeurariumError, Rng


def lengths(graph):
    return nx.to_numpy_array(graph)


def by_edge(graph, idleness):
    return ollivier_ricci_curvature(lengths(graph), idleness=idleness).by_edge


def random_graph(seed, n_nodes=30, n_neighbours=5):
    """Lengths that disagree with shortest paths: the direct edge is not always the shortest way."""
    draw = Rng(seed).numpy("graph")
    distances = np.triu(draw.uniform(0.2, 3.0, size=(n_nodes, n_nodes)), 1)
    return neighbour_graph(distances + distances.T, n_neighbours=n_neighbours)


@pytest.mark.parametrize("n", [2, 3, 4, 7])
def test_complete_graphs(n):
    np.testing.assert_allclose(by_edge(nx.complete_graph(n), 0.0), (n - 2) / (n - 1), atol=1e-12)


@pytest.mark.parametrize(("n", "kappa"), [(3, 0.5), (4, 0.0), (5, 0.0), (6, 0.0), (9, 0.0)])
def test_cycles(n, kappa):
    np.testing.assert_allclose(by_edge(nx.cycle_graph(n), 0.0), kappa, atol=1e-12)


def test_edges_of_a_tree():
    tree = nx.from_prufer_sequence([3, 3, 0, 4, 4, 1, 7, 7, 7, 2])
    degree = np.array([d for _, d in sorted(tree.degree)])
    found = ollivier_ricci_curvature(lengths(tree), idleness=0.0)
    x, y = degree[found.edges].T
    np.testing.assert_allclose(found.by_edge, -2 * np.maximum(1 - 1 / x - 1 / y, 0), atol=1e-12)
    assert (found.by_edge <= -0.5).any()


def test_a_wide_torus_is_flat():
    np.testing.assert_allclose(by_edge(nx.grid_2d_graph(6, 7, periodic=True), 0.0), 0, atol=1e-12)


@pytest.mark.parametrize("idleness", [0.0, 0.3, 0.5, 0.8])
def test_the_transport_is_the_optimum_of_a_linear_programme(idleness):
    graph = random_graph(seed=1)
    distance, edges = path_lengths(graph), edges_of(graph)
    assert (distance < graph).any()
    costs = transport_costs(graph, distance, edges, idleness)
    for (x, y), cost in list(zip(edges, costs, strict=True))[::4]:
        a, b = (
            idleness * (np.arange(30) == v) + (1 - idleness) * (graph[v] > 0) / (graph[v] > 0).sum() for v in (x, y)
        )
        n = len(a)
        marginals = np.vstack([np.kron(np.eye(n), np.ones(n)), np.kron(np.ones(n), np.eye(n))])
        best = linprog(distance.ravel(), A_eq=marginals, b_eq=np.concatenate([a, b]), method="highs").fun
        assert cost == pytest.approx(best, abs=1e-9)


def test_the_distance_of_an_edge_is_the_shortest_path():
    """A long edge beside a short way round: 1 - W1 / d with d = 2, not the edge's 5."""
    long = np.array([[0.0, 1.0, 5.0], [1.0, 0.0, 1.0], [5.0, 1.0, 0.0]])
    found = ollivier_ricci_curvature(long, idleness=0.0)  # (0, 2): half of 2 goes to half of 0, both keep half of 1
    np.testing.assert_allclose(found.by_edge[1], 1 - 0.5 * 2 / 2)


def test_one_factor_on_all_lengths_changes_nothing():
    graph = random_graph(seed=2)
    one, other = (ollivier_ricci_curvature(g).by_edge for g in (graph, 7 * graph))
    np.testing.assert_allclose(one, other, atol=1e-12)


def test_nodes_have_the_mean_of_their_edges_and_lonely_ones_zero():
    path = np.pad(lengths(nx.path_graph(4)), (0, 1))
    found = ollivier_ricci_curvature(path, idleness=0.0)
    np.testing.assert_array_equal(found.edges, [[0, 1], [1, 2], [2, 3]])
    np.testing.assert_allclose(found.by_node, [0, 0, 0, 0, 0], atol=1e-12)
    star = ollivier_ricci_curvature(lengths(nx.star_graph(3)), idleness=0.5)
    np.testing.assert_allclose(star.by_node, 1 / 3, atol=1e-12)


def test_both_searches_for_shortest_paths_agree(monkeypatch):
    graph = random_graph(seed=3)
    cubic = path_lengths(graph)
    monkeypatch.setattr("neurarium.alignment._graph.DENSE", 0)
    np.testing.assert_allclose(path_lengths(graph), cubic, atol=1e-12)


def test_agrees_with_graph_ricci_curvature():
    pytest.importorskip("GraphRicciCurvature")
    from GraphRicciCurvature.OllivierRicci import OllivierRicci

    graph = random_graph(seed=4)
    peer = OllivierRicci(nx.from_numpy_array(graph), alpha=0.3, method="OTD", exp_power=0, proc=1)
    peer.compute_ricci_curvature()
    ours = ollivier_ricci_curvature(graph, idleness=0.3)
    theirs = [peer.G[int(x)][int(y)]["ricciCurvature"] for x, y in ours.edges]
    np.testing.assert_allclose(ours.by_edge, theirs, atol=1e-9)


def test_answers_in_kind_and_leaves_its_input_alone():
    graph = torch.tensor(random_graph(seed=5), dtype=torch.float32)
    before = graph.clone()
    found = ollivier_ricci_curvature(graph)
    assert found.by_edge.dtype == torch.float64
    assert found.edges.dtype == torch.int64
    assert torch.equal(graph, before)


@pytest.mark.parametrize(
    ("graph", "word"),
    [
        (np.zeros((3, 3)), "edge"),
        (np.eye(3), "itself"),
        (np.array([[0.0, 1.0], [2.0, 0.0]]), "symmetric"),
        (np.array([[0.0, -1.0], [-1.0, 0.0]]), "negative"),
        (np.ones((2, 3)), "square"),
        (np.full((2, 2), np.nan), "finite"),
    ],
)
def test_bad_graphs_are_refused(graph, word):
    with pytest.raises(NeurariumError, match=word):
        ollivier_ricci_curvature(graph)


@pytest.mark.parametrize("idleness", [-0.1, 1.0, 1.1])
def test_bad_idleness_is_refused(idleness):
    with pytest.raises(NeurariumError, match="idleness"):
        ollivier_ricci_curvature(1 - np.eye(3), idleness=idleness)
