"""Systems read from files: every kind, nothing unpickled, one clear error for what cannot be read."""

import os
import pickle
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file
from scipy.io import savemat

from neurarium.alignment import compare, read_systems
from neurarium.core import Recording
from neurarium.core.errors import NeurariumError


@pytest.fixture
def x():
    return np.random.default_rng(0).normal(size=(20, 4))


def test_each_kind_of_file_gives_its_arrays(tmp_path, x):
    np.save(tmp_path / "one.npy", x)
    np.savez(tmp_path / "two.npz", a=x, b=2 * x)
    save_file({"rates": x}, tmp_path / "three.safetensors")
    savemat(tmp_path / "four.mat", {"responses": x, "label": "text"})
    files = [str(tmp_path / name) for name in ("one.npy", "two.npz", "three.safetensors", "four.mat")]
    found = read_systems(files)
    assert list(found) == ["one", "a", "b", "three", "four"]
    np.testing.assert_array_equal(found["b"], 2 * x)
    np.testing.assert_array_equal(found["four"], x)


def test_one_array_of_a_file_is_chosen_by_name(tmp_path, x):
    np.savez(tmp_path / "two.npz", a=x, b=2 * x)
    found = read_systems([f"{tmp_path}/two.npz::b"])
    assert list(found) == ["b"]
    np.testing.assert_array_equal(found["b"], 2 * x)


def test_arrays_of_one_name_are_told_apart_by_their_files(tmp_path, x):
    for name in ("rnn", "mouse"):
        np.savez(tmp_path / f"{name}.npz", x=x, y=x)
    found = read_systems([str(tmp_path / "rnn.npz"), f"{tmp_path}/mouse.npz::x"])
    assert list(found) == ["rnn:x", "y", "mouse:x"]


def test_a_recording_gives_trials_first(tmp_path):
    values = np.arange(24.0).reshape(4, 3, 2)  # time, trials, units
    path = Recording({"rate": values}).save(tmp_path / "kept")
    found = read_systems([f"{path}.safetensors"])
    np.testing.assert_array_equal(found["kept"], values.swapaxes(0, 1))


def test_structs_of_matlab_are_called_by_their_names(tmp_path):
    square = np.ones((5, 5)) - np.eye(5)
    kind = np.dtype([("RDM", object), ("name", object)])
    savemat(tmp_path / "rdms.mat", {"R": np.array([(square, "hIT"), (2 * square, "V1")], dtype=kind)})
    found = read_systems([str(tmp_path / "rdms.mat")])
    assert list(found) == ["hIT", "V1"]
    np.testing.assert_array_equal(found["V1"], 2 * square)


@pytest.fixture
def nwb(tmp_path):
    pynwb = pytest.importorskip("pynwb", reason="extra nwb")
    file = pynwb.NWBFile("a session", "id", datetime(2026, 1, 1, tzinfo=UTC))
    file.add_acquisition(
        pynwb.TimeSeries(name="lfp", data=np.arange(200.0).reshape(100, 2), unit="V", rate=100.0, starting_time=0.0)
    )
    for start in (0.1, 0.5):
        file.add_trial(start_time=start, stop_time=start + 0.2)
    for times in ([0.105, 0.112, 0.55], [0.145, 0.69]):
        file.add_unit(spike_times=times)
    with pynwb.NWBHDF5IO(str(tmp_path / "mouse.nwb"), "w") as io:
        io.write(file)
    return str(tmp_path / "mouse.nwb")


def test_nwb_is_cut_into_trials(nwb):
    found = read_systems([nwb])
    lfp, units = found["lfp"], found["units"]
    assert lfp.shape == (2, 20, 2)
    np.testing.assert_array_equal(lfp[1, 0], [100.0, 101.0])  # sample 50, at 0.5 s
    assert units.shape == (2, 10, 2)  # bins of 20 ms
    np.testing.assert_array_equal(units[0, :, 0], [2, 0, 0, 0, 0, 0, 0, 0, 0, 0])
    np.testing.assert_array_equal(units[1, :, 0], [0, 0, 1, 0, 0, 0, 0, 0, 0, 0])
    np.testing.assert_array_equal(units[1, :, 1], [0, 0, 0, 0, 0, 0, 0, 0, 0, 1])


