from types import SimpleNamespace

import numpy as np
import pytest
import torch

from neurarium.core import Rng
from neurarium.studies.alignment._identification import (
    AUDITED,
    IS_RECURRENT,
    NAMES,
    all_scores,
    audited,
    confusion,
    motif_auc,
    recorded,
    variance_shares,
    varying,
)
from neurarium.studies.alignment._known_nets import ARCHITECTURES, STIMULI, stimuli
from neurarium.tasks import digits

SIZES = SimpleNamespace(n_seeds=3, n_units=6, noise=0.1)


def made_up(n_stimuli=60):
    """Responses in which nets of one architecture share their directions, and nothing else is shared."""
    generator = np.random.default_rng(0)
    found = {}
    for kind in STIMULI:
        for name in NAMES:
            latent = generator.normal(size=(n_stimuli, 4))
            for k in range(3):
                found[f"{name}/{k}/{kind}"] = latent @ generator.normal(size=(4, 12))
    return found


def test_every_measure_names_nets_that_share_what_others_do_not():
    for name, function in AUDITED.items():
        scores = all_scores(function, made_up(), Rng(0), SIZES, is_shuffled=False)
        best = scores.reshape(*scores.shape[:3], -1).argmax(-1) % len(NAMES)
        assert (best == np.arange(len(NAMES))).mean() > 0.95, name
        mixed = all_scores(function, made_up(), Rng(0), SIZES, is_shuffled=True)
        guess = mixed.reshape(*mixed.shape[:3], -1).argmax(-1) % len(NAMES)
        assert (guess == np.arange(len(NAMES))).mean() < 0.45, name


def test_motifs_are_told_where_scores_tell_them_and_not_by_the_name_of_the_architecture():
    n = len(NAMES)
    same_motif = (IS_RECURRENT[:, None] == IS_RECURRENT).astype(float)
    scores = np.broadcast_to(same_motif[None, None, :, None, :], (4, 3, n, 2, n))
    assert motif_auc(scores) == 1
    assert motif_auc(-scores) == 0
    by_name = np.broadcast_to(np.eye(n)[None, None, :, None, :], (4, 3, n, 2, n))
    assert motif_auc(by_name) == 0.5


def test_variance_is_shared_out_to_where_it_comes_from():
    n, generator = len(NAMES), np.random.default_rng(0)
    by_stimuli = generator.normal(size=(4, 1, 1, 1, 1)) * np.ones((4, 3, n, 2, n))
    by_pair = generator.normal(size=(1, 1, n, 1, n)) * np.ones((4, 3, n, 2, n))
    assert variance_shares(by_stimuli) == pytest.approx((1, 0), abs=1e-12)
    assert variance_shares(by_pair) == pytest.approx((0, 1), abs=1e-12)
    both = variance_shares(by_stimuli + by_pair)
    assert sum(both) == pytest.approx(1, abs=1e-12)


def test_confusion_counts_who_is_taken_for_whom():
    n = len(NAMES)
    best = np.tile(np.arange(n), (3, 1))
    np.testing.assert_array_equal(confusion(best), np.eye(n))
    best[0, 1] = 2
    assert confusion(best)[1, 2] == pytest.approx(1 / 3)


def test_scrambled_images_keep_their_amplitudes_and_moved_ones_their_ink():
    images = digits(rng=Rng(0)).test_x[:20]
    shown = stimuli(images, Rng(1))
    assert tuple(shown) == STIMULI
    amplitude = torch.fft.rfft2(shown["scrambled"]).abs()
    inner = torch.fft.rfft2(images).abs()[..., 1:-1, 1:3]  # rows and columns whose phase is free
    torch.testing.assert_close(amplitude[..., 1:-1, 1:3], inner, rtol=1e-3, atol=1e-4)
    torch.testing.assert_close(shown["shifted"].sum((1, 2)), images.sum((1, 2)))
    assert not torch.equal(shown["shifted"], images)


def test_a_recording_has_as_many_units_as_electrodes_none_of_them_silent():
    responses = np.random.default_rng(0).normal(size=(40, 30))
    responses[:, :10] = 0.0
    assert varying(responses).shape == (40, 20)
    seen = recorded(responses, Rng(0), SimpleNamespace(n_units=6, noise=0.1))
    assert seen.shape == (40, 6)
    assert seen.std(0).min() > 0.5


@pytest.mark.parametrize("name", NAMES)
def test_each_net_answers_images(name):
    net = ARCHITECTURES[name]()
    x = torch.rand(5, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    found = net(x)
    assert found.shape[0] == 5
    assert found.ndim == 2


def test_on_demand_every_paired_measure_of_the_room_is_audited():
    names = set(audited(is_all=True))
    assert {*AUDITED, "shape_distance", "soft_matching_distance", "topological_rsa"} <= names
    assert set(audited(is_all=False)) == set(AUDITED)
