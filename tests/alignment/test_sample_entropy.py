import math

import numpy as np
import pytest
import torch

from neurarium.alignment import sample_entropy
from neurarium.core import NeurariumError, Rng


def by_definition(x, m, r):
    """Every pair of stretches, by Chebyshev distance."""
    n = len(x) - m
    counts = []
    for length in (m, m + 1):
        stretches = np.array([x[i : i + length] for i in range(n)])
        apart = np.abs(stretches[:, None] - stretches[None]).max(-1)
        counts.append((apart[np.triu_indices(n, 1)] <= r * x.std()).sum())
    return -math.log(counts[1] / counts[0])


@pytest.mark.parametrize(("m", "r"), [(1, 0.2), (2, 0.2), (2, 0.5), (3, 0.4)])
def test_equals_the_definition(m, r):
    x = np.cumsum(Rng(m).numpy("noise").normal(size=200)) * 0.3 + Rng(m).numpy("more").normal(size=200)
    assert sample_entropy(x, n_delays=m, tolerance=r) == pytest.approx(by_definition(x, m, r), rel=1e-12)


def test_coin_flips_have_one_bit():
    flips = Rng(0).numpy("coin").integers(0, 2, 3000).astype(float)
    assert sample_entropy(flips) == pytest.approx(math.log(2), rel=0.02)


def test_chaos_lies_between_rhythm_and_noise():
    x = [0.3]
    for _ in range(999):
        x.append(4 * x[-1] * (1 - x[-1]))
    chaos, rhythm = sample_entropy(np.array(x)), sample_entropy(np.sin(0.3 * np.arange(1000)))
    assert rhythm < chaos < sample_entropy(Rng(0).numpy("noise").normal(size=1000))
    assert chaos == pytest.approx(math.log(2), abs=0.15), "close to the rate at which the map forgets"


def test_scale_and_offset_do_not_matter():
    x = Rng(1).numpy("noise").normal(size=300)
    assert sample_entropy(x) == pytest.approx(sample_entropy(torch.from_numpy(5 + 100 * x)), rel=1e-9)


def test_what_stands_still_is_certain():
    assert sample_entropy(np.full(50, 0.1) + 1e-14 * np.arange(50)) == 0.0


def test_nothing_goes_on_to_match():
    assert sample_entropy(np.array([0.0, 0.0, 5.0, 0.0, 0.0, -9.0])) == math.inf


@pytest.mark.parametrize(
    ("x", "change", "word"),
    [
        (np.arange(3.0), {}, "4 points"),
        (np.arange(60.0) ** 3, dict(tolerance=1e-9), "match"),
        (np.array([0.0, np.nan, 1.0, 2.0]), {}, "finite"),
        (np.arange(9.0), dict(n_delays=0), "n_delays"),
        (np.arange(9.0), dict(tolerance=0.0), "tolerance"),
    ],
)
def test_bad_input_is_refused(x, change, word):
    with pytest.raises(NeurariumError, match=word):
        sample_entropy(x, **change)
