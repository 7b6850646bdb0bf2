import networkx as nx
import numpy as np
import pytest
from scipy.sparse.csgraph import shortest_path
from tests.alignment.test_ollivier_ricci_curvature import random_graph

from neurarium.alignment import ollivier_ricci_curvature, ricci_flow
from neurarium.core import NeurariumError


def bridged(*sizes):
    """Cliques in a row, joined by one edge each; and which clique a node is of."""
    graph = np.zeros((sum(sizes), sum(sizes)))
    label = np.repeat(np.arange(len(sizes)), sizes)
    graph[label[:, None] == label] = 1
    np.fill_diagonal(graph, 0)
    for end in np.cumsum(sizes)[:-1]:
        graph[end - 1, end] = graph[end, end - 1] = 1
    return graph, label


@pytest.mark.parametrize("graph", [nx.complete_graph(5), nx.cycle_graph(4), nx.cycle_graph(8), nx.hypercube_graph(3)])
@pytest.mark.parametrize("idleness", [0.0, 0.5])
def test_graphs_of_equal_edges_stand_still(graph, idleness):
    start = nx.to_numpy_array(graph)
    flow = ricci_flow(4 * start, n_steps=5, idleness=idleness)
    np.testing.assert_allclose(flow.lengths, start, atol=1e-12)
    np.testing.assert_allclose(flow.spread, 0, atol=1e-12)


def test_one_step_is_the_transport_scaled_to_mean_one():
    graph = random_graph(seed=9)
    found = ollivier_ricci_curvature(graph)
    x, y = found.edges.T
    moved = (1 - found.by_edge) * shortest_path(graph)[x, y]
    np.testing.assert_allclose(ricci_flow(graph, n_steps=1).lengths[x, y], moved / moved.mean(), atol=1e-12)


@pytest.mark.parametrize("cutoff", [None, 3.0])
def test_a_bridge_grows_and_cutting_it_returns_the_cliques(cutoff):
    graph, label = bridged(6, 4, 9)
    lengths = [ricci_flow(graph, n_steps=n, cutoff=cutoff).lengths[5, 6] for n in (1, 3, 9)]
    assert 1 < lengths[0] < lengths[1] < lengths[2]
    np.testing.assert_array_equal(ricci_flow(graph, n_steps=9, cutoff=cutoff).communities, label)


def test_nothing_longer_than_the_cutoff_is_nothing_cut():
    assert set(ricci_flow(bridged(5, 5)[0], cutoff=1e6).communities) == {0}


def test_parts_that_were_never_joined_stay_apart():
    graph = np.kron(np.eye(2), 1 - np.eye(4))
    np.testing.assert_array_equal(ricci_flow(graph, n_steps=2).communities, np.repeat([0, 1], 4))


def test_agrees_with_graph_ricci_curvature():
    pytest.importorskip("GraphRicciCurvature")
    from GraphRicciCurvature.OllivierRicci import OllivierRicci

    graph, _ = bridged(5, 4)
    peer = OllivierRicci(nx.from_numpy_array(graph), alpha=0.5, method="OTD", exp_power=0, proc=1)
    peer.compute_ricci_flow(iterations=3, delta=0.0)
    flow = ricci_flow(graph, n_steps=3)
    theirs = nx.to_numpy_array(peer.G)
    np.testing.assert_allclose(flow.lengths, theirs / theirs[theirs > 0].mean(), atol=1e-9)


def test_single_pairs_are_refused():
    with pytest.raises(NeurariumError, match="pairs"):
        ricci_flow(np.kron(np.eye(2), 1 - np.eye(2)))


@pytest.mark.parametrize("bad", [dict(n_steps=0), dict(idleness=1.0), dict(cutoff=-1.0)])
def test_bad_options_are_refused(bad):
    with pytest.raises(NeurariumError, match=next(iter(bad))):
        ricci_flow(1 - np.eye(3), **bad)
