import numpy as np
import pytest

from neurarium.alignment import COMPARATORS, compare_rdms, noise_ceiling, rdm
from neurarium.core.errors import NeurariumError


def random(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape)


def equally_correlated(n_systems: int, rho: float) -> tuple[np.ndarray, np.ndarray]:
    """RDMs of 20 samples of which each two correlate by rho exactly, and the truth they are noisy versions of."""
    basis = np.linalg.qr(np.column_stack([np.ones(190), random(190, n_systems + 1)]))[0][:, 1:].T
    truth, noise = basis[0], basis[1:]
    return 5 + np.sqrt(rho) * truth + np.sqrt(1 - rho) * noise, truth


@pytest.mark.parametrize(("n_systems", "rho"), [(5, 0.4), (2, 0.1), (12, 0.7)])
def test_closed_form_for_equally_correlated_rdms(n_systems, rho):
    rdms, truth = equally_correlated(n_systems, rho)
    lower, upper = noise_ceiling(rdms, compare="pearson")
    K = n_systems
    assert upper == pytest.approx(np.sqrt((1 + (K - 1) * rho) / K), abs=1e-12)
    assert lower == pytest.approx(rho * np.sqrt((K - 1) / (1 + (K - 2) * rho)), abs=1e-12)
    true = np.mean([compare_rdms(truth, d, compare="pearson").value for d in rdms])
    assert true == pytest.approx(np.sqrt(rho), abs=1e-12)
    assert lower <= true <= upper


def test_numbers_of_the_textbook_case():
    lower, upper = noise_ceiling(equally_correlated(5, 0.4)[0], compare="pearson")
    assert (round(upper, 3), round(lower, 3)) == (0.721, 0.539)


def test_a_single_system_has_no_ceiling():
    assert noise_ceiling(equally_correlated(1, 0.5)[0]) == (None, None)


@pytest.mark.parametrize("compare", COMPARATORS)
def test_no_rdm_does_better_than_the_upper_bound_and_equal_systems_reach_it(compare):
    rdms = np.stack([rdm(random(10, 6) + 0.8 * random(10, 6, seed=s)).values for s in range(1, 5)])
    lower, upper = noise_ceiling(rdms, compare=compare)
    assert 0 < lower < upper < 1
    for s in range(30):
        other = rdm(random(10, 6) + 0.5 * random(10, 6, seed=50 + s)).values
        score = np.mean([compare_rdms(other, d, compare=compare).value for d in rdms])
        assert score < upper + 1e-9
    assert noise_ceiling(rdms[[0, 0, 0]], compare=compare) == pytest.approx((1, 1))


def test_scale_of_a_system_does_not_matter():
    rdms, _ = equally_correlated(4, 0.5)
    rescaled = rdms * np.array([[1e-3], [1.0], [50.0], [2.0]])
    for compare in COMPARATORS:
        assert noise_ceiling(rescaled, compare=compare) == pytest.approx(noise_ceiling(rdms, compare=compare))


def test_missing_pairs_take_no_part():
    rdms, _ = equally_correlated(4, 0.5)
    holes = rdms.copy()
    holes[:, 3] = np.nan
    assert noise_ceiling(holes) == pytest.approx(noise_ceiling(rdms), abs=0.02)
    holes[0, :40] = np.nan
    lower, upper = noise_ceiling(holes, compare="pearson")
    assert 0 < lower < upper < 1


def test_bad_input_is_refused():
    rdms, _ = equally_correlated(4, 0.5)
    rdms[0, 0] = np.nan
    with pytest.raises(NeurariumError, match="be complete, got '1 missing pairs'"):
        noise_ceiling(rdms, compare="whitened_cosine")
    with pytest.raises(NeurariumError, match=r"\(systems, pairs\)"):
        noise_ceiling(rdms[0])
    alone = np.full((2, 190), np.nan)
    alone[0, :50], alone[1, 50:] = rdms[1, :50], rdms[1, 50:]
    with pytest.raises(NeurariumError, match="share at least 3 pairs with another system"):
        noise_ceiling(alone, compare="pearson")


def test_equals_rsatoolbox():
    rsatoolbox = pytest.importorskip("rsatoolbox")
    rdms = np.stack([rdm(random(10, 6) + 0.8 * random(10, 6, seed=s)).values for s in range(1, 5)])
    theirs = rsatoolbox.rdm.RDMs(rdms)
    for method, ours in {"corr": "pearson", "cosine": "cosine", "spearman": "spearman", "rho-a": "rho_a"}.items():
        expected = rsatoolbox.inference.boot_noise_ceiling(theirs, method=method)
        assert noise_ceiling(rdms, compare=ours) == pytest.approx(expected, abs=1e-10)
