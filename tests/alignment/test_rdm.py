import numpy as np
import pytest
import torch
from scipy.spatial.distance import pdist, squareform

from neurarium.alignment import (
    DISTANCES,
    Correlation,
    Mahalanobis,
    PoissonKL,
    SquaredEuclidean,
    noise_precision,
    rdm,
)
from neurarium.core.errors import NeurariumError, UnknownNameError


def random(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape)


def poisson_kl(a: np.ndarray, b: np.ndarray) -> float:
    a, b = ((x + 0.1) / 1.1 for x in (a, b))
    return float(((a * np.log(a / b) - a + b) + (b * np.log(b / a) - b + a)).mean())


EXPLICIT = {
    "squared_euclidean": lambda a, b: float(((a - b) ** 2).mean()),
    "euclidean": lambda a, b: float(np.sqrt(((a - b) ** 2).mean())),
    "correlation": lambda a, b: 1 - np.corrcoef(a, b)[0, 1],
    "cosine": lambda a, b: 1 - a @ b / np.sqrt((a @ a) * (b @ b)),
    "poisson_kl": poisson_kl,
}


@pytest.mark.parametrize("name", EXPLICIT)
@pytest.mark.parametrize("is_complete", [True, False])
def test_equals_its_formula_over_the_units_that_both_have(name, is_complete):
    X = np.abs(random(9, 30)) + 3
    if not is_complete:
        X[random(9, 30, seed=1) > 0.7] = np.nan
    found = rdm(X, distance=name)
    for i in range(9):
        for j in range(9):
            both = ~np.isnan(X[i] + X[j])
            expected = EXPLICIT[name](X[i, both], X[j, both]) if i != j else 0
            assert found.values[i, j] == pytest.approx(expected, abs=1e-12)
            assert found.n_units[i, j] == both.sum()


def test_every_distance_of_the_table_is_tested():
    assert set(EXPLICIT) == set(DISTANCES)


@pytest.mark.parametrize(("name", "scipys"), [("squared_euclidean", "sqeuclidean"), ("correlation", "correlation")])
def test_equals_scipy_far_from_the_origin(name, scipys):
    X = random(20, 7) + 1e4
    scale = 7 if name == "squared_euclidean" else 1
    np.testing.assert_allclose(rdm(X, distance=name).values, squareform(pdist(X, scipys)) / scale, atol=1e-10)


def test_mahalanobis_is_euclidean_after_whitening():
    X, noise = random(12, 4), random(300, 4, seed=1) @ random(4, 4, seed=2)
    P = np.linalg.inv(np.cov(noise.T))
    values, vectors = np.linalg.eigh(P)
    whitened = X @ vectors * np.sqrt(values)
    found = rdm(X, distance=Mahalanobis(precision=P))
    np.testing.assert_allclose(found.values, rdm(whitened).values, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(rdm(X, distance=Mahalanobis(precision=np.eye(4))).values, rdm(X).values, atol=1e-12)


def test_shrunk_precision_is_ledoit_and_wolfs():
    from sklearn.covariance import ledoit_wolf

    for n, p in ((40, 6), (8, 30)):
        residuals = random(n, p) @ random(p, p, seed=1)
        np.testing.assert_allclose(noise_precision(residuals), np.linalg.inv(ledoit_wolf(residuals)[0]), rtol=1e-8)
    with pytest.raises(NeurariumError, match="at least 2 samples"):
        noise_precision(random(1, 3))
    with pytest.raises(NeurariumError, match="constant data"):
        noise_precision(np.ones((4, 3)))


def test_any_function_is_a_distance_and_torch_gives_torch():
    X = torch.randn(6, 3, generator=torch.Generator().manual_seed(0))
    found = rdm(X, distance=lambda x: torch.cdist(x, x, p=1))
    assert isinstance(found.values, torch.Tensor)
    assert found.values.dtype == torch.float64
    assert found.values[0, 1] == pytest.approx(float((X[0] - X[1]).abs().sum()), rel=1e-6)
    before = X.clone()
    for distance in DISTANCES.values():
        if not isinstance(distance, PoissonKL):
            rdm(X, distance=distance)
    assert torch.equal(X, before)


def test_a_pair_without_a_shared_unit_is_nan_and_counted():
    X = np.array([[1.0, np.nan, 2.0], [np.nan, 3.0, np.nan], [1.0, 4.0, 0.0]])
    values, n_units = rdm(X)
    assert np.isnan(values[0, 1])
    assert n_units.tolist() == [[2, 0, 2], [0, 1, 1], [2, 1, 3]]
    assert values[0, 2] == pytest.approx(2.0)
    assert np.isfinite(values[1, 2])


@pytest.mark.parametrize("is_complete", [True, False])
def test_a_pattern_without_variance_is_refused_once_and_clearly(is_complete):
    X = random(5, 4)
    X[3] = 0.1
    if not is_complete:
        X[0, 0] = np.nan
    with pytest.raises(
        NeurariumError, match=r"Correlation: `X` must vary over units in every sample, got .*sample 3 of 5"
    ):
        rdm(X, distance=Correlation())
    X[3] = 0
    with pytest.raises(NeurariumError, match=r"Cosine: `X` must be other than zero in every sample.*SquaredEuclidean"):
        rdm(X, distance="cosine")


def test_bad_input_is_refused():
    X = random(5, 4)
    with pytest.raises(UnknownNameError, match=r"no distance is called 'corelation'\. Did you mean 'correlation'"):
        rdm(X, distance="corelation")
    with pytest.raises(NeurariumError, match="finite"):
        rdm(np.where(X > 1, np.inf, X))
    with pytest.raises(NeurariumError, match="PoissonKL: `X` must hold rates or counts"):
        rdm(X, distance="poisson_kl")
    with pytest.raises(NeurariumError, match="complete for this distance, got '1 missing responses'"):
        rdm(np.where(X == X.max(), np.nan, X), distance=Mahalanobis(precision=np.eye(4)))
    with pytest.raises(NeurariumError, match="be for 4 units"):
        rdm(X, distance=Mahalanobis(precision=np.eye(3)))
    with pytest.raises(NeurariumError, match="symmetric and positive definite"):
        rdm(X, distance=Mahalanobis(precision=-np.eye(4)))
    with pytest.raises(NeurariumError, match="positive"):
        PoissonKL(prior_rate=0.0)
    with pytest.raises(NeurariumError, match=r"be \(samples, units\)"):
        rdm(X[0])
    with pytest.raises(NeurariumError, match="numpy array or a torch tensor"):
        rdm(X.tolist())


def test_equals_rsatoolbox():
    rsatoolbox = pytest.importorskip("rsatoolbox")
    X = np.abs(random(15, 8)) + 0.1
    P = noise_precision(random(60, 8, seed=1))
    dataset = rsatoolbox.data.Dataset(X)
    for method, distance in {
        "euclidean": SquaredEuclidean(),
        "correlation": Correlation(),
        "mahalanobis": Mahalanobis(precision=P),
        "poisson": PoissonKL(),
    }.items():
        noise = dict(noise=P) if method == "mahalanobis" else {}
        theirs = rsatoolbox.rdm.calc_rdm(dataset, method=method, **noise).get_matrices()[0]
        np.testing.assert_allclose(rdm(X, distance=distance).values, theirs, atol=1e-12)
