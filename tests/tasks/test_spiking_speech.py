import importlib
import sys
from types import ModuleType

import numpy as np
import pytest
import torch

from neurarium.core import NeurariumError
from neurarium.core.errors import UnknownNameError
from neurarium.tasks import _files, spiking_speech

module = importlib.import_module("neurarium.tasks.spiking_speech")
TRIALS = {  # times in seconds, cells
    "train": ([[0.0, 0.0104, 0.0199, 0.031], [0.02, 0.99]], [[0, 4, 5, 699], [350, 1]], [3, 19]),
    "test": ([[0.005, 0.006, 0.007]], [[10, 11, 14]], [0]),
}


class File(dict):
    """What h5py gives for such a file: nested by name, closed at the end."""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A made-up SHD of three trials, behind a stand-in for h5py."""
    monkeypatch.setenv("NEURARIUM_DATA", str(tmp_path))
    monkeypatch.setattr(_files, "_cache", lambda: tmp_path / "cache")
    held = {}

    def opened(path, mode):
        assert mode == "r"
        if path.read_bytes() != b"hdf5":
            raise OSError("file signature not found")
        return held[path.stem]

    monkeypatch.setitem(sys.modules, "h5py", ModuleType("h5py"))
    sys.modules["h5py"].File = opened

    def put(dataset="shd", trials=TRIALS):
        (tmp_path / dataset).mkdir()
        for part, (times, cells, labels) in trials.items():
            spikes = {
                "times": [np.array(t, dtype=np.float16) for t in times],
                "units": [np.array(c, dtype=np.uint16) for c in cells],
            }
            held[f"{dataset}_{part}"] = File(spikes=spikes, labels=np.array(labels, dtype=np.uint16))
            (tmp_path / dataset / f"{dataset}_{part}.h5").write_bytes(b"hdf5")
        return tmp_path / dataset

    return put


def test_spikes_are_counted_in_their_step_and_pool(here):
    here()
    data = spiking_speech(dt_ms=10.0, duration_ms=100.0)
    assert data.train_x.shape == (10, 2, 140)
    # step, trial, channel; the spike at 0.99 s is too late
    assert data.train_x.nonzero().tolist() == [[0, 0, 0], [1, 0, 0], [1, 0, 1], [2, 1, 70], [3, 0, 139]]
    assert data.test_x.nonzero().tolist() == [[0, 0, 2]]
    assert data.test_x[0, 0, 2] == 3
    assert data.train_y.tolist() == [3, 19]
    assert (data.n_classes, data.dt_ms) == (20, 10.0)


def test_nothing_is_lost_in_other_bins(here):
    here()
    for n_channels, dt_ms in ((700, 1.0), (7, 25.0)):
        data = spiking_speech(n_channels=n_channels, dt_ms=dt_ms, duration_ms=1000.0)
        assert data.train_x.sum((0, 2)).tolist() == [4, 2]


def test_a_time_on_an_edge_belongs_to_the_later_step():
    x = module.binned(np.array([0.03, 0.0299]), np.array([0, 0]), 140, 10.0, 5)
    assert x[:, 0].tolist() == [0, 0, 1, 1, 0]


def test_the_commands_have_35_classes(here):
    here("ssc", {**TRIALS, "train": (*TRIALS["train"][:2], [34, 0])})
    assert spiking_speech(dataset="ssc").n_classes == 35


def test_a_missing_file_is_named_with_the_line_that_fetches_it(here):
    with pytest.raises(NeurariumError, match=r"shd/shd_train.h5 is neither .*curl -fL \S*shd_train.h5.gz \| gunzip > "):
        spiking_speech()


def test_without_h5py_the_error_says_how_to_get_it(here, monkeypatch):
    here()
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(NeurariumError, match=r"h5py.*neurarium\[speech\]"):
        spiking_speech()


def test_a_damaged_file_is_refused(here):
    (here() / "shd_test.h5").write_bytes(b"cut")
    with pytest.raises(NeurariumError, match=r"shd_test.h5: cannot be read as spikes of shd \(file signature"):
        spiking_speech()


@pytest.mark.parametrize("labels", [[3], [3, 20]], ids=["too few", "too high"])
def test_bad_labels_are_refused(here, labels):
    here(trials={**TRIALS, "train": (*TRIALS["train"][:2], labels)})
    with pytest.raises(NeurariumError, match="labels and spikes do not belong together"):
        spiking_speech()


@pytest.mark.parametrize("wrong", [{"n_channels": 150}, {"n_channels": 0}, {"dt_ms": 0.0}, {"duration_ms": -1.0}])
def test_bad_numbers_are_refused(wrong):
    with pytest.raises(NeurariumError, match=f"spiking_speech: `{next(iter(wrong))}` must"):
        spiking_speech(**wrong)


def test_an_unknown_set_is_refused():
    with pytest.raises(UnknownNameError, match="Did you mean 'shd'"):
        spiking_speech(dataset="sdh")


def test_a_real_hdf5_file(tmp_path, monkeypatch):
    h5py = pytest.importorskip("h5py")
    monkeypatch.setenv("NEURARIUM_DATA", str(tmp_path))
    (tmp_path / "shd").mkdir()
    for part, (times, cells, labels) in TRIALS.items():
        with h5py.File(tmp_path / "shd" / f"shd_{part}.h5", "w") as file:
            file["labels"] = np.array(labels, dtype=np.uint16)
            for name, rows, dtype in (("times", times, np.float16), ("units", cells, np.uint16)):
                kept = file.create_dataset(f"spikes/{name}", (len(rows),), dtype=h5py.vlen_dtype(dtype))
                for i, row in enumerate(rows):
                    kept[i] = np.array(row, dtype=dtype)
    data = spiking_speech(duration_ms=1000.0)
    assert data.train_x.sum((0, 2)).tolist() == [4, 2]
    assert torch.equal(data.test_y, torch.tensor([0]))
