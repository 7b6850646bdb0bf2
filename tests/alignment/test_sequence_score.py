import numpy as np
import pytest
import torch
from scipy.stats import spearmanr

from neurarium.alignment import sequence_score
from neurarium.core import NeurariumError, Rng


def noise(seed, n_trials=30, rate=0.05):
    return Rng(seed).numpy("spikes").random((n_trials, 60, 12)) < rate


PLACES = np.arange(12.0)


def score(spikes, template=PLACES, **options):
    return sequence_score(spikes, template=template, rng=Rng(0), **options)


def test_forward_backward_and_how_surprising():
    sweep = np.eye(12)[None]
    found = score(np.concatenate([sweep, sweep[:, ::-1]]), n_shuffles=400)
    np.testing.assert_allclose(found.rho, [1, -1])
    np.testing.assert_allclose(found.p, 1 / 401)
    # ρ of n ranks in random order has a deviation of 1 / √(n - 1)
    np.testing.assert_allclose(found.z, [np.sqrt(11), -np.sqrt(11)], rtol=0.15)


def test_is_spearman_over_all_spikes_with_ties():
    spikes, template = noise(1), np.repeat(np.arange(6.0), 2)[::-1].copy()
    expected = []
    for trial in spikes:
        times, units = np.nonzero(trial)
        expected.append(spearmanr(template[units], times).statistic)
    np.testing.assert_allclose(score(spikes, template).rho, expected, atol=1e-12)


def test_chance_is_uniform_without_a_sequence_and_bursts_do_not_fool_it():
    spikes = np.zeros((200, 60, 12))
    start = Rng(2).numpy("start").integers(50, size=(200, 12))
    for k in range(8):  # every unit fires one burst of 8 spikes, at its own random time
        np.put_along_axis(spikes, (start + k)[:, None, :], 1, axis=1)
    p = score(spikes).p
    assert p.mean() == pytest.approx(0.5, abs=0.08)
    assert (p < 0.05).mean() < 0.1


def test_only_the_order_of_times_and_places_counts():
    spikes = noise(3)
    slow = np.zeros((30, 180, 12))
    slow[:, ::3] = spikes
    np.testing.assert_allclose(score(spikes).rho, score(slow, np.exp(np.arange(12.0))).rho)


def test_trials_without_order_are_nan_and_torch_answers_in_kind():
    spikes = torch.zeros(3, 10, 12)
    spikes[1, 4, :5] = 1  # all at once
    spikes[2, :, 3] = 1  # one unit
    assert all(torch.isnan(values).all() for values in sequence_score(spikes, template=np.arange(12), rng=Rng(0)))


@pytest.mark.parametrize(
    ("template", "options", "word"),
    [
        (np.arange(11.0), {}, "place"),
        (np.full(12, np.nan), {}, "finite"),
        (np.arange(12.0), dict(n_shuffles=0), "n_sh"),
    ],
)
def test_bad_input_is_refused(template, options, word):
    with pytest.raises(NeurariumError, match=word):
        score(noise(4), template, **options)
