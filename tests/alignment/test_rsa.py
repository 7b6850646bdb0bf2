import numpy as np
import pytest
import scipy.stats
import torch

from neurarium.alignment import COMPARATORS, DISTANCES, RBF, Mahalanobis, cka, rdm, rsa
from neurarium.core.errors import NeurariumError, UnknownNameError


def random(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape)


def rotation(n: int, seed: int = 0) -> np.ndarray:
    return np.linalg.qr(random(n, n, seed=seed))[0]


def systems(n: int, p: int, q: int) -> tuple[np.ndarray, np.ndarray]:
    X, Y = random(n, p) + 4, random(n, q, seed=1) + 4
    Y[:, 0] += 2 * X[:, 0]
    return np.abs(X), np.abs(Y)


def upper(X: np.ndarray, distance: str) -> np.ndarray:
    return rdm(X, distance=distance).values[np.triu_indices(len(X), 1)]


def covariance_of_pairs(n: int) -> np.ndarray:
    """V of distances under independent noise: entries (c_pᵀ c_q)² of contrasts c = e_i - e_j."""
    i, j = np.triu_indices(n, 1)
    contrasts = np.eye(n)[i] - np.eye(n)[j]
    return (contrasts @ contrasts.T) ** 2


def whitened(d: np.ndarray, e: np.ndarray, n: int) -> float:
    inverse = np.linalg.inv(covariance_of_pairs(n))
    return float(d @ inverse @ e / np.sqrt((d @ inverse @ d) * (e @ inverse @ e)))


def rho_a(d: np.ndarray, e: np.ndarray) -> float:
    n, r, s = len(d), scipy.stats.rankdata(d), scipy.stats.rankdata(e)
    return float(12 * ((r - r.mean()) * (s - s.mean())).sum() / (n**3 - n))


def tau_a(d: np.ndarray, e: np.ndarray) -> float:
    i, j = np.triu_indices(len(d), 1)
    return float(np.mean(np.sign(d[i] - d[j]) * np.sign(e[i] - e[j])))


EXPLICIT = {
    "pearson": lambda d, e, n: np.corrcoef(d, e)[0, 1],
    "spearman": lambda d, e, n: scipy.stats.spearmanr(d, e).statistic,
    "cosine": lambda d, e, n: d @ e / np.sqrt((d @ d) * (e @ e)),
    "whitened_cosine": whitened,
    "whitened_pearson": lambda d, e, n: whitened(d - d.mean(), e - e.mean(), n),
    "tau_a": lambda d, e, n: tau_a(d, e),
    "rho_a": lambda d, e, n: rho_a(d, e),
}


@pytest.mark.parametrize("compare", COMPARATORS)
@pytest.mark.parametrize("distance", DISTANCES)
@pytest.mark.parametrize("sizes", [(17, 5, 8), (12, 40, 6)])
def test_every_pair_of_distance_and_comparator_equals_explicit_rdms(sizes, distance, compare):
    X, Y = systems(*sizes)
    expected = EXPLICIT[compare](upper(X, distance), upper(Y, distance), sizes[0])
    assert rsa(X, Y, distance=distance, compare=compare) == pytest.approx(expected, abs=1e-12)


def test_rdms_of_more_than_one_block_are_the_same():
    X, Y = random(700, 4), random(700, 3, seed=1)
    for compare in ("spearman", "pearson"):
        expected = EXPLICIT[compare](upper(X, "euclidean"), upper(Y, "euclidean"), 700)
        assert rsa(X, Y, distance="euclidean", compare=compare) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("sizes", [(40, 6, 9), (15, 60, 80)])
def test_whitened_cosine_of_squared_euclidean_is_linear_cka(sizes):
    X, Y = systems(*sizes)
    assert rsa(X, Y, compare="whitened_cosine") == pytest.approx(cka(X, Y, is_debiased=False), abs=1e-12)


def test_euclidean_kinds_see_no_rotation_and_correlation_sees_no_scale_or_offset_of_a_sample():
    X, Y = random(30, 6), random(30, 9, seed=1)
    moved = 3.7 * X @ rotation(6) + random(6, seed=2)
    for distance in ("squared_euclidean", "euclidean"):
        for compare in COMPARATORS:
            still = rsa(X, Y, distance=distance, compare=compare)
            assert rsa(moved, Y, distance=distance, compare=compare) == pytest.approx(still, abs=1e-10)
    rescaled = np.abs(random(30, 1, seed=3)) * X[:, ::-1] + random(30, 1, seed=4)
    still = rsa(X, Y, distance="correlation")
    assert rsa(rescaled, Y, distance="correlation") == pytest.approx(still, abs=1e-13)
    assert abs(rsa(X @ rotation(6), Y, distance="correlation") - still) > 1e-3


