"""Speech in babble with the talker's lips in view: which part of the sound is the talker's?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from scipy.signal import lfilter
from torch import Tensor

from neurarium.core.card import task
from neurarium.core.errors import bad, check_count
from neurarium.core.rng import Rng

N_LATENTS = 4  # two formants, loudness, rounding of the lips
RADIUS, TURN, BURN_IN = 0.9, 2 * math.pi / 12, 100  # poles of the articulators: a syllable lasts 12 frames
SPREADS, DEPTH = (2.0, 2.5), 3.0  # width of the two formants in bands, their height in nepers of power


class AudioVisual(NamedTuple):
    """A batch of sequences.

    `audio`: log power of the mixture; `video`: lip coordinates; `mask`: the ideal ratio mask, in [0, 1].
    """

    audio: Float[Tensor, "time batch bands"]
    video: Float[Tensor, "time batch lips"]
    mask: Float[Tensor, "time batch bands"]


@task(
    summary="Log spectra of a talker in babble, the talker's lips, and the ideal ratio mask.",
    source="generated",
    paper="arxiv:2207.07338",
    tags=("multimodal", "speech", "regression"),
)
@dataclass(frozen=True, kw_only=True)
class AudioVisualSpeech:
    """Generated audio-visual speech: hidden articulators move lips and spectrum; others talk at the same time.

    ``z_t = 2 r cos(θ) z_{t-1} - r² z_{t-2} + e_t``, four independent articulators of variance one;
    ``log S_k = 3 Σ_j exp(-(k - f_j)² / 2 σ_j²) + z_3``, two formants ``f_j = f_j0 + w_j tanh(z_j)``;
    ``lips = M (tanh z_1, tanh z_2, tanh z_3, tanh z_4) + noise``;  ``mask = sqrt(S / (S + N))``

    N is the summed power of `n_talkers` other talkers, scaled to the signal-to-noise ratio of its sequence, which is
    uniform in `snr_range_db`. Audio is ``log(S + N)`` less its mean over bands and time of the sequence.

    Args:
        n_bands: bands of the spectrum.
        n_lips: lip coordinates; M is drawn once, the same for all talkers.
        n_talkers: talkers in the babble.
        snr_range_db: least and largest signal-to-noise ratio.
        noise_std: standard deviation of the noise on a lip coordinate.

    Raises:
        NeurariumError: for counts below one or a range that is not ascending.

    Example:
        >>> AudioVisualSpeech().draw(5, n_steps=40, rng=Rng(0)).audio.shape
        torch.Size([40, 5, 22])

    Paper: set in the place of the Grid corpus with CHiME3 noise of Adeel et al. 2022, arXiv:2207.07338.
    """

    n_bands: int = 22
    n_lips: int = 8
    n_talkers: int = 3
    snr_range_db: tuple[float, float] = (-9.0, 0.0)
    noise_std: float = 0.1

    def __post_init__(self) -> None:
        check_count("AudioVisualSpeech", n_bands=self.n_bands, n_lips=self.n_lips, n_talkers=self.n_talkers)
        if not self.snr_range_db[0] <= self.snr_range_db[1]:
            raise bad("AudioVisualSpeech", "snr_range_db", "be ascending", self.snr_range_db)
        if not 0 <= self.noise_std < math.inf:
            raise bad("AudioVisualSpeech", "noise_std", "be zero or a positive number", self.noise_std)

    def draw(self, n_sequences: int, *, n_steps: int = 40, rng: Rng) -> AudioVisual:
        """New sequences: streams ``articulators``, ``babble``, ``snr`` and ``lips`` draw them."""
        check_count("AudioVisualSpeech.draw", n_sequences=n_sequences, n_steps=n_steps)
        z = articulators((n_sequences, N_LATENTS, n_steps), rng.numpy("articulators"))
        others = articulators((n_sequences * self.n_talkers, N_LATENTS, n_steps), rng.numpy("babble"))
        signal = np.exp(self.log_spectrum(z))
        babble = np.exp(self.log_spectrum(others)).reshape(n_sequences, self.n_talkers, n_steps, -1).sum(1)
        snr_db = rng.numpy("snr").uniform(*self.snr_range_db, size=(n_sequences, 1, 1))
        noise = babble * (_power(signal) / _power(babble) * 10 ** (-snr_db / 10))
        audio = np.log(signal + noise)
        audio -= audio.mean((1, 2), keepdims=True)
        lips = self.lips(z)
        lips += self.noise_std * rng.numpy("lips").standard_normal(lips.shape)
        return AudioVisual(*map(_time_first, (audio, lips, np.sqrt(signal / (signal + noise)))))

    def log_spectrum(self, z: Float[np.ndarray, "n latents time"]) -> Float[np.ndarray, "n time bands"]:
        """Clean log power of each band."""
        bands = np.arange(self.n_bands)
        out = np.repeat(z[:, 2, :, None], self.n_bands, axis=-1)
        for j, (place, width) in enumerate(((0.25, 0.16), (0.65, 0.25))):
            formant = self.n_bands * (place + width * np.tanh(z[:, j, :, None]))
            out += DEPTH * np.exp(-((bands - formant) ** 2) / (2 * SPREADS[j] ** 2))
        return out

    def lips(self, z: Float[np.ndarray, "n latents time"]) -> Float[np.ndarray, "n time lips"]:
        """Lip coordinates without noise; their mixing matrix is the same wherever the task is used."""
        mixing = Rng(0).numpy("lips").standard_normal((self.n_lips, N_LATENTS)) / N_LATENTS**0.5
        return np.tanh(z).transpose(0, 2, 1) @ mixing.T


def articulators(shape: tuple[int, int, int], generator: np.random.Generator) -> Float[np.ndarray, "n latents time"]:
    """Damped oscillations kicked by noise (AR(2)), stationary and of variance one."""
    a1, a2 = 2 * RADIUS * math.cos(TURN), -(RADIUS**2)
    gain = (1 + a2) * ((1 - a2) ** 2 - a1**2) / (1 - a2)  # inverse of an AR(2)'s variance for kicks of variance one
    kicks = generator.standard_normal((*shape[:2], shape[2] + BURN_IN)) * gain**0.5
    return lfilter([1.0], [1.0, -a1, -a2], kicks, axis=-1)[..., BURN_IN:]


def _power(spectrum: Float[np.ndarray, "n time bands"]) -> Float[np.ndarray, "n 1 1"]:
    return spectrum.mean((1, 2), keepdims=True)


def _time_first(x: Float[np.ndarray, "n time features"]) -> Float[Tensor, "time n features"]:
    return torch.from_numpy(x).float().transpose(0, 1).contiguous()
