import numpy as np
import pytest
import torch

from neurarium.core import Rng
from neurarium.neurons import Annealed
from neurarium.studies.neurons.neurosa_fn_annealer import fowler_nordheim, shortfalls, study, trial
from neurarium.tasks import enumerated_graphs


def test_shortfalls_follow_the_best_cut_so_far():
    (graph,) = enumerated_graphs(n_nodes=(6,), density=1.0, rng=Rng(0))  # fifteen edges, at most nine are cut
    steps, energies = torch.tensor([0, 1000, 50_000]), torch.tensor([15.0, 3.0, -3.0], dtype=torch.float64)
    run = Annealed(None, -3.0, steps, energies, (0, 0), 0, None)
    (curve,) = shortfalls([graph], [run], 100_000).values()
    assert (graph.best_cut, len(curve)) == (9, 40)
    assert curve[0] == 1
    assert curve[-1] == 0
    assert sorted(set(np.round(curve, 9))) == pytest.approx([0, 1 / 3, 1])


def test_schedules_scale_with_the_field_and_the_size_of_a_graph():
    ticks = np.array([1000, 50_000])
    np.testing.assert_allclose(fowler_nordheim(4.0, 10)(10 * ticks, 1), 4 * fowler_nordheim(1.0, 1)(ticks, 1))


def test_an_unmasked_network_is_asked_as_often():
    rows = {
        name: trial(Rng(0), study.scale("micro"), **study.conditions[name]).row
        for name in ("fowler_nordheim", "unmasked", "greedy")
    }
    assert rows["fowler_nordheim"]["cut_ratio"] == rows["fowler_nordheim"]["solved_share"] == 1
    assert rows["fowler_nordheim"]["log_steps_to_goal"] < np.log10(study.scale("micro").n_steps)
    assert rows["unmasked"]["spikes_per_step"] < 1
    assert rows["unmasked"]["cut_ratio"] < 1
    assert rows["greedy"]["spikes_per_step"] < 0.1
