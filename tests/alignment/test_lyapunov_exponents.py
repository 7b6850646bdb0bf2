import numpy as np
import pytest
import torch

from neurarium.alignment import lyapunov_exponents
from neurarium.core import NeurariumError


def orbit(step, start, n):
    points = [np.array(start, dtype=float)]
    for _ in range(n):
        points.append(step(points[-1]))
    return np.array(points)


def test_logistic_map_at_four_is_ln_two():
    x = orbit(lambda x: 4 * x * (1 - x), [0.3], 20_000)
    (exponent,) = lyapunov_exponents((4 - 8 * x)[:, :, None])
    assert exponent == pytest.approx(np.log(2), rel=0.01)


def test_henon_map():
    a, b = 1.4, 0.3
    points = orbit(lambda p: np.array([1 - a * p[0] ** 2 + p[1], b * p[0]]), [0.1, 0.1], 20_000)[100:]
    jacobians = np.zeros((len(points), 2, 2))
    jacobians[:, 0, 0], jacobians[:, 0, 1], jacobians[:, 1, 0] = -2 * a * points[:, 0], 1, b
    exponents = lyapunov_exponents(jacobians)
    assert exponents[0] == pytest.approx(0.4192, abs=0.01)
    assert exponents.sum() == pytest.approx(np.log(b), abs=1e-9)


def test_a_linear_map_has_the_logarithms_of_its_moduli():
    rotation = np.array([[np.cos(1.0), -np.sin(1.0)], [np.sin(1.0), np.cos(1.0)]])
    step = np.zeros((3, 3))
    step[:2, :2], step[2, 2] = 1.1 * rotation, -0.5
    skew = np.eye(3) + np.triu(np.ones((3, 3)), 1)
    step = skew @ step @ np.linalg.inv(skew)
    exponents = lyapunov_exponents(np.broadcast_to(step, (3000, 3, 3)), burn_in=500)
    np.testing.assert_allclose(exponents, np.log([1.1, 1.1, 0.5]), atol=1e-3)


def test_burn_in_steps_turn_the_axes_but_do_not_count():
    steps = np.broadcast_to(np.diag([0.5, 2.0]), (10, 2, 2)).copy()
    steps[:5] *= 100
    np.testing.assert_allclose(lyapunov_exponents(steps, burn_in=5), np.log([2.0, 0.5]))


def test_trials_are_independent_and_tensors_stay_tensors():
    steps = torch.randn(40, 3, 2, 2, generator=torch.Generator().manual_seed(0))
    together = lyapunov_exponents(steps)
    assert together.shape == (3, 2)
    torch.testing.assert_close(together[1], lyapunov_exponents(steps[:, 1]))


def test_a_superstable_orbit_is_finite():
    assert np.isfinite(lyapunov_exponents(np.zeros((4, 1, 1)))).all()


@pytest.mark.parametrize(
    ("jacobians", "burn_in", "word"),
    [
        (np.zeros((5, 2, 3)), 0, "square"),
        (np.full((5, 1, 1), np.nan), 0, "finite"),
        (np.ones((5, 1, 1)), 5, "burn_in"),
        (np.ones((5, 1)), 0, "jacobians"),
    ],
)
def test_bad_input_is_refused(jacobians, burn_in, word):
    with pytest.raises(NeurariumError, match=word):
        lyapunov_exponents(jacobians, burn_in=burn_in)
