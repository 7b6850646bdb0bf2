"""A study on a real Dask scheduler with real workers, one of which is killed."""

import json
import os
import signal
import subprocess
import sys

import pytest

from neurarium.core.errors import NeurariumError
from neurarium.engine import pool
from neurarium.engine.store import Store
from neurarium.engine.worker import Job

pytest.importorskip("distributed", reason="needs the extra `cluster`: pip install 'neurarium[cluster]'")
pytestmark = [
    pytest.mark.cluster,
    # what distributed leaves open when its peers are killed is its own affair, not a fault of the run
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
QUIET = {**os.environ, "DASK_DISTRIBUTED__LOGGING__DISTRIBUTED": "critical"}


class Cluster:
    """A scheduler and two workers on this machine, each a process."""

    def __init__(self, folder):
        self.folder, self.processes = folder, []
        self.folder.mkdir()
        self.contact = folder / "scheduler.json"
        words = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(self.contact)]
        self.scheduler = self._start("dask_scheduler", *words)

    def _start(self, command, *words):
        line = [sys.executable, "-m", f"distributed.cli.{command}", *words]
        process = subprocess.Popen(
            line, env=QUIET, cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self.processes.append(process)
        return process

    @property
    def address(self):
        return json.loads(self.contact.read_text())["address"]

    def add_workers(self, n):
        words = ["--no-nanny", "--nthreads", "1", "--no-dashboard", "--local-directory", str(self.folder)]
        return [self._start("dask_worker", self.address, *words) for _ in range(n)]

    def stop(self):
        for process in self.processes:
            process.kill()
            process.wait()


@pytest.fixture
def cluster(tmp_path, wait_until):
    made = Cluster(tmp_path / "cluster")
    try:
        wait_until(lambda: made.contact.exists() and made.contact.stat().st_size, "the scheduler")
        made.workers = made.add_workers(2)
        yield made
    finally:
        made.stop()


def test_a_worker_is_killed_and_the_result_is_whole(make_toy, cluster):
    toy = make_toy("time.sleep(0.25)")
    killed = []

    def kill_one(event):
        busy = set(toy.processes())
        if event.kind == "finished" and len(busy) == 2 and not killed:
            killed.append(toy.processes()[-1])
            os.kill(killed[0], signal.SIGKILL)

    done = toy.run(cluster=cluster.address, n_workers=2, seeds=tuple(range(4)), watch=kill_one)
    assert killed, "both workers must have had a trial"
    assert killed[0] in [w.pid for w in cluster.workers]
    assert done.troubles() == []
    local = make_toy(folder="local").run(seeds=tuple(range(4)))
    assert done.rows.table().equals(local.rows.table())
    assert [v.evidence for v in done.verdicts] == [v.evidence for v in local.verdicts]
    repeated = {trial for trial, n in toy.executed().items() if n > 1}
    assert len(repeated) <= 8  # what the dead worker had; everything else ran once
    assert toy.run(cluster=cluster.address, n_workers=2, seeds=tuple(range(4))).rows.table().equals(done.rows.table())
    assert {t for t, n in toy.executed().items() if n > 1} == repeated  # a rerun computes nothing
    assert not list((toy.path.parent / "runs" / "toy").glob(".claim-*"))


def test_a_scheduler_that_is_lost_is_one_clear_line_and_finished_trials_stay(make_toy, cluster, wait_until):
    toy = make_toy("time.sleep(0.3)")

    def kill_scheduler(event):
        if event.kind == "finished" and toy.records() == 2:
            assert sum(toy.executed().values()) < 9  # results are kept as they arrive, not at the end
            cluster.scheduler.kill()

    with pytest.raises(NeurariumError, match=r"--cluster: .* was lost\. Finished trials are kept") as error:
        toy.run(cluster=cluster.address, watch=kill_scheduler)
    assert "\n" not in str(error.value)
    assert not list((toy.path.parent / "runs" / "toy").glob(".claim-*"))
    kept = toy.records()
    assert 2 <= kept < 9
    assert len(toy.run().rows.table()) == 9


def test_no_scheduler_is_one_clear_line(make_toy, monkeypatch):
    toy = make_toy()
    monkeypatch.setattr(pool, "CONNECT_S", 1.0)
    with pytest.raises(NeurariumError, match=r"--cluster: no scheduler answers at 'tcp://127\.0\.0\.1:1'") as error:
        toy.run(cluster="tcp://127.0.0.1:1")
    assert "Start one: dask scheduler" in str(error.value)
    with pytest.raises(NeurariumError, match="--cluster: no scheduler answers at 'nonsense://x'"):
        toy.run(cluster="nonsense://x")
    assert toy.records() == 0


def test_a_trial_that_kills_worker_after_worker_is_marked_crashed(make_toy):
    """Dask gives up on it with KilledWorker; the run does not."""

    class KilledWorker(Exception):
        pass

    class Future:
        def result(self):
            raise KilledWorker("4 workers died")

    toy = make_toy()
    store = Store(toy.path.parent / "runs", "toy")
    job = Job("toy", "high", (1,), ("k",), "quick", (), "cpu", str(store.folder.parent), source="")
    assert store.claim("k")
    assert pool._kept(job, Future(), store, KilledWorker) == {"k": "crashed"}
    assert store.read("k").error == "its workers died: 4 workers died"
    assert not store.is_claimed("k")
