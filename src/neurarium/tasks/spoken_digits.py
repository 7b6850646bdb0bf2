"""Spoken digits as spikes: real recordings through a model of the cochlea."""

from __future__ import annotations

import hashlib
import io
import zipfile
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float
from scipy.io import wavfile
from torch import Tensor

from neurarium.core.card import task
from neurarium.core.errors import NeurariumError, bad, check_count, check_positive, unknown
from neurarium.core.rng import Rng
from neurarium.engine import asset
from neurarium.tasks._files import fetch_line, find_data
from neurarium.tasks._gammatone import erb_spaced, impulse_responses, loudness
from neurarium.tasks._spike_trains import SpikeTrains
from neurarium.tasks._split import stratified

NAME = "fsdd/free-spoken-digit-dataset.zip"
COMMIT = "26eb9aaf76e81b692f806f9140c2d2777410d7a1"
HOME = f"https://codeload.github.com/Jakobovski/free-spoken-digit-dataset/zip/{COMMIT}"
# Of the recordings, names and bytes: archives that are made on demand differ in all else.
SHA256 = "6b1a8e30f4df78a933fe25cf1ca0140c8c6f169c0a83649a15b70a5ae7407014"
SPEAKERS = ("george", "jackson", "lucas", "nicolas", "theo", "yweweler")
SAMPLE_HZ = 8000
LOWEST_HZ, HIGHEST_HZ = 100.0, 3600.0


@task(
    summary="Spoken digits: 3,000 recordings of six speakers as spikes of a model cochlea.",
    source="real",
    paper="doi:10.5281/zenodo.1342401",
    tags=("spiking", "speech", "classification"),
)
def spoken_digits(
    *,
    n_channels: int = 32,
    dt_ms: float = 10.0,
    duration_ms: float = 700.0,
    rate_hz: float = 50.0,
    test_fraction: float = 0.2,
    test_speaker: str | None = None,
    rng: Rng,
) -> SpikeTrains:
    """The Free Spoken Digit Dataset from its own wav files (8 kHz), as spikes in channels from 100 to 3,600 Hz.

    Gammatone filters, one ERB wide, equally spaced on the ERB scale; ``u = rms^0.6`` in bins of `dt_ms` (loudness),
    divided by its largest value in the recording; then a neuron a channel that integrates and fires,
    ``z[t] = ⌊c[t]⌋ - ⌊c[t-1]⌋`` with ``c = cumsum(u · rate · dt)``. Nothing is drawn but the split.

    Args:
        n_channels: filters.
        dt_ms: length of a step.
        duration_ms: length of a trial; longer recordings are cut (4 % at 700 ms), shorter ones end in silence.
        rate_hz: firing rate of the loudest channel at its peak; at most one spike a step.
        test_fraction: share of each class held out.
        test_speaker: hold out this speaker instead: george, jackson, lucas, nicolas, theo or yweweler.
        rng: stream ``split``.

    Raises:
        NeurariumError: when the files are damaged, or missing and cannot be fetched; it holds the line that does.

    Example:
        >>> digits = spoken_digits(rng=Rng(0))             # doctest: +SKIP
        >>> digits.train_x.shape, len(digits.test_y)       # doctest: +SKIP
        (torch.Size([70, 2400, 32]), 600)

    Paper: Jackson et al. 2018, doi:10.5281/zenodo.1342401; CC BY-SA 4.0.
    """
    check_count("spoken_digits", n_channels=n_channels)
    check_positive("spoken_digits", dt_ms=dt_ms, duration_ms=duration_ms, rate_hz=rate_hz)
    if rate_hz * dt_ms > 1000:
        raise bad("spoken_digits", "rate_hz", f"give at most one spike in dt_ms={dt_ms}", rate_hz)
    heard = cochleagrams(n_channels=n_channels, dt_ms=dt_ms, duration_ms=duration_ms)
    x = fire(torch.from_numpy(heard["loudness"]), rate_hz * dt_ms / 1000)
    y, speaker = torch.from_numpy(heard["digit"]), heard["speaker"]
    if test_speaker is None:
        train, test = stratified("spoken_digits", "trials", y, test_fraction, rng=rng)
    elif test_speaker in SPEAKERS:
        is_test = speaker == SPEAKERS.index(test_speaker)
        train, test = (torch.from_numpy(np.flatnonzero(side)) for side in (~is_test, is_test))
    else:
        raise unknown("speaker", test_speaker, SPEAKERS)
    return SpikeTrains(x[:, train], y[train], x[:, test], y[test], n_classes=10, dt_ms=dt_ms)


