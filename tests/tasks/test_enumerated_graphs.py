import itertools

import numpy as np
import pytest

from neurarium.core import NeurariumError, Rng
from neurarium.tasks import enumerated_graphs


@pytest.mark.parametrize("is_signed", [False, True])
def test_the_largest_cut_is_that_of_plain_enumeration(is_signed):
    for graph in enumerated_graphs(n_nodes=(2, 5, 9), density=0.7, is_signed=is_signed, rng=Rng(1)):
        every = itertools.product((-1, 1), repeat=graph.n_nodes)
        assert graph.best_cut == max(graph.cut(s) for s in every)
        assert graph.is_proven


def test_energy_cut_and_couplings_agree():
    (graph,) = enumerated_graphs(n_nodes=(8,), is_signed=True, rng=Rng(2))
    s = np.random.default_rng(0).choice([-1, 1], 8)
    energy = s @ (graph.couplings @ s) / 2
    assert graph.cut_of(energy) == graph.cut(s)
    assert graph.cut_of(graph.best_energy) == graph.best_cut
    assert (graph.couplings != graph.couplings.T).nnz == 0


def test_a_complete_graph_is_cut_in_halves_and_an_even_ring_whole():
    (whole,) = enumerated_graphs(n_nodes=(12,), density=1.0, rng=Rng(0))
    assert whole.best_cut == 36
    assert len(whole.edges) == 66


def test_density_and_signs_are_as_asked():
    graphs = enumerated_graphs(n_nodes=(16,) * 20, density=0.3, is_signed=True, rng=Rng(3))
    weights = np.concatenate([g.weights for g in graphs])
    assert abs(len(weights) / (20 * 120) - 0.3) < 0.04
    assert set(weights) == {-1.0, 1.0}
    assert abs(weights.mean()) < 0.1


@pytest.mark.parametrize("wrong", [(1,), (29,), (5, True), (4.0,)])
def test_bad_sizes_are_refused(wrong):
    with pytest.raises(NeurariumError, match="`n_nodes` must be whole numbers from 2 to 28"):
        enumerated_graphs(n_nodes=wrong, rng=Rng(0))


def test_bad_density_and_spins_are_refused():
    with pytest.raises(NeurariumError, match="`density` must lie between 0 and 1"):
        enumerated_graphs(n_nodes=(4,), density=1.5, rng=Rng(0))
    (graph,) = enumerated_graphs(n_nodes=(4,), rng=Rng(0))
    with pytest.raises(NeurariumError, match="`spins` must be 4 of -1 and 1"):
        graph.cut([1, 0, 1, 1])
