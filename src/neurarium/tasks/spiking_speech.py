"""Spoken words as spikes: the Heidelberg sets, which papers on spiking networks report on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor

from neurarium.core import require
from neurarium.core.card import task
from neurarium.core.errors import NeurariumError, bad, check_count, check_positive, unknown
from neurarium.tasks import _files
from neurarium.tasks._spike_trains import SpikeTrains

HOME = "https://zenkelab.org/datasets/"
N_CLASSES = {"shd": 20, "ssc": 35}
N_COCHLEA = 700


@task(
    summary="The Spiking Heidelberg Digits (SHD) or Spiking Speech Commands (SSC), read from their HDF5 files.",
    source="real",
    paper="arxiv:1910.07407",
    tags=("spiking", "speech", "classification"),
)
def spiking_speech(
    *, dataset: str = "shd", n_channels: int = 140, dt_ms: float = 10.0, duration_ms: float = 1400.0
) -> SpikeTrains:
    """Words as spikes of 700 model bushy cells, binned in time and pooled over neighbouring cells.

    ``x[t, c]`` is the number of spikes in ``[t dt, (t + 1) dt)`` of the cells ``c · 700 / n_channels`` and on; what
    comes after `duration_ms` is left out. Looks for ``shd/shd_train.h5`` and ``shd/shd_test.h5`` (or ``ssc/...``) in
    ``$NEURARIUM_DATA`` and the user's cache, and never downloads them. SSC takes 5 GB as it is binned by default.

    Args:
        dataset: ``shd`` (ten digits in English and German) or ``ssc`` (35 words; its validation file is not read).
        n_channels: channels left after pooling, a divisor of 700.
        dt_ms: length of a step.
        duration_ms: length of a trial.

    Raises:
        NeurariumError: when h5py or a file is missing (the message holds the line that brings it), or a file holds
            something else than spikes of this set.

    Example:
        >>> words = spiking_speech(dataset="shd")           # doctest: +SKIP
        >>> words.train_x.shape, words.n_classes            # doctest: +SKIP
        (torch.Size([140, 8156, 140]), 20)

    Paper: Cramer, Stradmann, Schemmel and Zenke 2020, arXiv:1910.07407; CC BY 4.0.
    """
    if dataset not in N_CLASSES:
        raise unknown("spiking speech set", dataset, N_CLASSES)
    check_count("spiking_speech", n_channels=n_channels)
    check_positive("spiking_speech", dt_ms=dt_ms, duration_ms=duration_ms)
    if N_COCHLEA % n_channels:
        raise bad("spiking_speech", "n_channels", f"divide {N_COCHLEA}", n_channels)
    n_steps = round(duration_ms / dt_ms)
    parts = [_read(dataset, part, n_channels, dt_ms, n_steps) for part in ("train", "test")]
    return SpikeTrains(*parts[0], *parts[1], n_classes=N_CLASSES[dataset], dt_ms=dt_ms)


def binned(
    times_s: np.ndarray, cells: np.ndarray, n_channels: int, dt_ms: float, n_steps: int
) -> Float[Tensor, "time channels"]:
    """Spikes of one trial, counted in each step and channel."""
    step = np.floor(np.asarray(times_s, dtype=np.float64) * 1000 / dt_ms + 1e-9).astype(np.int64)
    keep = step < n_steps
    channel = np.asarray(cells, dtype=np.int64) * n_channels // N_COCHLEA
    at = step[keep] * n_channels + channel[keep]
    counts = np.bincount(at, minlength=n_steps * n_channels).reshape(n_steps, n_channels)
    return torch.from_numpy(counts.astype(np.float32))


def _read(
    dataset: str, part: str, n_channels: int, dt_ms: float, n_steps: int
) -> tuple[Float[Tensor, "time trials channels"], Int64[Tensor, " trials"]]:
    path = _path(dataset, part)
    try:
        with require("speech", "h5py").File(path, "r") as file:
            return _counted(file, dataset, n_channels, dt_ms, n_steps)
    except (OSError, KeyError, ValueError) as error:
        if isinstance(error, NeurariumError):
            raise
        raise NeurariumError(f"{path}: cannot be read as spikes of {dataset} ({error}). Fetch it again.") from error


def _counted(file: Any, dataset: str, n_channels: int, dt_ms: float, n_steps: int) -> tuple[Tensor, Tensor]:
    y = torch.from_numpy(np.asarray(file["labels"]).astype(np.int64))
    times, cells = file["spikes"]["times"], file["spikes"]["units"]
    if len(times) != len(y) or len(cells) != len(y) or not bool(((y >= 0) & (y < N_CLASSES[dataset])).all()):
        raise ValueError("labels and spikes do not belong together")
    x = torch.zeros(n_steps, len(y), n_channels)
    for i in range(len(y)):
        x[:, i] = binned(times[i], cells[i], n_channels, dt_ms, n_steps)
    return x, y


def _path(dataset: str, part: str) -> Path:
    name = f"{dataset}/{dataset}_{part}.h5"
    here = _files.local_data(name, sha256=None)
    if here is None:
        target = _files._cache() / name
        raise NeurariumError(
            f"{name} is neither in ${_files.FOLDER} nor in {_files._cache()}. Run where there is a network: "
            f"mkdir -p {target.parent} && curl -fL {HOME}{target.name}.gz | gunzip > {target}"
        )
    return here
