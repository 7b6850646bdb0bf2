import math

import numpy as np
import pytest
import torch

from neurarium.core import Rng
from neurarium.core.errors import NeurariumError
from neurarium.tasks import AudioVisualSpeech
from neurarium.tasks.audio_visual_speech import RADIUS, TURN, articulators


def test_articulators_are_an_ar2_process_of_variance_one():
    z = articulators((400, 4, 300), np.random.default_rng(0))
    assert z.var() == pytest.approx(1, abs=0.03)
    a1, a2 = 2 * RADIUS * math.cos(TURN), -(RADIUS**2)
    lag_1 = a1 / (1 - a2)  # Yule-Walker
    lag_2 = a1 * lag_1 + a2
    assert (z[..., 1:] * z[..., :-1]).mean() == pytest.approx(lag_1, abs=0.03)
    assert (z[..., 2:] * z[..., :-2]).mean() == pytest.approx(lag_2, abs=0.03)


def test_one_band_by_hand():
    z = np.zeros((1, 4, 1))
    z[0, 2] = 0.5
    spectrum = AudioVisualSpeech(n_bands=20).log_spectrum(z)[0, 0]
    by_hand = [3 * math.exp(-((k - 5) ** 2) / 8) + 3 * math.exp(-((k - 13) ** 2) / 12.5) + 0.5 for k in range(20)]
    assert spectrum == pytest.approx(np.array(by_hand))


@pytest.mark.parametrize("snr_db", [-9.0, 0.0])
def test_signal_to_noise_ratio_is_as_asked(snr_db):
    talk, rng = AudioVisualSpeech(snr_range_db=(snr_db, snr_db)), Rng(0)
    out = talk.draw(30, rng=rng)
    clean = np.exp(talk.log_spectrum(articulators((30, 4, 40), Rng(0).numpy("articulators"))))
    share = out.mask.double().square().transpose(0, 1).numpy()  # S / (S + N)
    noise = clean * (1 / share - 1)
    found = 10 * np.log10(clean.mean((1, 2)) / noise.mean((1, 2)))
    assert found == pytest.approx(np.full(30, snr_db), abs=1e-3)


def test_audio_is_the_mixture_and_its_mask_takes_the_talker_out():
    talk = AudioVisualSpeech()
    out = talk.draw(6, rng=Rng(3))
    clean = talk.log_spectrum(articulators((6, 4, 40), Rng(3).numpy("articulators")))
    masked = (out.audio.double() + 2 * out.mask.double().log()).transpose(0, 1).numpy()
    differ = masked - clean  # one number a sequence: the level that was taken off
    assert np.abs(differ - differ.mean((1, 2), keepdims=True)).max() < 1e-3


def test_lips_tell_of_their_own_talker_alone():
    talk = AudioVisualSpeech(noise_std=0.0)
    out = talk.draw(50, rng=Rng(1))
    z = np.tanh(articulators((50, 4, 40), Rng(1).numpy("articulators")))
    lips = out.video.transpose(0, 1).reshape(-1, 8).double().numpy()
    latent = z.transpose(0, 2, 1).reshape(-1, 4)
    recovered = lips @ np.linalg.lstsq(lips, latent, rcond=None)[0]
    assert np.abs(recovered - latent).max() < 1e-4
    assert np.corrcoef(recovered[:, 2], np.roll(latent[:, 2], 40 * 7))[0, 1] ** 2 < 0.05


def test_same_seed_same_sequences_and_other_talkers_do_not_move_the_lips():
    one, two = (AudioVisualSpeech(n_talkers=n).draw(4, rng=Rng(5)) for n in (2, 3))
    assert torch.equal(one.video, two.video)
    assert not torch.equal(one.audio, two.audio)
    assert torch.equal(one.audio, AudioVisualSpeech(n_talkers=2).draw(4, rng=Rng(5)).audio)
    assert ((one.mask > 0) & (one.mask < 1)).all()


@pytest.mark.parametrize(
    "change", [dict(n_bands=0), dict(n_lips=0), dict(n_talkers=0), dict(snr_range_db=(1.0, 0.0)), dict(noise_std=-1.0)]
)
def test_bad_options_are_refused(change):
    with pytest.raises(NeurariumError, match=next(iter(change))):
        AudioVisualSpeech(**change)


def test_bad_draw_is_refused():
    with pytest.raises(NeurariumError, match="n_sequences"):
        AudioVisualSpeech().draw(0, rng=Rng(0))
