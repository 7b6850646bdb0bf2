import itertools
import math
from fractions import Fraction

import numpy as np
import pytest

from neurarium.alignment import sdr_error_rates
from neurarium.core import NeurariumError

SMALL = dict(n_units=7, n_active=3, n_synapses=2)


def subsets(cells, size):
    return [frozenset(c) for c in itertools.combinations(cells, size)]


def enumerated(n_units, n_active, n_synapses, threshold, n_patterns, n_lost):
    """Both error rates by looking at every pattern and every choice of synapses, as exact fractions."""
    cells = range(n_units)
    patterns = subsets(cells, n_active)
    stored = patterns[0]  # by symmetry any
    grown = list(itertools.product(subsets(stored, n_synapses), *[subsets(cells, n_synapses)] * (n_patterns - 1)))
    segments = [frozenset().union(*g) for g in grown]
    noisy = [
        (stored - lost) | new
        for lost in subsets(stored, n_lost)
        for new in subsets(set(cells) - stored, n_lost)
    ]  # fmt: skip
    random = [frozenset().union(*g) for g in itertools.product(subsets(cells, n_synapses), repeat=n_patterns)]
    alarms = sum(len(x & patterns[-1]) >= threshold for x in random)
    misses = sum(len(x & a) < threshold for x in segments for a in noisy)
    return Fraction(alarms, len(random)), Fraction(misses, len(segments) * len(noisy))


@pytest.mark.parametrize("n_lost", [0, 1, 2])
@pytest.mark.parametrize("n_patterns", [1, 2, 3])
def test_equals_enumeration_of_every_pattern_and_segment(n_patterns, n_lost):
    for threshold in (1, 2, 3):
        alarms, misses = enumerated(**SMALL, threshold=threshold, n_patterns=n_patterns, n_lost=n_lost)
        rates = sdr_error_rates(**SMALL, threshold=[threshold], n_patterns=n_patterns, corruption=n_lost / 3)
        assert rates.false_positive[0] == pytest.approx(float(alarms), abs=1e-13)
        assert rates.false_negative[0] == pytest.approx(float(misses), abs=1e-13)


def test_one_pattern_is_equation_4_of_the_paper_in_exact_arithmetic():
    n, a, s, theta = 10_000, 300, 30, 12
    tail = sum(math.comb(s, b) * math.comb(n - s, a - b) for b in range(theta, s + 1))
    exact = Fraction(tail, math.comb(n, a))
    for is_mean_field in (False, True):
        rates = sdr_error_rates(
            n_units=n, n_active=a, n_synapses=s, threshold=[theta], corruption=0.2, is_mean_field=is_mean_field
        )
        assert rates.false_positive[0] == pytest.approx(float(exact), rel=1e-8)
        lost = sum(math.comb(s, k) * math.comb(a - s, 60 - k) for k in range(s - theta + 1, s + 1))
        assert rates.false_negative[0] == pytest.approx(float(Fraction(lost, math.comb(a, 60))), rel=1e-8)
        assert rates.false_negative[0] < 1e-7  # "smaller than one in 10^7" or better, section 3.1


def test_numbers_that_the_paper_states():
    union = dict(n_units=20_000, n_active=100, n_synapses=25, threshold=[15], n_patterns=10)
    for is_mean_field in (False, True):
        assert sdr_error_rates(**union, is_mean_field=is_mean_field).false_positive[0] < 1e-11
    million = sdr_error_rates(n_units=10_000, n_active=300, n_synapses=30, threshold=[15], n_segments=10**6)
    assert million.false_positive[0] < 1e-9 * 10  # "better than 1 in a billion", section 3.2
    single = sdr_error_rates(n_units=200_000, n_active=2000, n_synapses=10, threshold=[10])
    assert single.false_positive[0] == pytest.approx(9.8e-21, rel=0.01)  # Hawkins and Ahmad 2016


def test_mean_field_is_right_for_one_pattern_and_near_for_a_union():
    sizes = dict(n_units=1000, n_active=40, n_synapses=20, threshold=[2, 4, 8])
    for n_patterns, within in ((1, 1e-9), (10, 0.05)):
        a, b = (sdr_error_rates(**sizes, n_patterns=n_patterns, is_mean_field=m) for m in (False, True))
        np.testing.assert_allclose(a.false_positive, b.false_positive, rtol=within)


def test_a_neuron_errs_if_any_segment_does():
    sizes = dict(n_units=400, n_active=20, n_synapses=10, threshold=[2, 3], corruption=0.5)
    one, many = (sdr_error_rates(**sizes, n_segments=k) for k in (1, 7))
    np.testing.assert_allclose(many.false_positive, 1 - (1 - one.false_positive) ** 7)
    np.testing.assert_allclose(many.false_negative, one.false_negative * (1 - one.false_positive) ** 6)
    tiny = sdr_error_rates(n_units=10_000, n_active=100, n_synapses=30, threshold=[20], n_segments=1000)
    single = sdr_error_rates(n_units=10_000, n_active=100, n_synapses=30, threshold=[20])
    np.testing.assert_allclose(tiny.false_positive, 1000 * single.false_positive, rtol=1e-12)
    assert 0 < tiny.false_positive[0] < 1e-20


def test_thresholds_move_errors_from_one_kind_to_the_other():
    rates = sdr_error_rates(n_units=2000, n_active=60, n_synapses=30, threshold=range(1, 40), corruption=0.3)
    assert (np.diff(rates.false_positive) <= 0).all()
    assert (np.diff(rates.false_negative) >= 0).all()
    assert rates.false_negative[-1] == pytest.approx(1)
    assert rates.false_positive[-1] == 0


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"n_synapses": 4}, "`n_active` must lie between n_synapses=4 and n_units=7"),
        ({"n_active": 8}, "`n_active` must lie"),
        ({"n_patterns": 0}, "`n_patterns` must be a whole number"),
        ({"n_segments": 1.5}, "`n_segments` must be a whole number"),
        ({"corruption": 1.5}, "`corruption` must lie"),
        ({"n_active": 5, "corruption": 0.8}, "`corruption` must lie"),
        ({"threshold": 2}, "`threshold` must be a sequence"),
        ({"threshold": [0]}, "`threshold` must be a sequence"),
    ],
)
def test_bad_sizes_are_refused(wrong, says):
    with pytest.raises(NeurariumError, match=says):
        sdr_error_rates(**{**SMALL, "threshold": [1], **wrong})