def fire(u: Float[Tensor, "trials time channels"], share: float) -> Float[Tensor, "time trials channels"]:
    """Integrate and fire: ``z[t] = ⌊c[t]⌋ - ⌊c[t-1]⌋`` with ``c = share · cumsum(u / max u)``."""
    c = (share * u / u.amax((1, 2), keepdim=True)).double().cumsum(1).floor()
    return c.diff(dim=1, prepend=torch.zeros_like(c[:, :1])).transpose(0, 1).to(u.dtype).contiguous()


@asset
def cochleagrams(*, n_channels: int, dt_ms: float, duration_ms: float) -> dict[str, np.ndarray]:
    """Loudness of every recording in each bin and channel, with its digit and speaker; filtered once and kept."""
    n_per_bin, n_bins = dt_ms * SAMPLE_HZ / 1000, duration_ms / dt_ms
    for name, value, n in (("dt_ms", dt_ms, n_per_bin), ("duration_ms", duration_ms, n_bins)):
        if abs(n - round(n)) > 1e-6:
            must = "hold a whole number of samples of 1/8 ms" if name == "dt_ms" else f"be a multiple of {dt_ms}"
            raise bad("spoken_digits", name, must, value)
    names, sounds = recordings(find_data(NAME, url=HOME, sha256=None), round(n_per_bin) * round(n_bins))
    responses = impulse_responses(erb_spaced(LOWEST_HZ, HIGHEST_HZ, n_channels), SAMPLE_HZ)
    chunks = (loudness(some, responses, round(n_per_bin)) for some in np.array_split(sounds, max(1, len(sounds) // 25)))
    digit, speaker, _ = zip(*(name.split("_") for name in names), strict=True)
    return {
        "loudness": np.concatenate(list(chunks)),
        "digit": np.array(digit).astype(np.int64),
        "speaker": np.array([SPEAKERS.index(s) for s in speaker]),
    }


def recordings(path: Path, n_samples: int) -> tuple[list[str], Float[np.ndarray, "sounds samples"]]:
    """Names of the recordings in an archive, in order, and their first `n_samples`, in [-1, 1], zeros at the end."""
    names, sounds, found = [], [], hashlib.sha256()
    try:
        with zipfile.ZipFile(path) as archive:
            files = {Path(file).name: file for file in archive.namelist() if file.endswith(".wav")}
            for name in sorted(files):
                content = archive.read(files[name])
                found.update(name.encode() + b"\0" + content)
                names.append(name)
                sounds.append(content)
    except zipfile.BadZipFile as error:
        raise NeurariumError(f"{path}: cannot be read as a zip archive ({error}). Fetch it again.") from error
    if found.hexdigest() != SHA256:
        raise NeurariumError(
            f"{path} holds other recordings than those of commit {COMMIT[:7]} (sha256 {found.hexdigest()}, "
            f"not {SHA256}). Replace it: {fetch_line(path, HOME)}"
        )
    out = np.zeros((len(sounds), n_samples), dtype=np.float32)
    for row, content in zip(out, sounds, strict=True):
        _, wave = wavfile.read(io.BytesIO(content))
        row[: len(wave)] = wave[:n_samples] / 2.0**15
    return names, out
