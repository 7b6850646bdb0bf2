import math

import numpy as np
import pytest
import torch

from neurarium.alignment import gaussian_shape_distance, shape_distance
from neurarium.core.errors import NeurariumError


def random(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape)


def rotation(n: int, seed: int = 0) -> np.ndarray:
    return np.linalg.qr(random(n, n, seed=seed))[0]


def moments(n_samples: int, n_units: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    roots = random(n_samples, n_units, n_units, seed=seed + 100) / math.sqrt(n_units)
    return random(n_samples, n_units, seed=seed), roots @ roots.transpose(0, 2, 1)


def repeats(n_samples: int, n_repeats: int, n_units: int, seed: int = 0) -> np.ndarray:
    noise = random(n_samples, n_repeats, n_units, seed=seed) @ random(n_samples, n_units, n_units, seed=seed + 1)
    return random(n_samples, 1, n_units, seed=seed + 2) + 0.5 * noise


def turned(system: tuple[np.ndarray, np.ndarray], Q: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return system[0] @ Q.T + 1.0, Q @ system[1] @ Q.T


def squared_bures(A: np.ndarray, B: np.ndarray) -> np.ndarray:
    """Of 2 x 2 matrices: ``tr (A½ B A½)½ = √(tr AB + 2 √(det A det B))``."""
    reached = np.trace(A @ B, axis1=1, axis2=2) + 2 * np.sqrt(np.linalg.det(A) * np.linalg.det(B))
    return np.trace(A + B, axis1=1, axis2=2) - 2 * np.sqrt(reached)


def test_one_sample_has_a_closed_form():
    """Over all rotations the best Bures distance pairs the sorted eigenvalues; a single mean is centred away."""
    x, y = moments(1, 5), moments(1, 5, seed=1)
    gaps = np.sqrt(np.linalg.eigvalsh(x[1][0])) - np.sqrt(np.linalg.eigvalsh(y[1][0]))
    for alpha in (0.0, 1.0):
        found = gaussian_shape_distance(x, y, alpha=alpha)
        assert found == pytest.approx(math.sqrt((2 - alpha) * np.sum(gaps**2)), abs=1e-8)


def test_where_one_rotation_suits_all_samples_it_is_the_sum_of_both_parts():
    """Means ± a e₁ and covariances diagonal in one basis: Q = 1 is the best for means and for noise alike."""
    values_x, values_y = np.array([[9.0, 4.0, 1.0], [16.0, 4.0, 0.0]]), np.array([[4.0, 1.0, 1.0], [9.0, 1.0, 0.25]])
    x = (np.array([[3.0, 0, 0], [-3.0, 0, 0]]), np.stack([np.diag(v) for v in values_x]))
    y = (np.array([[1.0, 0, 0], [-1.0, 0, 0]]), np.stack([np.diag(v) for v in values_y]))
    noise = np.sum((np.sqrt(values_x) - np.sqrt(values_y)) ** 2) / 2
    for alpha in (0.0, 0.5, 1.0, 1.7, 2.0):
        expected = math.sqrt(alpha * 4.0 + (2 - alpha) * noise)
        assert gaussian_shape_distance(x, turned(y, rotation(3)), alpha=alpha) == pytest.approx(expected, abs=1e-8)


def test_no_rotation_of_the_plane_does_better():
    x, y = moments(6, 2), moments(6, 2, seed=1)
    mu, nu = (m[0] - m[0].mean(0) for m in (x, y))
    means, noise = [], []
    for angle in np.linspace(0, 2 * math.pi, 721):
        for flip in (1, -1):
            Q = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]]) * [1, flip]
            means.append(np.sum((mu - nu @ Q.T) ** 2) / 6)
            noise.append(squared_bures(x[1], Q @ y[1] @ Q.T).mean())
    for alpha in (0.0, 0.4, 1.0, 1.6, 2.0):
        best = math.sqrt((alpha * np.array(means) + (2 - alpha) * np.array(noise)).min())
        found = gaussian_shape_distance(x, y, alpha=alpha, n_starts=4 if alpha >= 1 else 16)  # noise alone is rugged
        assert found <= best + 1e-9
        assert found == pytest.approx(best, rel=1e-4)


def test_alpha_two_is_plain_procrustes_of_the_means():
    X, Y = repeats(20, 9, 4), repeats(20, 7, 6, seed=5)
    plain = shape_distance(X.mean(1), Y.mean(1), alpha=1.0, is_angular=False)
    assert gaussian_shape_distance(X, Y, alpha=2.0) == pytest.approx(math.sqrt(2 / 20) * plain, abs=1e-12)


def test_repeats_and_their_moments_are_one():
    X, Y = repeats(8, 30, 4), repeats(8, 25, 4, seed=5)
    given = [(r.mean(1), np.stack([np.cov(s.T) for s in r])) for r in (X, Y)]
    assert gaussian_shape_distance(X, Y) == pytest.approx(gaussian_shape_distance(*given), rel=1e-7)
    few = X[:, :3]  # fewer repeats than units
    singular = (few.mean(1), np.stack([np.cov(s.T) for s in few]))
    assert gaussian_shape_distance(few, Y) == pytest.approx(gaussian_shape_distance(singular, given[1]), rel=1e-6)


