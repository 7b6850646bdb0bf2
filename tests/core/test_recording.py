"""What is saved comes back exactly, and damage is noticed."""

import json

import numpy as np
import pandas as pd
import pytest

from neurarium.core import NeurariumError, Recording
from neurarium.core.errors import UnknownNameError

RNG = np.random.default_rng(0)
DTYPES = ("float16", "float32", "float64", "int8", "int64", "uint8", "bool")
NOTES = {"species": "mouse", "layers": ["L2/3", "L5"], "n": 3, "deep": {"ü": None}, "p": 0.1 + 0.2}


def recording(**changes):
    arrays = {d: (RNG.normal(size=(5, 4, 2 + i)) * 50).astype(d) for i, d in enumerate(DTYPES)}
    trials = pd.DataFrame(
        {
            "side": ["left", "right", "left", "ünten"],
            "coherence": [0.1 + 0.2, 1 / 3, -1.0, np.nan],
            "small": np.array([0.1, 0.2, 0.3, 0.4], dtype=np.float32),
            "block": np.array([1, 2, 3, 2**62]),
            "is_correct": [True, False, True, True],
        }
    )
    return Recording(**({"arrays": arrays, "trials": trials, "dt_ms": 0.1, "notes": NOTES} | changes))


@pytest.mark.parametrize("name", ["session", "session.json", "session.safetensors", "deep/session.v2"])
def test_round_trip_is_exact(tmp_path, name):
    before = recording()
    path = before.save(tmp_path / name)
    for where in (tmp_path / name, path):
        after = Recording.load(where)
        assert list(after) == list(before)
        for key in before:
            assert after[key].dtype == before[key].dtype
            assert np.array_equal(after[key], before[key])
        pd.testing.assert_frame_equal(after.trials, before.trials, check_exact=True)
        assert (after.dt_ms, after.notes) == (0.1, NOTES)


def test_the_smallest_recording(tmp_path):
    Recording({"x": np.zeros((0, 2, 0))}).save(tmp_path / "r")
    after = Recording.load(tmp_path / "r")
    assert after["x"].shape == (0, 2, 0)
    assert (after.n_steps, after.n_trials, after.dt_ms, after.notes) == (0, 2, None, {})
    assert len(after.trials.columns) == 0


def test_any_memory_order_and_byte_order(tmp_path):
    a = RNG.normal(size=(3, 4, 5))
    Recording({"f": np.asfortranarray(a), "t": a.T.copy().T, "big": a.astype(">f8"), "cut": a[:, ::-1]}).save(
        tmp_path / "r"
    )
    after = Recording.load(tmp_path / "r")
    for name, expected in (("f", a), ("t", a), ("big", a), ("cut", a[:, ::-1])):
        assert np.array_equal(after[name], expected), name


def test_nothing_is_pickled(tmp_path):
    path = recording().save(tmp_path / "r")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["r.json", "r.safetensors"]
    assert json.loads(path.with_name("r.json").read_text())["format"] == 1


@pytest.mark.parametrize("suffix", [".json", ".safetensors"])
@pytest.mark.parametrize("damage", ["truncated", "altered", "gone", "empty", "swapped"])
def test_damage_is_noticed_and_named(tmp_path, suffix, damage):
    recording().save(tmp_path / "r")
    Recording({"x": np.ones((5, 4, 1))}).save(tmp_path / "other")
    path = tmp_path / f"r{suffix}"
    content = path.read_bytes()
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes(
            {
                "truncated": content[: len(content) // 2],
                "altered": content.replace(b"L5", b"L6") if suffix == ".json" else content[:-1] + b"\x7f",
                "empty": b"",
                "swapped": (tmp_path / f"other{suffix}").read_bytes(),
            }[damage]
        )
    with pytest.raises(NeurariumError, match="cannot be read") as error:
        Recording.load(tmp_path / "r")
    assert str(tmp_path / "r") in str(error.value)
    assert "\n" not in str(error.value)


def test_what_json_cannot_hold_is_refused_before_anything_is_written(tmp_path):
    recording().save(tmp_path / "r")
    before = (tmp_path / "r.safetensors").read_bytes()
    with pytest.raises(NeurariumError, match="notes"):
        recording(notes={"f": object()}).save(tmp_path / "r")
    trials = pd.DataFrame({"when": pd.date_range("2020-01-01", periods=4)})
    with pytest.raises(NeurariumError, match="`when` must hold numbers, words or truth values"):
        recording(trials=trials).save(tmp_path / "r")
    assert (tmp_path / "r.safetensors").read_bytes() == before
    assert not list(tmp_path.glob(".*"))


def test_views():
    r = recording()
    left = r.select(r.trials.side == "left")
    assert left.n_trials == 2
    assert np.array_equal(left["float64"], r["float64"][:, [0, 2]])
    assert left.trials.block.tolist() == [1, 3]
    assert r.select([3, 0]).trials.side.tolist() == ["ünten", "left"]
    assert np.array_equal(r.select([3, 0])["int8"], r["int8"][:, [3, 0]])
    cut = r.between(1, 3)
    assert (cut.n_steps, cut.n_trials, cut.dt_ms, cut.notes) == (2, 4, 0.1, NOTES)
    assert np.array_equal(cut["bool"], r["bool"][1:3])
    assert (len(r), r.n_steps, r.n_trials) == (7, 5, 4)
    assert repr(Recording({"v": np.zeros((2, 3, 4))})) == "Recording(2 steps, 3 trials: v 4 units)"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"arrays": {}}, "hold at least one array"),
        ({"arrays": {"x": np.zeros((5, 4))}}, r"`x` must be \(time, trials, units\)"),
        ({"arrays": {"x": np.zeros((5, 4, 1)), "y": np.zeros((5, 3, 1))}}, "`y` must be"),
        ({"arrays": {"x": np.zeros((5, 3, 1))}}, "`trials` must have 3 rows, one a trial, got 4"),
        ({"arrays": {"x": np.full((5, 4, 1), None)}}, "`x` must hold numbers"),
    ],
)
def test_shapes_that_disagree_are_refused(changes, message):
    with pytest.raises(NeurariumError, match=message):
        recording(**changes)


def test_an_unknown_array_gets_the_nearest_name():
    with pytest.raises(UnknownNameError, match="Did you mean 'float32'"):
        recording()["flaot32"]
