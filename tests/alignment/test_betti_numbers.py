import numpy as np
import pytest
import torch

from neurarium.alignment.betti_numbers import betti_numbers
from neurarium.core import NeurariumError


def ring(n, seed, low=0.6, high=1.0):
    g = np.random.default_rng(seed)
    angle, radius = g.uniform(0, 2 * np.pi, n), np.sqrt(g.uniform(low**2, high**2, n))
    return np.stack((radius * np.cos(angle), radius * np.sin(angle)), 1)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("low", "b1"), [(0.6, 1), (0.0, 0)])
def test_rings_and_discs(low, b1, seed):
    pieces = [ring(800, seed, low) + shift for shift in ((0, 0), (3, 0), (0, 3))]
    assert betti_numbers(np.concatenate(pieces)) == (3, 3 * b1)


def test_torus_has_two_loops():
    """Not only in the plane: the flat torus in four dimensions."""
    u, v = np.random.default_rng(0).uniform(0, 2 * np.pi, (2, 4000))
    x = np.stack((np.cos(u), np.sin(u), np.cos(v), np.sin(v)), 1)
    assert betti_numbers(torch.from_numpy(x)) == (1, 2)


def test_answer_does_not_depend_on_size_order_or_turning():
    x = np.concatenate((ring(1500, 0), ring(1500, 1) + 4))
    q = np.linalg.qr(np.random.default_rng(2).standard_normal((2, 2)))[0]
    shuffled = np.random.default_rng(3).permutation(x)
    assert betti_numbers(x) == betti_numbers(1e3 * shuffled @ q) == (2, 2)


def test_radius_and_persistence_decide_what_counts():
    angle = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    circle = np.stack((np.cos(angle), np.sin(angle)), 1)
    assert betti_numbers(circle, radius=0.1) == (40, 0)
    assert betti_numbers(circle, radius=0.2) == (1, 1)
    assert betti_numbers(circle, radius=0.2, persistence=9.0) == (1, 0)


def test_bad_input_is_refused():
    with pytest.raises(NeurariumError, match="n_landmarks"):
        betti_numbers(ring(9, 0), n_landmarks=1)
    with pytest.raises(NeurariumError, match="radius"):
        betti_numbers(ring(9, 0), radius=-1.0)
    with pytest.raises(NeurariumError, match="2 samples"):
        betti_numbers(np.zeros((1, 2)))
