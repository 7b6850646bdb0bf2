from itertools import combinations

import networkx as nx
import numpy as np
import pytest
from tests.alignment.test_ollivier_ricci_curvature import random_graph

from neurarium.alignment import forman_ricci_curvature
from neurarium.core import NeurariumError

KARATE = nx.to_numpy_array(nx.karate_club_graph(), weight=None)


@pytest.mark.parametrize(("is_augmented", "per_triangle"), [(True, 3), (False, 0)])
def test_counts_degrees_and_triangles_at_unit_lengths(is_augmented, per_triangle):
    found = forman_ricci_curvature(KARATE, is_augmented=is_augmented)
    x, y = found.edges.T
    degree, triangles = KARATE.sum(0), (KARATE @ KARATE)[x, y]
    np.testing.assert_allclose(found.by_edge, 4 - degree[x] - degree[y] + per_triangle * triangles)


def test_forman_s_formula_term_by_term():
    graph = random_graph(seed=7, n_nodes=9, n_neighbours=3)
    joined = {frozenset(e) for e in np.argwhere(graph > 0).tolist()}
    faces = [set(t) for t in combinations(range(9), 3) if all(frozenset(p) in joined for p in combinations(t, 2))]
    found = forman_ricci_curvature(graph)
    for (x, y), value in zip(found.edges.tolist(), found.by_edge, strict=True):
        e, w = {x, y}, graph[x, y]
        total = sum(w for f in faces if e <= f) + 2 / w
        for other in joined - {frozenset(e)}:
            a, b = other
            root = np.sqrt(w * graph[a, b])
            total -= abs(sum(root for f in faces if e | other <= f) - len(e & other) / root)
        assert value == pytest.approx(w * total)


@pytest.mark.parametrize(("method", "graph"), [("augmented", KARATE), ("1d", KARATE), ("1d", random_graph(seed=8))])
def test_agrees_with_graph_ricci_curvature(method, graph):
    pytest.importorskip("GraphRicciCurvature")
    from GraphRicciCurvature.FormanRicci import FormanRicci

    peer = FormanRicci(nx.from_numpy_array(graph), method=method)
    peer.compute_ricci_curvature()
    ours = forman_ricci_curvature(graph, is_augmented=method == "augmented")
    theirs = [peer.G[int(x)][int(y)]["formanCurvature"] for x, y in ours.edges]
    np.testing.assert_allclose(ours.by_edge, theirs, atol=1e-9)
    np.testing.assert_allclose(ours.by_node, [peer.G.nodes[v]["formanCurvature"] for v in range(len(graph))])


def test_bad_graph_is_refused():
    with pytest.raises(NeurariumError, match="symmetric"):
        forman_ricci_curvature(np.triu(np.ones((3, 3)), 1))
