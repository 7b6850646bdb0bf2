import numpy as np
import pytest

from neurarium.alignment import bifurcation_crossings
from neurarium.core import NeurariumError


def scalars(*slopes):
    return np.array(slopes)[:, None, None]


def test_logistic_map_exchanges_stability_at_one_and_doubles_its_period_at_three():
    r = np.linspace(0.45, 1.55, 12)
    (fold,) = bifurcation_crossings(r[:, None, None], r)  # the fixed point 0 has slope r
    assert (fold.kind, fold.n_outside) == ("fold", (0, 1))
    assert fold.at == pytest.approx(1)
    r = np.linspace(2.45, 3.55, 12)
    (flip,) = bifurcation_crossings((2 - r)[:, None, None], r)
    assert flip.kind == "flip"
    assert flip.at == pytest.approx(3)


def test_delayed_logistic_map_gives_birth_to_an_invariant_curve_at_two():
    r = np.linspace(1.8, 2.2, 9)[1:]  # x' = r x (1 - y), y' = x: |λ|² = r - 1
    jacobians = np.array([[[1.0, 1 - value], [1.0, 0.0]] for value in r])
    (crossing,) = bifurcation_crossings(jacobians, r)
    assert crossing.kind == "neimark-sacker"
    assert crossing.at == pytest.approx(2, abs=1e-3)
    assert crossing.n_outside == (0, 2)


def test_a_return_to_stability_is_a_crossing_too():
    (flip,) = bifurcation_crossings(scalars(-1.5, -0.5), np.array([0.0, 1.0]))
    assert flip.n_outside == (1, 0)
    assert flip.at == pytest.approx(0.5)


def test_each_eigenvalue_is_followed_and_crossings_come_in_order():
    jacobians = np.array([np.diag([0.7, -1.2]), np.diag([1.2, -0.8])])
    kinds = [(c.kind, c.index) for c in bifurcation_crossings(jacobians, np.array([0.0, 1.0]))]
    assert kinds == [("flip", 0), ("fold", 0)]


def test_none_is_none():
    assert bifurcation_crossings(scalars(0.1, 0.9, -0.9), np.arange(3.0)) == ()


@pytest.mark.parametrize(
    ("jacobians", "values", "word"),
    [
        (np.zeros((3, 1, 2)), np.zeros(3), "square"),
        (np.zeros((3, 1, 1)), np.zeros(2), "values"),
        (np.zeros((1, 1, 1)), np.zeros(1), "two at least"),
        (np.full((2, 1, 1), np.inf), np.zeros(2), "finite"),
    ],
)
def test_bad_input_is_refused(jacobians, values, word):
    with pytest.raises(NeurariumError, match=word):
        bifurcation_crossings(jacobians, values)
