import numpy as np
import pytest
import scipy.stats
import torch

from neurarium.alignment import COMPARATORS, compare_rdms, rdm, rsa
from neurarium.alignment._ranks import _by_torch, average_ranks
from neurarium.core.errors import NeurariumError


def random(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape)


@pytest.fixture
def two():
    return rdm(random(12, 5)).values, rdm(random(12, 4, seed=1) + 0.3 * random(12, 4)).values


@pytest.mark.parametrize("compare", COMPARATORS)
def test_matrices_and_triangles_of_every_kind_give_what_rsa_gives(two, compare):
    D, E = two
    i, j = np.triu_indices(12, 1)
    value = rsa(random(12, 5), random(12, 4, seed=1) + 0.3 * random(12, 4), compare=compare)
    for x, y in ((D, E), (D[i, j], E), (D[i, j], E[i, j]), (torch.tensor(D), torch.tensor(E[i, j]))):
        assert compare_rdms(x, y, compare=compare) == pytest.approx((value, 66), abs=1e-13)
    assert compare_rdms(D.astype(np.float32), E, compare=compare).value == pytest.approx(value, abs=1e-5)


@pytest.mark.parametrize("compare", ["pearson", "spearman", "cosine", "tau_a", "rho_a"])
def test_missing_pairs_are_left_out_of_both_and_counted(two, compare):
    D, E = (m.copy() for m in two)
    D[0, 1] = D[1, 0] = E[3, 4] = E[4, 3] = E[5, 6] = E[6, 5] = np.nan
    np.fill_diagonal(D, np.nan)  # nobody looks there
    i, j = np.triu_indices(12, 1)
    d, e = D[i, j], E[i, j]
    both = ~np.isnan(d + e)
    expected = COMPARATORS[compare](torch.from_numpy(d[both]), torch.from_numpy(e[both]))
    assert compare_rdms(D, E, compare=compare) == (pytest.approx(expected, abs=1e-14), 63)


def test_ties_as_of_a_model_of_categories():
    labels = np.array([0, 0, 0, 1, 1, 1, 2, 2])
    model = (labels[:, None] != labels).astype(np.uint8)
    D = rdm(random(8, 5)).values
    i, j = np.triu_indices(8, 1)
    assert compare_rdms(model, D).value == pytest.approx(scipy.stats.spearmanr(model[i, j], D[i, j]).statistic)
    tau_b = scipy.stats.kendalltau(model[i, j], D[i, j]).statistic
    tau_a = compare_rdms(model, D, compare="tau_a").value
    tied = sum(n * (n - 1) / 2 for n in np.unique(model[i, j], return_counts=True)[1])
    assert tau_a == pytest.approx(tau_b * np.sqrt(1 - tied / (28 * 27 / 2)))
    assert compare_rdms(np.ones((8, 8)), D, compare="tau_a").value == 0


@pytest.mark.parametrize(
    "values",
    [
        random(1000),
        np.random.default_rng(0).integers(0, 5, 999).astype(float),
        np.zeros(7),
        np.array([3.0]),
        np.exp(50 * random(3000)),
        np.array([1.0, 1, 2, 2, 3, -4, 1e300]),
    ],
    ids=["distinct", "tied", "equal", "single", "skewed", "extreme"],
)
def test_ranks_equal_scipys_by_either_way(values):
    expected = scipy.stats.rankdata(values)
    assert (average_ranks(torch.tensor(values)).numpy() == expected).all()
    assert (_by_torch(torch.tensor(values)).numpy() == expected).all()


def test_bad_input_is_refused(two):
    D, E = two
    with pytest.raises(NeurariumError, match=r"compare_rdms: `rdm_y` must have as many pairs as rdm_x \(66\), got 55"):
        compare_rdms(D, E[:11, :11])
    with pytest.raises(NeurariumError, match="`rdm_x` must be symmetric"):
        compare_rdms(D + np.triu(D), E)
    with pytest.raises(NeurariumError, match="all pairs of some number of samples, got '7 numbers'"):
        compare_rdms(np.arange(7.0), E)
    with pytest.raises(NeurariumError, match="at least 3 samples, got 2"):
        compare_rdms(D[:2, :2], E[:2, :2])
    gone = np.where(D > np.quantile(D, 0.2), np.nan, D)
    with pytest.raises(NeurariumError, match=r"be complete, got '.* missing pairs'"):
        compare_rdms(gone, E, compare="whitened_cosine")
    with pytest.raises(NeurariumError, match="share at least 3 pairs"):
        compare_rdms(np.where(D < np.sort(D[D > 0])[5], D, np.nan), E)
    with pytest.raises(NeurariumError, match="equally far apart"):
        compare_rdms(1 - np.eye(12), E, compare="pearson")


def test_inputs_stay_as_they_are(two):
    D, E = two
    copies = D.copy(), E.copy()
    triangle = D[np.triu_indices(12, 1)]
    before = triangle.copy()
    for compare in COMPARATORS:
        compare_rdms(D, E, compare=compare)
        compare_rdms(triangle, E, compare=compare)
    assert (copies[0] == D).all()
    assert (copies[1] == E).all()
    assert (before == triangle).all()
