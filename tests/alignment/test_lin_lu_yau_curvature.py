import networkx as nx
import numpy as np
import pytest
from tests.alignment.test_ollivier_ricci_curvature import random_graph

from neurarium.alignment import lin_lu_yau_curvature, ollivier_ricci_curvature
from neurarium.core import NeurariumError

GRAPHS = [
    *[(nx.complete_graph(n), n / (n - 1)) for n in (3, 4, 6)],
    *[(nx.cycle_graph(n), kappa) for n, kappa in ((3, 1.5), (4, 1.0), (5, 0.5), (6, 0.0), (11, 0.0))],
    *[(nx.star_graph(k), 2 / k) for k in (2, 5)],
    *[(nx.hypercube_graph(n), 2 / n) for n in (2, 3, 4)],
    (nx.grid_2d_graph(6, 7, periodic=True), 0.0),
    (nx.complete_bipartite_graph(3, 3), 2 / 3),
]


@pytest.mark.parametrize(("graph", "kappa"), GRAPHS)
def test_graphs_of_known_curvature(graph, kappa):
    found = lin_lu_yau_curvature(nx.to_numpy_array(graph))
    np.testing.assert_allclose(found.by_edge, kappa, atol=1e-12)
    np.testing.assert_allclose(found.by_node, kappa, atol=1e-12)


def test_edges_of_a_tree():
    tree = nx.from_prufer_sequence([3, 3, 0, 4, 4, 1, 7, 7, 7, 2])
    degree = np.array([d for _, d in sorted(tree.degree)])
    found = lin_lu_yau_curvature(nx.to_numpy_array(tree))
    np.testing.assert_allclose(found.by_edge, (2 / degree[found.edges]).sum(1) - 2, atol=1e-12)


def test_it_is_the_limit_of_an_idle_walker():
    graph = random_graph(seed=6)
    nearly = ollivier_ricci_curvature(graph, idleness=1 - 1e-4).by_edge / 1e-4
    np.testing.assert_allclose(lin_lu_yau_curvature(graph).by_edge, nearly, atol=1e-8)


def test_bad_graph_is_refused():
    with pytest.raises(NeurariumError, match="edge"):
        lin_lu_yau_curvature(np.zeros((3, 3)))
