"""The store gives back exactly what it was given, and notices when it cannot."""

import errno
import json
import os
import subprocess
import sys
import textwrap

import numpy as np
import pytest

from neurarium.engine import files, owner
from neurarium.engine import store as store_module
from neurarium.engine.files import DamagedError, StorageError, replace_whole, seal, unseal
from neurarium.engine.owner import Owner
from neurarium.engine.store import ARRAYS, CURVES, LOG, RUN, Record, Store

KEY = "0123456789abcdef0123"


def record(key=KEY, **changes):
    says = {
        "condition": "low beta",
        "seed": 1003,
        "state": "done",
        "row": {"accuracy": 0.1 + 0.2, "loss": 5e-324, "seconds": 1e308},
        "about": {"scale": "quick", "traceback": "", "sizes": {"n": 3, "widths": [1, 2]}, "name": "µ-zéro"},
        "curves": {"loss": [0.1, 1 / 3, 2.0], "empty": []},
        "arrays": {
            "w": np.arange(6, dtype=np.float32).reshape(2, 3).T,
            "deep": np.array(1 / 3),
            "none": np.zeros((0, 4)),
            "spikes": np.array([True, False]),
            "index": np.array([-1, 2**40]),
            "half": np.array([0.5], dtype=np.float16),
        },
        "log": "printed: ü\n",
    }
    return Record(key=key, **(says | changes))


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "runs", "toy")


def equal(a, b):
    assert (a.key, a.condition, a.seed, a.state, a.error, a.log) == (
        b.key,
        b.condition,
        b.seed,
        b.state,
        b.error,
        b.log,
    )
    assert (dict(a.row), a.about, a.curves) == (dict(b.row), b.about, b.curves)
    assert list(a.arrays) == sorted(a.arrays) or set(a.arrays) == set(b.arrays)
    for name, array in a.arrays.items():
        assert b.arrays[name].dtype == array.dtype
        assert b.arrays[name].shape == array.shape
        assert np.array_equal(b.arrays[name], array)


def test_round_trip_is_exact(store):
    store.write(record())
    equal(record(), store.read(KEY))
    assert store.keys() == [KEY]
    assert sorted(p.name for p in (store.folder / KEY).iterdir()) == sorted([RUN, CURVES, ARRAYS, LOG])


@pytest.mark.parametrize("state", ["failed", "crashed"])
def test_troubles_are_kept_too(store, state):
    store.write(record(state=state, row={}, error="ValueError: boom", arrays={}, curves={}))
    kept = store.read(KEY)
    assert (kept.state, kept.error, dict(kept.row)) == (state, "ValueError: boom", {})


def test_what_is_not_there_is_none(store):
    assert store.read(KEY) is None


def test_a_rewritten_record_replaces_the_old_one_which_is_kept_aside(store):
    store.write(record(row={"accuracy": 0.1}))
    store.write(record(row={"accuracy": 0.2}))
    assert store.read(KEY).row == {"accuracy": 0.2}
    assert store.keys() == [KEY]
    assert len(list(store.folder.glob(f".replaced-{KEY}-*"))) == 1


