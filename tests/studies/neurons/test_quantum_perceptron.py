import numpy as np
import pytest

from neurarium.core import Rng
from neurarium.neurons import Hypergraph, SignFlip
from neurarium.studies.neurons._quantum_trials import (
    against_formula,
    every_pair,
    examples,
    gates,
    random_pairs,
    ranking,
    trained,
)
from neurarium.studies.neurons.quantum_perceptron import CROSS, DEVICE, DROWNED, scaled, study


def test_there_are_256_pairs_and_three_values_of_p():
    p = [((x @ w).item() / 4) ** 2 for x, w in every_pair()]
    assert {value: p.count(value) for value in set(p)} == {0.0: 96, 0.25: 128, 1.0: 32}


def test_examples_carry_the_labels_of_the_target():
    target = np.array(CROSS, dtype=float)
    x, labels = examples(target, 40, 500, np.random.default_rng(0))
    assert (labels.sum(), len(x)) == (40, 540)
    assert np.array_equal((x @ target / 16) ** 2 > 0.5, labels)
    assert abs(x[labels] @ target).min() >= 12
    assert {1.0, -1.0} == set(np.sign(x[labels] @ target))


def test_mean_gates_of_two_qubits_by_hand():
    """Over 16 vectors an edge of two in half of them; min(k, 4 - k) blocks, 20 in all; twice, plus the last."""
    assert gates(every_pair(), Hypergraph())[0] == 2 * 0.5 + 1
    assert gates(every_pair(), SignFlip())[0] == 2 * 20 / 16 + 1


def test_circuits_lie_in_their_interval_and_rank():
    inside, error = against_formula(random_pairs(40, 3, np.random.default_rng(0)), Hypergraph(), 1000, Rng(0))
    assert np.mean(inside) > 0.8
    assert error < 1e-12
    small = every_pair()[::5]
    assert ranking(small, Hypergraph(), dict(), 8192, Rng(0)) == 1
    assert ranking(small, Hypergraph(), DROWNED, 8192, Rng(0)) == pytest.approx(0.5, abs=0.1)
    assert scaled(DEVICE, 100) == {"single": 0.1, "multiple": 1.0, "readout": 0.5}


def test_training_ends_at_the_target_unless_labels_are_shuffled():
    scale = study.scale("quick")
    assert trained(CROSS, scale, Rng(3))[0] == 1
    lost, n_lessons = trained(CROSS, type(scale)("quick", scale.settings | dict(n_lessons=40)), Rng(3), True)
    assert n_lessons == 40
    assert lost < 1