def test_what_cannot_be_read_is_refused_in_one_line(tmp_path, x):
    np.savez(tmp_path / "good.npz", a=x)
    whole = (tmp_path / "good.npz").read_bytes()
    (tmp_path / "cut.npz").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "text.npy").write_text("no array")
    (tmp_path / "other.csv").write_text("1,2")
    np.savez(tmp_path / "flat.npz", a=x[:, 0])
    for name, message in [
        ("missing.npy", "missing.npy cannot be read"),
        ("cut.npz", "cut.npz cannot be read"),
        ("text.npy", "text.npy cannot be read"),
        ("other.csv", "no kind of file is called '.csv'"),
        ("flat.npz", "hold an array of two or three axes"),
        ("good.npz::b", "no array in good.npz is called 'b'"),
    ]:
        with pytest.raises(NeurariumError, match=message) as caught:
            read_systems([str(tmp_path / name)])
        assert "\n" not in str(caught.value)
    with pytest.raises(NeurariumError, match="must be different"):
        read_systems([str(tmp_path / "good.npz")] * 2)


class Trap:
    def __reduce__(self):
        return print, ("unpickled",)


def test_nothing_is_unpickled(tmp_path, capsys):
    np.save(tmp_path / "trap.npy", np.array([Trap()], dtype=object), allow_pickle=True)
    with zipfile.ZipFile(tmp_path / "trap.npz", "w") as archive:
        archive.write(tmp_path / "trap.npy", "trap.npy")
    assert pickle.dumps(Trap())
    for name in ("trap.npy", "trap.npz"):
        with pytest.raises(NeurariumError, match="cannot be read"):
            read_systems([str(tmp_path / name)])
    assert "unpickled" not in capsys.readouterr().out


def test_files_go_straight_into_a_comparison(tmp_path, x):
    np.savez(tmp_path / "rnn.npz", a=x)
    np.savez(tmp_path / "mouse.npz", a=x @ np.diag([1.0, 2.0, 3.0, 4.0]))
    found = compare(read_systems([str(tmp_path / n) for n in ("rnn.npz", "mouse.npz")]), measures="cka", null=9, ci=9)
    assert found.names == ("rnn", "mouse")
    assert 0 < found["cka"].values.loc["rnn", "mouse"] < 1


def test_files_of_rdms_are_compared_as_such(tmp_path):
    generator = np.random.default_rng(0)
    points = generator.normal(size=(30, 5))
    near, far = points + 0.3 * generator.normal(size=points.shape), generator.normal(size=points.shape)
    for name, p in (("human", points), ("monkey", near), ("model", far)):
        np.save(tmp_path / f"{name}.npy", ((p[:, None] - p) ** 2).sum(-1))
    found = compare(read_systems([str(tmp_path / f"{n}.npy") for n in ("human", "monkey", "model")]), null=60, ci=60)
    assert list(found) == ["compare-rdms"]
    assert all("needs" in why for why in found.skipped.values())
    table = found.table().set_index(["a", "b"])
    assert table.loc[("human", "monkey"), "is_trusted"]
    assert table.loc[("human", "monkey"), "value"] > 0.8
    assert "not told from unrelated data" in table.loc[("human", "model"), "reason"]
    assert table.n_rows.eq(30).all()


@pytest.mark.skipif("NEURARIUM_DATA" not in os.environ, reason="no NEURARIUM_DATA: the 92 images' RDMs are not here")
def test_monkey_and_human_cortex_are_more_alike_than_pixels_and_human_cortex():
    folder = Path(os.environ["NEURARIUM_DATA"]) / "rdm92"
    names = ["92_brainRDMs.mat::hIT | BE | Session: 1", "92_modelRDMs.mat::monkeyIT", "92_modelRDMs.mat::Silhouette"]
    found = compare(read_systems([f"{folder}/{name}" for name in names]), null=100, ci=100)["compare-rdms"].values
    brain = found.loc["hIT | BE | Session: 1"]
    assert brain["monkeyIT"] > brain["Silhouette"] > 0
