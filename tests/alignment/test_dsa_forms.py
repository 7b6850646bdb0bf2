import numpy as np
import pytest
import scipy.linalg
import torch

from neurarium.alignment import dsa_distances, generators, traceless
from neurarium.core.errors import NeurariumError


def random(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def test_the_generator_of_an_exponential_is_what_was_exponentiated():
    L = 0.05 * random(3, 6, 6)
    for dt_ms in (1.0, 2.5):
        A = np.stack([scipy.linalg.expm(dt_ms * one) for one in L])
        np.testing.assert_allclose(generators(A, dt_ms=dt_ms), L, atol=1e-12)


def test_generators_do_not_depend_on_the_step():
    """Sampled twice as densely, operators look more alike; their generators do not."""
    L = 0.2 * random(2, 5, 5)
    fine, coarse = (np.stack([scipy.linalg.expm(dt * one) for one in L]) for dt in (0.1, 1.0))
    assert dsa_distances(fine).values[0, 1] < 0.3 * dsa_distances(coarse).values[0, 1]
    one, other = (dsa_distances(generators(A, dt_ms=dt)).values[0, 1] for A, dt in ((fine, 0.1), (coarse, 1.0)))
    assert one == pytest.approx(other, abs=1e-3)


def test_traceless_takes_off_what_no_rotation_can_change():
    A = np.eye(4) + 0.01 * random(2, 4, 4)
    found = traceless(A)
    np.testing.assert_allclose(np.trace(found, axis1=1, axis2=2), 0, atol=1e-12)
    np.testing.assert_allclose(found - (found * np.eye(4)), A - A * np.eye(4))
    assert dsa_distances(found).values[0, 1] > 20 * dsa_distances(A).values[0, 1]
    Q = np.linalg.qr(random(4, 4))[0]
    np.testing.assert_allclose(traceless((Q @ A[0] @ Q.T)[None])[0], Q @ found[0] @ Q.T, atol=1e-12)


def test_answers_in_kind():
    A = torch.eye(3)[None] + 0.01
    assert isinstance(traceless(A), torch.Tensor)
    assert isinstance(generators(A, dt_ms=1.0), torch.Tensor)


def test_operators_without_a_generator_are_refused():
    with pytest.raises(NeurariumError, match="no eigenvalue that is zero or negative"):
        generators(np.diag([0.5, -0.1])[None], dt_ms=1.0)
    with pytest.raises(NeurariumError, match="square matrices"):
        traceless(random(2, 3, 4))
    with pytest.raises(NeurariumError, match="dt_ms"):
        generators(np.eye(2)[None], dt_ms=0.0)
