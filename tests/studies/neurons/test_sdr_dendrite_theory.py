import numpy as np
import pytest
import torch

from neurarium.core import Rng
from neurarium.studies.neurons._sdr_simulation import Count, Setting, corrupted, count, random_patterns, settings
from neurarium.studies.neurons.sdr_dendrite_theory import COUNTED, FIGURE_6, in_nmda_range, safe_threshold


def test_patterns_have_their_size_and_avoid_what_they_should():
    generator = Rng(0)("patterns")
    first = random_patterns(50, 40, 7, generator)
    other = random_patterns(50, 40, 9, generator, outside=first)
    assert (first.sum(1) == 7).all()
    assert (other.sum(1) == 9).all()
    assert not (first & other).any()
    noisy = corrupted(first, 3 / 7, generator)
    assert (noisy.sum(1) == 7).all()
    assert ((noisy & first).sum(1) == 4).all()


def test_settings_lie_in_their_ranges():
    for s in settings(200, Rng(0).numpy("settings"), density=(0.005, 0.02), **COUNTED):
        assert 1000 <= s.n_units <= 4000
        assert 8 <= s.n_synapses <= min(24, s.n_active)
        assert 0.004 < s.n_active / s.n_units < 0.021
        assert 1 <= s.n_patterns <= 8


def test_counts_are_worth_less_when_units_differ():
    generator = torch.Generator().manual_seed(0)
    alike = torch.rand(400, 300, generator=generator) < 0.2
    differ = torch.rand(400, 300, generator=generator) < 0.2 + 0.1 * torch.randn(300, generator=generator)
    assert count(alike, 0.2, 0.2).n_occasions == pytest.approx(120_000, rel=0.2)
    assert count(differ, 0.2, 0.2).n_occasions < 20_000
    single = count(alike[:1], 0.2, np.nan)
    assert (single.n_errors, single.n_occasions) == (alike[0].sum().item(), 300)


def test_interval_of_a_binomial_count():
    assert Count(50, 1000, 0.05, np.nan).is_inside(0.05)
    assert not Count(80, 1000, 0.05, np.nan).is_inside(0.05)
    assert Count(0, 1000, 0.0, np.nan).is_inside(0.0)
    inside = [
        Count(n, 500, 0.1, 0.1).is_inside(0.1) for n in np.random.default_rng(0).binomial(500, 0.1, 2000)
    ]  # fmt: skip
    assert 0.985 < np.mean(inside) < 1


def test_thresholds_of_the_paper():
    assert in_nmda_range(np.array([7, 8, 20, 21])) == 0.5
    drawn = settings(40, Rng(1).numpy("settings"), density=(0.005, 0.03), **FIGURE_6)
    assert 8 <= safe_threshold(drawn) <= 12  # the paper reads 9 off its figure
    dense = [Setting(1000, 500, 30, 1, 0.0)]
    assert safe_threshold(dense) > 25