def test_pearson_averages_zero_for_unrelated_systems_and_cosine_does_not():
    pairs = [(random(20, 60, seed=2 * s), random(20, 60, seed=2 * s + 1)) for s in range(200)]
    values = [rsa(X, Y) for X, Y in pairs]
    assert abs(np.mean(values)) < 4 * np.std(values) / np.sqrt(200)
    X, Y = random(20, 512), random(20, 512, seed=1)
    assert rsa(X, Y, distance="correlation", compare="cosine") > 0.99


def test_mahalanobis_has_a_closed_form_too():
    X, Y = random(20, 4), random(20, 4, seed=1) + 0.5 * random(20, 4)
    distance = Mahalanobis(precision=np.diag([1.0, 2.0, 3.0, 4.0]))
    X2, Y2 = (A * np.sqrt([1.0, 2.0, 3.0, 4.0]) for A in (X, Y))
    assert rsa(X, Y, distance=distance) == pytest.approx(rsa(X2, Y2), abs=1e-13)


def test_functions_may_stand_for_names():
    X, Y = systems(15, 5, 4)
    by_hand = rsa(X, Y, distance=lambda x: 1 - RBF()(x), compare=lambda d, e: torch.corrcoef(torch.stack([d, e]))[0, 1])
    assert by_hand == pytest.approx(rsa(X, Y, distance=lambda x: 1 - RBF()(x)), abs=1e-12)
    assert type(by_hand) is float


def test_symmetric_and_one_for_itself():
    X, Y = systems(25, 5, 7)
    for compare in COMPARATORS:
        assert rsa(X, Y, compare=compare) == pytest.approx(rsa(Y, X, compare=compare), abs=1e-14)
        assert rsa(X, X, compare=compare) == pytest.approx(1, abs=1e-13)


def test_precise_for_tiny_scales_and_kinds_of_input():
    X, Y = random(40, 5), random(40, 4, seed=1)
    value = rsa(X, Y)
    assert rsa(1e-200 * X, 1e200 * Y) == pytest.approx(value, abs=1e-13)
    before = X.copy()
    assert value == rsa(torch.from_numpy(X), torch.tensor(Y, requires_grad=True))
    assert (X == before).all()


def test_ties_survive_rounding():
    labels = np.random.default_rng(0).integers(0, 3, 30)
    one_hot, D = np.eye(3)[labels] @ rotation(3), random(30, 5) + labels[:, None]
    model = (labels[:, None] != labels)[np.triu_indices(30, 1)].astype(float)
    for compare in ("spearman", "tau_a", "rho_a"):
        for distance in ("squared_euclidean", "euclidean", "cosine"):
            expected = EXPLICIT[compare](model, upper(D, distance), 30)
            assert rsa(one_hot, D, distance=distance, compare=compare) == pytest.approx(expected, abs=1e-12)
            assert len(np.unique(upper(one_hot, distance))) == 2


def test_bad_input_is_refused():
    X = random(10, 3)
    with pytest.raises(NeurariumError, match=r"rsa: `Y` must have as many samples as X \(10\), got 9"):
        rsa(X, X[:9])
    with pytest.raises(NeurariumError, match="at least 3 samples"):
        rsa(X[:2], X[:2])
    with pytest.raises(NeurariumError, match="finite"):
        rsa(np.where(X > 1, np.nan, X), X)
    with pytest.raises(UnknownNameError, match="Did you mean 'spearman'"):
        rsa(X, X, compare="sperman")
    for compare in ("pearson", "spearman", "whitened_pearson"):
        with pytest.raises(NeurariumError, match="equally far apart"):
            rsa(np.eye(10), X, compare=compare)
    with pytest.raises(NeurariumError, match="equally far apart"):
        rsa(np.eye(10), X, distance="euclidean")
    for compare in ("pearson", "cosine", "whitened_cosine", "spearman"):
        for constant in (0.0, 0.1):
            with pytest.raises(NeurariumError, match="must vary over samples, got 'constant data'"):
                rsa(np.full((10, 3), constant), X, compare=compare)


def test_equals_rsatoolbox():
    rsatoolbox = pytest.importorskip("rsatoolbox")
    X, Y = systems(15, 8, 6)
    names = {
        "cosine": "cosine",
        "corr": "pearson",
        "spearman": "spearman",
        "tau-a": "tau_a",
        "rho-a": "rho_a",
        "cosine_cov": "whitened_cosine",
        "corr_cov": "whitened_pearson",
    }
    for method, distance in {"euclidean": "squared_euclidean", "correlation": "correlation"}.items():
        a, b = (rsatoolbox.rdm.calc_rdm(rsatoolbox.data.Dataset(A), method=method) for A in (X, Y))
        for theirs, ours in names.items():
            expected = rsatoolbox.rdm.compare(a, b, method=theirs)[0, 0]
            tolerance = 1e-5 if theirs.endswith("cov") else 1e-12  # they solve for the whitening by iteration
            assert rsa(X, Y, distance=distance, compare=ours) == pytest.approx(expected, abs=tolerance)
