import numpy as np
import pytest
import torch

from neurarium.alignment import Mahalanobis, compare_rdms, crossnobis, noise_precision, rdm
from neurarium.core.errors import NeurariumError


def random(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape)


def explicit(X: np.ndarray, P: np.ndarray) -> np.ndarray:
    """The definition: the mean over ordered pairs of different repeats."""
    n, n_repeats, n_units = X.shape
    out = np.zeros((n, n))
    for a in range(n_repeats):
        for b in range(n_repeats):
            for i in range(n):
                for j in range(n):
                    out[i, j] += (a != b) * (X[i, a] - X[j, a]) @ P @ (X[i, b] - X[j, b])
    return out / (n_repeats * (n_repeats - 1) * n_units)


def test_equals_its_definition():
    X = random(6, 3, 4) + 2
    P = noise_precision(random(50, 4, seed=1) @ random(4, 4, seed=2))
    np.testing.assert_allclose(crossnobis(X), explicit(X, np.eye(4)), atol=1e-13)
    np.testing.assert_allclose(crossnobis(X, precision=P), explicit(X, P), atol=1e-12)
    np.testing.assert_allclose(crossnobis(X + 1e5), explicit(X, np.eye(4)), atol=1e-9)


def test_mean_zero_and_variance_in_closed_form_when_nothing_differs():
    # Two repeats of noise of variance 1: d = Σ_u (ε - ε')(ζ - ζ') / p, each factor of variance 2, so var d = 4 / p.
    p, n = 20, 400
    d = crossnobis(random(2 * n, 2, p))[np.arange(n), np.arange(n, 2 * n)]
    assert abs(d.mean()) < 4 * d.std() / np.sqrt(n)
    assert d.var() == pytest.approx(4 / p, rel=0.2)
    assert d.min() < 0
    biased = rdm(random(2 * n, 2, p).mean(1)).values[np.arange(n), np.arange(n, 2 * n)]
    assert biased.mean() == pytest.approx(1.0, rel=0.05)  # what noise alone gives: 2 σ² / repeats


def test_unbiased_when_responses_differ():
    means = random(5, 8, seed=1)
    values = np.mean([crossnobis(means[:, None] + random(5, 3, 8, seed=2 + s)) for s in range(400)], axis=0)
    np.testing.assert_allclose(values, rdm(means).values, atol=0.15)


def test_repeats_without_noise_give_mahalanobis():
    X, P = random(7, 4), noise_precision(random(30, 4, seed=1))
    repeated = np.repeat(X[:, None], 3, axis=1)
    np.testing.assert_allclose(
        crossnobis(repeated, precision=P), rdm(X, distance=Mahalanobis(precision=P)).values, atol=1e-12
    )
    assert compare_rdms(crossnobis(repeated), rdm(X).values).value == pytest.approx(1)


def test_an_offset_of_a_whole_repeat_changes_nothing_and_torch_gives_torch():
    X = random(6, 3, 4)
    shifted = torch.from_numpy(X + random(1, 3, 4, seed=5))
    found = crossnobis(shifted)
    assert isinstance(found, torch.Tensor)
    np.testing.assert_allclose(found, crossnobis(X), atol=1e-12)


def test_bad_input_is_refused():
    with pytest.raises(NeurariumError, match="at least 2 repeats, got 1"):
        crossnobis(random(4, 1, 3))
    with pytest.raises(NeurariumError, match=r"be \(samples, repeats, units\)"):
        crossnobis(random(4, 3))
    with pytest.raises(NeurariumError, match="crossnobis: `precision` must be for 3 units"):
        crossnobis(random(4, 2, 3), precision=np.eye(4))


# The peer casts missing values to whole numbers on its way.
@pytest.mark.filterwarnings("ignore:invalid value encountered in cast:RuntimeWarning")
def test_equals_rsatoolbox():
    rsatoolbox = pytest.importorskip("rsatoolbox")
    X = random(6, 3, 4)
    P = noise_precision(random(50, 4, seed=1))
    names = dict(stimulus=np.repeat(np.arange(6), 3), run=np.tile(np.arange(3), 6))
    dataset = rsatoolbox.data.Dataset(X.reshape(18, 4), obs_descriptors=names)
    theirs = rsatoolbox.rdm.calc_rdm(
        dataset, method="crossnobis", descriptor="stimulus", cv_descriptor="run", noise=P
    ).get_matrices()[0]
    np.testing.assert_allclose(crossnobis(X, precision=P), theirs, atol=1e-12)
