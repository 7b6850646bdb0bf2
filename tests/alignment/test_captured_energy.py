import numpy as np
import pytest
import torch

from neurarium.alignment import captured_energy
from neurarium.core import NeurariumError, Rng

N_UNITS = 8


@pytest.fixture(scope="module")
def activity():
    scales = np.linspace(3.0, 0.2, N_UNITS)
    return Rng(0).numpy("data").standard_normal((50, N_UNITS)) * scales + 0.5


def draw(k, seed=0):
    return Rng(seed).numpy("rows").standard_normal((k, N_UNITS))


@pytest.mark.parametrize("k", [1, 3, N_UNITS])
def test_leading_directions_capture_all_that_k_rows_can(activity, k):
    axes = np.linalg.svd(activity, full_matrices=False)[2]
    assert captured_energy(activity, axes[:k]) == pytest.approx(1.0)


def test_is_the_ratio_of_energies(activity):
    sizes, axes = np.linalg.svd(activity, full_matrices=False)[1:]
    expected = (sizes[2] ** 2 + sizes[5] ** 2) / (sizes[:2] ** 2).sum()
    assert captured_energy(activity, axes[[2, 5]]) == pytest.approx(expected)


def test_only_the_span_of_the_rows_counts(activity):
    rows = draw(3)
    expected = captured_energy(activity, rows)
    assert 0.05 < expected < 0.95
    assert captured_energy(activity, rows * [[1e-3], [-7.0], [400.0]]) == pytest.approx(expected)
    assert captured_energy(activity, draw(8, seed=1)[:3, :3] @ rows) == pytest.approx(expected)


def test_turning_activity_and_rows_together_or_scaling_activity_changes_nothing(activity):
    rows, turn = draw(3), np.linalg.qr(draw(N_UNITS, seed=1))[0]
    expected = captured_energy(activity, rows)
    assert captured_energy(-5 * activity @ turn, rows @ turn) == pytest.approx(expected)


def test_activity_is_not_centred():
    x = np.ones((20, 2)) + 1e-3 * Rng(0).numpy("data").standard_normal((20, 2))
    assert captured_energy(x, [[1.0, 1.0]] @ np.eye(2)) == pytest.approx(1.0)


def test_white_activity_is_captured_by_any_rows():
    white = np.linalg.qr(Rng(0).numpy("data").standard_normal((50, N_UNITS)))[0]
    for seed in range(5):
        assert captured_energy(white, draw(3, seed)) == pytest.approx(1.0)


def test_random_rows_hold_k_of_n_on_average(activity):
    sizes = np.linalg.svd(activity, compute_uv=False) ** 2
    share = [captured_energy(activity, draw(3, seed)) for seed in range(400)]
    expected = 3 / N_UNITS * sizes.sum() / sizes[:3].sum()
    error = np.std(share) / 400**0.5
    assert error < 0.01
    assert abs(np.mean(share) - expected) < 3.5 * error


def test_a_row_that_depends_on_others_adds_nothing():
    x = np.diag([3.0, 1.0, 1.0])
    assert captured_energy(x, np.array([[1.0, 0, 0], [2.0, 0, 0]])) == pytest.approx(9 / 10)
    assert captured_energy(x, np.array([[0, 1.0, 1.0], [0, 0.0, 0]])) == pytest.approx(1 / 10)
    assert captured_energy(x, np.zeros((2, 3))) == 0.0
    assert captured_energy(x, np.vstack([np.eye(3), np.ones((1, 3))])) == pytest.approx(1.0)


def test_fewer_samples_than_rows():
    x = np.array([[1.0, 2.0, 3.0]])
    assert captured_energy(x, np.eye(3)[:2]) == pytest.approx(5 / 14)


def test_torch_of_any_dtype_and_numpy_agree(activity):
    rows = draw(3)
    expected = captured_energy(activity.astype(np.float32), rows.astype(np.float32))
    x, h = torch.from_numpy(activity).float().requires_grad_(), torch.from_numpy(rows).float()
    assert captured_energy(x, h) == expected


@pytest.mark.parametrize("rows", [np.ones((2, N_UNITS + 1)), np.ones((2, 1))])
def test_units_must_agree(activity, rows):
    with pytest.raises(NeurariumError, match=r"captured_energy: `rows` must have as many units as X \(8\)"):
        captured_energy(activity, rows)


@pytest.mark.parametrize("rows", [np.ones(N_UNITS), np.ones((0, N_UNITS)), np.full((1, N_UNITS), np.nan)])
def test_bad_rows(activity, rows):
    with pytest.raises(NeurariumError, match="captured_energy: `rows` must be"):
        captured_energy(activity, rows)


def test_bad_activity():
    with pytest.raises(NeurariumError, match="captured_energy: `X` must not be zero everywhere"):
        captured_energy(np.zeros((5, N_UNITS)), draw(2))
    with pytest.raises(NeurariumError, match="captured_energy: `X` must be"):
        captured_energy(np.zeros(N_UNITS), draw(2))