@pytest.mark.parametrize("alpha", [0.0, 0.5, 1.0, 2.0])
def test_invariances(alpha):
    x, y = moments(10, 4), moments(10, 4, seed=1)
    value = gaussian_shape_distance(x, y, alpha=alpha)
    assert gaussian_shape_distance(x, turned(x, rotation(4)), alpha=alpha) < 1e-7
    assert gaussian_shape_distance(y, x, alpha=alpha) == pytest.approx(value, abs=1e-13)
    wide = (np.pad(y[0], ((0, 0), (0, 2))), np.pad(y[1], ((0, 0), (0, 2), (0, 2))))
    assert gaussian_shape_distance(wide, y, alpha=alpha) < 1e-7
    near = (x[0] + 0.3 * y[0], x[1] + 0.3 * y[1])
    value = gaussian_shape_distance(x, near, alpha=alpha)
    assert gaussian_shape_distance(turned(x, rotation(4)), near, alpha=alpha) == pytest.approx(value, rel=1e-7)
    assert gaussian_shape_distance((2 * x[0], 4 * x[1]), (2 * near[0], 4 * near[1]), alpha=alpha) == pytest.approx(
        2 * value, rel=1e-7
    )


def test_noise_alone_is_found_again_without_any_means():
    X = repeats(12, 20, 5)
    X -= X.mean(1, keepdims=True)
    assert gaussian_shape_distance(X, X @ rotation(5)) < 1e-12


def test_more_units_than_rows_in_all_change_nothing():
    X, Y = repeats(4, 3, 5), repeats(4, 3, 5, seed=9)
    wide = rotation(80)[:5]
    assert gaussian_shape_distance(X @ wide, Y) == pytest.approx(gaussian_shape_distance(X, Y), rel=1e-7)


def test_equal_means_and_other_noise_are_apart_only_with_noise():
    mean = random(10, 2)
    round_noise, long_noise = np.tile(np.eye(2), (10, 1, 1)), np.tile(np.diag([1.75, 0.25]), (10, 1, 1))
    assert gaussian_shape_distance((mean, round_noise), (mean, long_noise), alpha=2.0) < 1e-12
    gap = (math.sqrt(1.75) - 1) ** 2 + (math.sqrt(0.25) - 1) ** 2
    assert gaussian_shape_distance((mean, round_noise), (mean, long_noise)) == pytest.approx(math.sqrt(gap), abs=1e-9)


@pytest.mark.parametrize("alpha", [0.5, 1.0])
def test_triangle_inequality(alpha):
    systems = [moments(12, 3 + s % 2, seed=s) for s in range(6)]
    systems += [(m + 0.2 * random(*m.shape, seed=50 + s), S) for s, (m, S) in enumerate(systems[:3])]
    D = np.array([[gaussian_shape_distance(a, b, alpha=alpha, n_starts=8) for b in systems] for a in systems])
    assert (D[:, None] <= D[:, :, None] + D[None] + 1e-6 * D.max()).all()
    assert D[np.triu_indices(9, 1)].min() > 0.1


def test_deterministic_torch_and_numpy_agree_and_input_stays():
    X, Y = repeats(9, 6, 3), repeats(9, 6, 3, seed=5)
    before = X.copy()
    value = gaussian_shape_distance(X, Y)
    assert type(value) is float
    assert value == gaussian_shape_distance(torch.from_numpy(X), torch.from_numpy(Y))
    assert (X == before).all()


def test_bad_input_is_refused():
    X, (mean, covariance) = repeats(6, 5, 3), moments(6, 3)
    owner = "gaussian_shape_distance: "
    for given, says in [
        (X[:, :1], "`Y` must have at least 2 repeats"),
        (X[:5], "`Y` must have as many samples as X"),
        ((mean, covariance[:, :2]), r"`Y\[1\]` must hold a matrix of 3 units for each of the 6 samples"),
        ((mean, -covariance), r"`Y\[1\]` must be symmetric without negative eigenvalues"),
        ((mean,), r"`Y` must be one array, or \(means, covariances\)"),
    ]:
        with pytest.raises(NeurariumError, match=owner + says):
            gaussian_shape_distance(X, given)
    with pytest.raises(NeurariumError, match="alpha"):
        gaussian_shape_distance(X, X, alpha=2.5)
    with pytest.raises(NeurariumError, match="n_starts"):
        gaussian_shape_distance(X, X, n_starts=0)


@pytest.mark.filterwarnings("ignore:`row_stack`")
@pytest.mark.parametrize("alpha", [0.0, 0.5, 1.0, 1.5, 2.0])
def test_agrees_with_netrep_or_lies_below(alpha):
    """Its search weighs means and noise by α² and (2 - α)², its score by α and 2 - α: equal at 0, 1 and 2 alone."""
    netrep = pytest.importorskip("netrep.metrics")
    x = moments(10, 4)
    x = (x[0] - x[0].mean(0), x[1])
    for noise in (0.1, 0.3):
        extra = moments(10, 4, seed=1)
        y = turned((x[0] + noise * extra[0], x[1] + noise * extra[1]), rotation(4))
        y = (y[0] - y[0].mean(0), y[1])
        theirs = netrep.GaussianStochasticMetric(alpha=alpha, init="means", tol=1e-14).fit_score(x, y)
        found = gaussian_shape_distance(x, y, alpha=alpha)
        assert found <= theirs + 1e-7
        if alpha in (1.0, 2.0):
            assert found == pytest.approx(theirs, rel=1e-5)
