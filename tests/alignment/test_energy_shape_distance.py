import math

import numpy as np
import pytest
import torch
from scipy.stats import norm

from neurarium.alignment import energy_shape_distance, shape_distance
from neurarium.core.errors import NeurariumError


def random(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape)


def rotation(n: int, seed: int = 0) -> np.ndarray:
    return np.linalg.qr(random(n, n, seed=seed))[0]


def repeats(n_samples: int, n_repeats: int, n_units: int, seed: int = 0) -> np.ndarray:
    noise = random(n_samples, n_repeats, n_units, seed=seed) @ random(n_samples, n_units, n_units, seed=seed + 1)
    return random(n_samples, 1, n_units, seed=seed + 2) + 0.5 * noise


def mean_distance(x: np.ndarray, y: np.ndarray) -> float:
    return float(np.mean(np.linalg.norm(x[:, :, None] - y[:, None], axis=-1)))


def test_one_unit_by_the_formula_of_normal_noise():
    """Two stimuli at ±a in X and ±b in Y, noise of variance 1, repeats at the quantiles: E|N(m, 2)| is known."""
    grid = norm.ppf((np.arange(400) + 0.5) / 400)
    a, b = 3.0, 1.8
    X, Y = (np.stack([grid + s, grid - s])[..., None] for s in (a, b))

    def mean_absolute(m: float) -> float:
        s = math.sqrt(2)
        return s * math.sqrt(2 / math.pi) * math.exp(-((m / s) ** 2) / 2) + m * (1 - 2 * norm.cdf(-m / s))

    expected = mean_absolute(a - b) - mean_absolute(0.0)
    assert energy_shape_distance(X, Y) == pytest.approx(math.sqrt(expected), rel=2e-3)
    assert energy_shape_distance(X, -Y) == pytest.approx(math.sqrt(expected), rel=2e-3)


def test_equals_its_definition_where_rotation_cannot_help():
    X = np.abs(repeats(7, 5, 1))
    Y = 2 * X[:, :3] + 0.1 * np.abs(random(7, 3, 1, seed=9))
    x, y = X - X.mean(), Y - Y.mean()
    squares = [mean_distance(x, s * y) - 0.5 * mean_distance(x, x) - 0.5 * mean_distance(y, y) for s in (1, -1)]
    assert energy_shape_distance(X, Y) == pytest.approx(math.sqrt(min(squares)), abs=1e-12)


def test_no_rotation_of_the_plane_does_better():
    X, Y = repeats(6, 8, 2), repeats(6, 8, 2, seed=5)
    x, y = (r - r.mean((0, 1)) for r in (X, Y))
    lengths = []
    for angle in np.linspace(0, 2 * math.pi, 361):
        for flip in (1, -1):
            Q = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]]) * [1, flip]
            lengths.append(mean_distance(x, y @ Q.T))
    best = math.sqrt(min(lengths) - 0.5 * mean_distance(x, x) - 0.5 * mean_distance(y, y))
    found = energy_shape_distance(X, Y)
    assert found <= best + 1e-9
    assert found == pytest.approx(best, rel=1e-3)


def test_without_noise_it_is_a_mean_distance():
    X, Y = 10 * random(30, 1, 1), 10 * random(30, 1, 1, seed=1)
    x, y = X - X.mean(), Y - Y.mean()
    best = min(np.abs(x - y).mean(), np.abs(x + y).mean())
    assert energy_shape_distance(X, Y) ** 2 == pytest.approx(best, abs=1e-12)


def test_invariances():
    X, Y = repeats(10, 6, 4), repeats(10, 7, 4, seed=5)
    near = np.concatenate([X, X + 0.1 * random(*X.shape, seed=3)], 1)
    Q = rotation(4)
    assert energy_shape_distance(X, X @ Q + 1) < 1e-7
    assert energy_shape_distance(X, Y) == pytest.approx(energy_shape_distance(Y, X), abs=1e-13)
    assert energy_shape_distance(X, np.pad(X @ Q, ((0, 0), (0, 0), (0, 3)))) < 1e-7
    value = energy_shape_distance(X, near)
    assert energy_shape_distance(X @ Q, near) == pytest.approx(value, rel=1e-7)
    assert energy_shape_distance(4 * X, 4 * near) == pytest.approx(2 * value, rel=1e-7)
    assert energy_shape_distance(X, np.concatenate([X, X], 1)) < 1e-7  # the same distribution
    noise = X - X.mean(1, keepdims=True)
    assert energy_shape_distance(noise, noise @ Q) < 1e-7


def test_sees_noise_that_has_the_same_two_moments():
    mean = 5 * random(8, 1, 2)
    round_noise = np.array([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]])
    peaked = np.array([[2.0, 0], [-2.0, 0], [0, 2.0], [0, -2.0], *[[0.0, 0.0]] * 4])
    np.testing.assert_allclose(np.cov(round_noise.T, ddof=0), np.cov(peaked.T, ddof=0), atol=1e-15)
    assert energy_shape_distance(mean + round_noise, mean + peaked) > 0.2
    assert shape_distance((mean + round_noise).mean(1), (mean + peaked).mean(1), alpha=1.0) < 1e-12


def test_triangle_inequality():
    systems = [repeats(8, 5 + s, 3 + s % 2, seed=s) for s in range(6)]
    systems += [a + 0.2 * random(*a.shape, seed=50 + s) for s, a in enumerate(systems[:3])]
    D = np.array([[energy_shape_distance(a, b, n_starts=8) for b in systems] for a in systems])
    assert (D[:, None] <= D[:, :, None] + D[None] + 1e-6 * D.max()).all()
    assert D[np.triu_indices(9, 1)].min() > 0.05


def test_torch_and_numpy_agree_and_input_stays():
    X, Y = repeats(9, 6, 3), repeats(9, 6, 3, seed=5)
    before = X.copy()
    value = energy_shape_distance(X, Y)
    assert type(value) is float
    assert value == energy_shape_distance(torch.from_numpy(X), torch.from_numpy(Y))
    assert (X == before).all()


def test_bad_input_is_refused():
    X = repeats(6, 5, 3)
    with pytest.raises(NeurariumError, match="energy_shape_distance: `Y` must have as many samples as X"):
        energy_shape_distance(X, X[:5])
    with pytest.raises(NeurariumError, match=r"`X` must be \(samples, repeats, units\)"):
        energy_shape_distance(X[0], X)
    with pytest.raises(NeurariumError, match="n_starts"):
        energy_shape_distance(X, X, n_starts=0)


@pytest.mark.filterwarnings("ignore:`row_stack`")
def test_agrees_with_netrep_up_to_its_unbiased_estimate():
    """It leaves each repeat out of its own mean distance, which is no metric; the rotation found is the same."""
    netrep = pytest.importorskip("netrep.metrics")
    X = repeats(6, 12, 3)
    X -= X.mean((0, 1))
    Y = (X + random(6, 1, 3, seed=8) + 0.4 * random(*X.shape, seed=9)) @ rotation(3)
    Y -= Y.mean((0, 1))
    metric = netrep.EnergyStochasticMetric(niter=5000, tol=1e-14)
    theirs = metric.fit_score(X, Y) ** 2
    extra = 0.5 * (mean_distance(X, X) + mean_distance(Y, Y)) / 11  # R / (R - 1) of each
    assert energy_shape_distance(X, Y) ** 2 - extra == pytest.approx(theirs, abs=1e-6)
