import hashlib
import http.server
import importlib
import io
import os
import threading
import zipfile
from functools import partial

import numpy as np
import pytest
import torch
from scipy.io import wavfile

from neurarium.core import NeurariumError, Rng
from neurarium.core.errors import UnknownNameError
from neurarium.tasks import _files, spoken_digits

module = importlib.import_module("neurarium.tasks.spoken_digits")
NAMES = [f"{digit}_{who}_{k}.wav" for digit in range(10) for who in ("george", "theo") for k in range(3)]


def wav(name):
    """A tone that is higher for a higher digit; theo's is longer."""
    t = np.arange(1600 if "theo" in name else 800) / 8000
    content = io.BytesIO()
    wavfile.write(content, 8000, (2e4 * np.sin(2 * np.pi * (200 + 300 * int(name[0])) * t)).astype(np.int16))
    return content.getvalue()


@pytest.fixture
def tiny(tmp_path, monkeypatch):
    """A made-up set of 60 tones with its own checksum, no cache, no network."""
    monkeypatch.setenv("NEURARIUM_DATA", str(tmp_path))
    monkeypatch.setenv("NEURARIUM_CACHE", str(tmp_path / "assets"))
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setattr(_files, "_cache", lambda: tmp_path / "cache")
    monkeypatch.setattr(module, "HOME", "http://127.0.0.1:9/digits.zip")

    def put(prefix="", names=NAMES):
        digest = hashlib.sha256(b"".join(n.encode() + b"\0" + wav(n) for n in sorted(NAMES)))
        monkeypatch.setattr(module, "SHA256", digest.hexdigest())
        path = tmp_path / "fsdd" / "free-spoken-digit-dataset.zip"
        path.parent.mkdir()
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(prefix + "README.md", "tones")
            for name in reversed(names):
                archive.writestr(f"{prefix}recordings/{name}", wav(name))
        return path

    return put


@pytest.mark.parametrize("prefix", ["", "free-spoken-digit-dataset-26eb9aa/"], ids=["as kept here", "as at its home"])
def test_every_recording_becomes_a_trial_with_its_label(tiny, prefix):
    tiny(prefix)
    data = spoken_digits(n_channels=24, duration_ms=150.0, test_fraction=1 / 6, rng=Rng(0))
    assert data.train_x.shape == (15, 50, 24)
    assert data.test_x.shape == (15, 10, 24)
    assert set(data.train_x.unique().tolist()) == {0.0, 1.0}
    assert data.test_y.sort().values.tolist() == list(range(10))
    loudest = data.train_x.sum(0).argmax(1).double()
    by_digit = torch.stack([loudest[data.train_y == k].mean() for k in range(10)])
    assert (by_digit.diff() > 0).all()  # a higher tone is farther along the cochlea


def test_silence_after_the_end_and_a_speaker_held_out(tiny):
    tiny()
    data = spoken_digits(n_channels=24, duration_ms=300.0, test_speaker="theo", rng=Rng(0))
    assert len(data.train_y) == len(data.test_y) == 30
    for x, last in ((data.train_x, 10), (data.test_x, 20)):
        assert x[last - 4 : last].sum() > 0
        assert x[last + 3 :].sum() == 0  # the filters ring for a moment


def test_the_seed_decides_the_split_alone(tiny):
    tiny()
    a, b, c = (spoken_digits(n_channels=8, rng=Rng(s)) for s in (1, 1, 2))
    assert torch.equal(a.test_x, b.test_x)
    assert not torch.equal(a.test_x, c.test_x)
    assert a.train_x.sum() + a.test_x.sum() == c.train_x.sum() + c.test_x.sum()


def test_the_neuron_of_a_channel_integrates_and_fires():
    u = torch.rand(4, 30, 5, generator=Rng(0)("u"))
    z = module.fire(u, 0.7)
    assert z.shape == (30, 4, 5)
    whole = 0.7 * u.sum(1) / u.amax((1, 2), keepdim=True).squeeze(1)
    assert torch.equal(z.sum(0), whole.floor())
    v = torch.zeros(4, 5, dtype=torch.float64)
    for drive, spikes in zip((0.7 * u / u.amax((1, 2), keepdim=True)).double().unbind(1), z, strict=True):
        v = v + drive
        assert torch.equal(spikes, (v >= 1 - 1e-9).float())
        v = v - spikes


def test_other_recordings_are_refused(tiny):
    path = tiny(names=NAMES[:-1])
    with pytest.raises(NeurariumError, match=r"holds other recordings .*curl -fL ") as error:
        spoken_digits(rng=Rng(0))
    assert str(path) in str(error.value)


def test_a_damaged_archive_is_refused(tiny):
    tiny().write_bytes(b"no zip")
    with pytest.raises(NeurariumError, match="cannot be read as a zip archive"):
        spoken_digits(rng=Rng(0))


def test_offline_without_the_file_the_error_names_it_and_the_line(tiny):
    with pytest.raises(NeurariumError, match=r"fsdd/free-spoken-digit-dataset.zip is neither .*curl -fL .*digits.zip$"):
        spoken_digits(rng=Rng(0))


def test_a_missing_archive_is_fetched_from_its_home_and_checked(tiny, tmp_path, monkeypatch):
    home = tmp_path / "home"
    home.mkdir()
    tiny("free-spoken-digit-dataset-26eb9aa/").rename(home / "digits.zip")
    handler = partial(QuietHandler, directory=str(home))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        monkeypatch.setattr(module, "HOME", f"http://127.0.0.1:{server.server_port}/digits.zip")
        assert len(spoken_digits(n_channels=8, rng=Rng(0)).train_y) == 50
        server.shutdown()
        thread.join()
    assert (tmp_path / "cache" / "fsdd" / "free-spoken-digit-dataset.zip").is_file()


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"n_channels": 0}, "n_channels` must be"),
        ({"rate_hz": 101.0}, "rate_hz` must give at most one spike in dt_ms=10"),
        ({"dt_ms": 0.3}, "dt_ms` must hold a whole number of samples"),
        ({"duration_ms": 705.0}, "duration_ms` must be a multiple of 10"),
        ({"test_fraction": 0.999}, "test_fraction` must leave trials"),
    ],
)
def test_bad_input_is_refused(tiny, wrong, says):
    tiny()
    with pytest.raises(NeurariumError, match=says):
        spoken_digits(**wrong, rng=Rng(0))


def test_an_unknown_speaker_is_refused(tiny):
    tiny()
    with pytest.raises(UnknownNameError, match="Did you mean 'jackson'"):
        spoken_digits(test_speaker="jakson", rng=Rng(0))


@pytest.mark.skipif(
    not os.path.isfile(os.path.join(os.environ.get("NEURARIUM_DATA", ""), "fsdd", "free-spoken-digit-dataset.zip")),
    reason="set NEURARIUM_DATA to a folder that holds fsdd/free-spoken-digit-dataset.zip",
)
def test_the_real_files():
    data = spoken_digits(dt_ms=20.0, rng=Rng(0))
    assert data.train_x.shape == (35, 2400, 32)
    assert torch.bincount(data.test_y).tolist() == [60] * 10
    assert 0.05 < data.train_x.mean() < 0.15
    means = torch.stack([data.train_x[:, data.train_y == k].mean(1) for k in range(10)])
    nearest = torch.cdist(data.test_x.transpose(0, 1).flatten(1), means.flatten(1)).argmin(1)
    assert (nearest == data.test_y).double().mean() > 0.45  # nearest class mean; chance is 0.1
