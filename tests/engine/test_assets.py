"""An asset is built once, verified on every read, and its time is counted apart."""

import errno
import subprocess
import sys
import textwrap
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

from neurarium.core.errors import NeurariumError
from neurarium.engine import asset, files
from neurarium.engine.assets import cache_folder, counted
from neurarium.engine.files import StorageError

BUILT = []


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("NEURARIUM_CACHE", str(tmp_path / "cache"))
    BUILT.clear()
    return tmp_path / "cache" / "assets"


@asset
def table(*, n, power=2.0):
    """Powers."""
    BUILT.append((n, power))
    return {"x": torch.arange(n) ** power, "deep": np.array(1 / 3), "t": np.eye(2, 3).T}


def test_it_is_built_once_for_each_set_of_arguments(cache):
    first, again = table(n=4), table(n=4)
    assert BUILT == [(4, 2.0)]
    assert first["x"].tolist() == [0, 1, 4, 9]
    for name, array in first.items():
        assert again[name].dtype == array.dtype
        assert again[name].shape == array.shape
        assert np.array_equal(again[name], array)
    table(power=2.0, n=4)  # the default, said aloud
    assert len(BUILT) == 1
    table(n=4, power=3.0)
    table(n=5)
    assert BUILT == [(4, 2.0), (4, 3.0), (5, 2.0)]
    assert len(list(cache.iterdir())) == 3


def test_what_is_given_out_can_be_changed_without_changing_the_asset():
    table(n=3)["x"] += 100
    assert table(n=3)["x"].tolist() == [0, 1, 4]


@pytest.mark.parametrize("name", ["arrays.safetensors", "asset.json"])
@pytest.mark.parametrize("damage", ["truncated", "altered", "gone", "empty"])
def test_damage_is_noticed_and_it_is_built_again(cache, name, damage):
    table(n=3)
    [path] = cache.glob(f"*/{name}")
    content = path.read_bytes()
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes(
            {"truncated": content[:-7], "altered": content[:-4] + b"\0\1\2\3", "empty": b""}[damage],
        )
    assert table(n=3)["x"].tolist() == [0, 1, 4]
    assert BUILT == [(3, 2.0)] * 2
    table(n=3)
    assert len(BUILT) == 2


def test_two_that_want_it_at_once_build_it_once():
    @asset
    def slow(*, n):
        BUILT.append(n)
        time.sleep(0.1)
        return {"x": np.zeros(n)}

    with ThreadPoolExecutor(3) as pool:
        assert [a["x"].shape for a in pool.map(lambda _: slow(n=2), range(3))] == [(2,)] * 3
    assert BUILT == [2]


def test_its_seconds_are_counted_apart_and_only_once():
    @asset
    def inner(*, n):
        time.sleep(0.05)
        return {"x": np.zeros(n)}

    @asset
    def outer(*, n):
        time.sleep(0.05)
        return {"x": inner(n=n)["x"] + 1}

    with counted() as seconds:
        started = time.perf_counter()
        outer(n=2)
        whole = time.perf_counter() - started
    assert 0.1 <= sum(seconds) <= whole  # what it is built from belongs to it, and is not added again
    with counted() as seconds:
        inner(n=2)
    assert sum(seconds) < 0.05  # it was there


def test_a_changed_builder_builds_anew(tmp_path, monkeypatch):
    file = tmp_path / "builder_of_table.py"
    monkeypatch.syspath_prepend(tmp_path)
    source = """
        import numpy as np
        from neurarium.engine import asset

        @asset
        def table(*, n):
            return {"x": np.full(n, 1.0)}  # ones

        print(table(n=2)["x"].sum())
    """

    def built(text):
        file.write_text(textwrap.dedent(text))
        done = subprocess.run([sys.executable, file], capture_output=True, text=True, check=True)
        return float(done.stdout), len(list(cache_folder().glob("assets/*")))

    assert built(source) == (2.0, 1)
    assert built(source.replace("# ones", "# two")) == (2.0, 1)
    assert built(source.replace("1.0", "4.0")) == (8.0, 2)


def test_a_builder_that_raises_leaves_nothing_that_could_be_read(cache):
    @asset
    def broken(*, n):
        raise ValueError("boom")

    with pytest.raises(ValueError, match="boom"):
        broken(n=1)
    assert not list(cache.glob("*/asset.json"))


def test_a_full_disk_is_one_clear_line_and_the_next_try_builds_it(cache, monkeypatch):
    def fsync(handle):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", fsync)
    with pytest.raises(StorageError, match=r"table-\w+: cannot be written \(No space left on device\)"):
        table(n=3)
    monkeypatch.undo()
    monkeypatch.setenv("NEURARIUM_CACHE", str(cache.parent))
    assert table(n=3)["x"].tolist() == [0, 1, 4]
    assert len(BUILT) == 2


def test_a_cache_that_cannot_be_made_is_one_clear_line(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("NEURARIUM_CACHE", str(tmp_path / "file"))
    with pytest.raises(StorageError, match="cannot be written"):
        table(n=3)


def test_positional_arguments_are_refused():
    with pytest.raises(NeurariumError, match="take keyword-only arguments"):

        @asset
        def wrong(n):
            return {}


def test_something_else_than_arrays_is_refused():
    @asset
    def words(*, n):
        return {"x": "word"}

    with pytest.raises(NeurariumError, match=r"asset words: 'x' is a str, not an array or tensor\."):
        words(n=1)


def test_the_cache_is_in_the_home_folder_by_default(monkeypatch, tmp_path):
    monkeypatch.delenv("NEURARIUM_CACHE")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder() == tmp_path / ".cache" / "neurarium"