DAMAGE = {
    "empty": lambda content: b"",
    "truncated": lambda content: content[: len(content) // 2],
    "one bit": lambda content: content[:-3] + bytes([content[-3] ^ 1]) + content[-2:],
    "other": lambda content: b'{"sha256": "", "body": {}}',
    "not text": lambda content: b"\xff\xfe\x00",
    "a list": lambda content: b"[]",
    "gone": None,
}


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("name", [RUN, CURVES, ARRAYS, LOG])
def test_damage_of_any_file_is_noticed_and_named(store, name, damage):
    store.write(record())
    path = store.folder / KEY / name
    if DAMAGE[damage] is None:
        path.unlink()
    else:
        path.write_bytes(DAMAGE[damage](path.read_bytes()))
    with pytest.raises(DamagedError) as error:
        store.read(KEY)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


def test_an_altered_number_is_noticed(store):
    store.write(record())
    path = store.folder / KEY / RUN
    path.write_text(path.read_text().replace('"seed": 1003', '"seed": 1004'))
    with pytest.raises(DamagedError, match="checksum"):
        store.read(KEY)


def test_a_record_in_the_folder_of_another_is_noticed(store):
    store.write(record())
    (store.folder / KEY).rename(store.folder / "ff")
    with pytest.raises(DamagedError, match="another trial"):
        store.read("ff")


def test_quarantine_moves_a_record_out_of_the_way_and_keeps_it(store):
    store.write(record())
    aside = store.quarantine(KEY)
    assert store.read(KEY) is None
    assert (aside / RUN).is_file()
    assert store.keys() == []


@pytest.mark.parametrize("name", [RUN, CURVES, ARRAYS])
@pytest.mark.parametrize("damage", ["truncated", "one bit"])
def test_a_damaged_trial_is_named_quarantined_and_rerun(make_toy, name, damage):
    toy = make_toy(
        trial=textwrap.dedent("""
        @study.run
        def trial(rng, scale, *, name, level):
            note(name, rng.seed)
            loss = fitted(rng, scale.n)
            return Outcome({"accuracy": level, "loss": loss}, curves={"loss": [loss]}, arrays={"w": torch.ones(3)})
        """)
    )
    whole = toy.run(scale="micro")
    victim = next(r.key for r in whole.records.values() if r.condition == "high")
    path = toy.path.parent / "runs" / "toy" / victim / name
    path.write_bytes(DAMAGE[damage](path.read_bytes()))
    events = []
    again = toy.run(scale="micro", watch=events.append)
    assert [str(path) in text for text in again.damaged] == [True]
    assert [(e.condition, str(path) in e.detail) for e in events if e.kind == "damaged"] == [("high", True)]
    assert toy.executed() == {("low", "0"): 1, ("high", "0"): 2, ("same", "0"): 1}
    assert again.rows.table().equals(whole.rows.table())
    assert list(path.parents[1].glob(f".replaced-{victim}-*"))  # kept for inspection
    assert toy.run(scale="micro").damaged == []


# ---- a disk that does not take it


def leftovers(folder):
    return [p.name for p in folder.iterdir() if p.name.startswith(".tmp")]


@pytest.mark.parametrize("call", [1, 2, 3, 4, 5])
def test_a_full_disk_in_the_middle_of_a_record(store, monkeypatch, call):
    """fsync fails on the n-th file: nothing half-written may be seen, the old record stays."""
    store.write(record(key="old"))
    calls = []

    def fsync(handle):
        calls.append(handle)
        if len(calls) == call:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", fsync)
    with pytest.raises(StorageError) as error:
        store.write(record())
    monkeypatch.undo()
    message = str(error.value)
    assert message.startswith(f"{store.folder}: cannot be written (No space left on device). Free some space")
    assert "finished trials are kept" in message
    assert "\n" not in message
    assert leftovers(store.folder) == []
    equal(record(key="old"), store.read("old"))
    if call < 5:  # the fifth is the folder itself, after the rename
        assert store.read(KEY) is None
    store.write(record())
    equal(record(), store.read(KEY))


def test_a_full_disk_in_a_run_keeps_what_is_finished_and_a_rerun_completes(make_toy, monkeypatch):
    toy = make_toy()
    written = []
    write_synced = store_module.write_synced

    def full_after_three(path, content):
        if path.name == RUN:
            written.append(path)
        if len(written) > 3:
            raise OSError(errno.ENOSPC, "No space left on device")
        write_synced(path, content)

    monkeypatch.setattr(store_module, "write_synced", full_after_three)
    with pytest.raises(StorageError, match=r"runs/toy: cannot be written \(No space left on device\)"):
        toy.run()
    monkeypatch.undo()
    assert toy.records() == 3
    assert leftovers(toy.path.parent / "runs" / "toy") == []
    done = toy.run()
    assert len(done.rows.table()) == 9
    assert sum(toy.executed().values()) == 10  # the one that could not be kept, twice


def test_a_full_disk_when_a_trial_is_claimed(store, monkeypatch):
    def full(self, text):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(store_module.Path, "write_text", full)
    with pytest.raises(StorageError, match="No space left on device"):
        store.claim(KEY)


@pytest.fixture
def small_disk(tmp_path):
    """A real disk of 1 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("no mount command here")
    if done.returncode:
        pytest.skip(f"no tmpfs can be mounted here ({done.stderr.strip()}); run as root")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_really_full_disk(make_toy, small_disk):
    toy = make_toy(
        trial=textwrap.dedent("""
        @study.run
        def trial(rng, scale, *, name, level):
            note(name, rng.seed)
            return Outcome({"accuracy": level + 0.01 * rng.seed}, arrays={"w": torch.zeros(50_000)})  # 200 kB
        """)
    )
    with pytest.raises(StorageError) as error:
        toy.run(store=small_disk, n_workers=1)  # over a worker: the error must travel
    assert str(error.value).startswith(f"{small_disk / 'toy'}: cannot be written (No space left on device)")
    kept = [p for p in (small_disk / "toy").iterdir() if p.name[0] != "."]
    assert 1 <= len(kept) <= 5
    assert leftovers(small_disk / "toy") == []
    for path in kept:
        Store(small_disk, "toy").read(path.name)  # whole
    subprocess.run(["mount", "-o", "remount,size=16m", str(small_disk)], check=True)
    done = toy.run(store=small_disk)
    assert len(done.rows.table()) == 9
    assert done.damaged == []
    assert sum(toy.executed().values()) in (10, 11)  # what could not be kept, and perhaps what was begun by then


def test_a_folder_that_is_a_file_is_one_clear_line(tmp_path):
    (tmp_path / "runs").write_text("")
    with pytest.raises(StorageError, match="runs") as error:
        Store(tmp_path / "runs", "toy")
    assert "\n" not in str(error.value)


def test_an_unwritable_folder_is_one_clear_line(tmp_path):
    """As a user without rights; root may write anywhere, so root becomes nobody for it."""
    folder = tmp_path / "runs"
    folder.mkdir(mode=0o555)
    script = f"""
import os
from neurarium.engine.store import Store
if os.getuid() == 0: os.setuid(65534)
try: Store({str(folder)!r}, "toy")
except ValueError as error: print(type(error).__name__, error)
"""
    for parent in tmp_path.parents:  # nobody must get there
        if parent.owner() == "root" and str(parent).startswith("/tmp/"):
            parent.chmod(0o755)
    tmp_path.chmod(0o755)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.startswith(f"StorageError {folder}/toy: cannot be written (Permission denied).")
    assert "Choose another folder with --store" in done.stdout


def test_replace_whole_keeps_the_old_file_when_the_disk_is_full(tmp_path, monkeypatch):
    path = tmp_path / "deep" / "table.json"
    replace_whole(path, b"old")

    def fsync(handle):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", fsync)
    with pytest.raises(StorageError, match=str(path.parent)):
        replace_whole(path, b"new")
    assert path.read_bytes() == b"old"
    assert os.listdir(path.parent) == ["table.json"]


def test_sealed_files_prove_that_they_are_whole(tmp_path):
    path = tmp_path / "x.json"
    body = {"b": [1, 2.5, None], "a": {"ü": float("inf")}}
    path.write_bytes(seal(body))
    assert unseal(path) == body
    path.write_text(json.dumps({"sha256": json.loads(path.read_text())["sha256"], "body": {"b": []}}))
    with pytest.raises(DamagedError, match="checksum"):
        unseal(path)


# ---- claims

RACER = """
import sys, time
from neurarium.engine.store import Store
store = Store(sys.argv[1], "toy")
print("ready", flush=True)
for line in sys.stdin:
    print(int(store.claim(line.strip())), flush=True)
"""


def test_of_two_processes_that_race_for_a_claim_exactly_one_wins(tmp_path):
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", RACER, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    try:
        assert [r.stdout.readline() for r in racers] == ["ready\n"] * 3
        wins = [0, 0, 0]
        for i in range(300):
            for racer in racers:
                racer.stdin.write(f"key{i}\n")
            for racer in racers:
                racer.stdin.flush()
            answers = [int(r.stdout.readline()) for r in racers]
            assert sum(answers) == 1, f"trial {i} was taken by {sum(answers)} processes"
            wins = [w + a for w, a in zip(wins, answers, strict=True)]
        store = Store(tmp_path, "toy")
        assert not store.claim("key0")
        assert store.is_running("key0")
    finally:
        for racer in racers:
            racer.kill()
            racer.communicate()
    assert store.is_claimed("key0")  # they are dead now, and gave nothing back
    assert not store.is_running("key0")
    assert store.claim("key0")
    assert store.is_running("key0")
    store.release("key0")
    assert not store.is_claimed("key0")


def test_a_claim_is_kept_by_the_process_that_has_it(store):
    assert store.claim(KEY)
    assert store.claim(KEY)  # asking again is no theft
    store.release(KEY)
    store.release(KEY)


def write_claim(store, **changes):
    me = json.loads(Owner.me().to_json())
    (store.folder / f".claim-{KEY}").write_text(json.dumps(me | changes))


def test_a_process_with_the_number_of_a_dead_one_is_not_taken_for_it(store):
    write_claim(store, pid=os.getppid(), start=owner._start(os.getppid()))
    assert not store.claim(KEY)
    write_claim(store, pid=os.getppid(), start=owner._start(os.getppid()) - 1)  # same number, other start
    assert not store.is_running(KEY)
    assert store.claim(KEY)


def test_a_zombie_holds_nothing(store):
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    write_claim(store, pid=child.pid, start=owner._start(child.pid))
    assert store.is_running(KEY)
    child.stdin.close()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # it has ended, nobody has asked how
    assert not store.is_running(KEY)
    child.wait()


def test_owners_on_other_machines_live_as_long_as_their_heart_beats(store):
    write_claim(store, host="elsewhere")
    claim = store.folder / f".claim-{KEY}"
    assert not store.claim(KEY)
    silent = claim.stat().st_mtime - owner.SILENT_S - 1
    os.utime(claim, (silent, silent))
    assert not store.is_running(KEY)
    store.heartbeat(KEY)
    assert store.is_running(KEY)
    os.utime(claim, (silent, silent))
    assert store.claim(KEY)


@pytest.mark.parametrize("content", ["", '{"pid": 1', "[]", '{"pid": 1, "host": "x", "start": 0, "more": 1}'])
def test_a_claim_file_cut_short_is_no_claim(store, content):
    (store.folder / f".claim-{KEY}").write_text(content)
    assert store.claim(KEY)


def test_a_heartbeat_for_a_claim_given_back_is_nothing(store):
    store.heartbeat(KEY)
    assert not store.is_claimed(KEY)


def test_sweep_removes_what_a_killed_process_left_half_written(store):
    part = store.folder / ".tmp-x"
    part.mkdir()
    store.sweep()
    assert part.is_dir()  # its writer may still be at work
    os.utime(part, (0, 0))
    store.sweep()
    assert not part.exists()
