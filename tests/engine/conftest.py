"""Toy studies that note each execution in a file, and drivers in processes of their own."""

import json
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest
from joblib.externals.loky import get_reusable_executor

from neurarium.engine import Plan, load_study, run

STUDY = '''"""Is a larger number larger?"""

import os
import signal
import time
import warnings
from pathlib import Path

import torch

from neurarium.engine import Outcome, Study

HERE = Path(__file__).parent
study = Study(
    paper="",
    baseline="low",
    controls=("same",),
    conditions={{c: dict(name=c, level=x) for c, x in (("low", 0.0), ("high", 1.0), ("same", 0.0))}},
    seeds={{"quick": 3, "full": 4}},
    scales={{"micro": dict(n=2), "quick": dict(n=10), "full": {{}}}},
)


def note(name, seed):
    with open(HERE / "executed", "a") as file:  # one short write with O_APPEND is whole
        file.write(f"{{name}} {{seed}} {{os.getpid()}}\\n")


def first_time(word):
    try:
        (HERE / word).touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


def fitted(rng, n):
    """A little gradient descent, so that rows depend on every bit of arithmetic."""
    x = torch.randn(n, 4, generator=rng("data"))
    w = torch.randn(4, 1, generator=rng("weights")).requires_grad_()
    for _ in range(5):
        loss = torch.tanh(x @ w).square().mean()
        (grad,) = torch.autograd.grad(loss, w)
        w = (w - 0.1 * grad).detach().requires_grad_()
    return loss.item()


{trial}


@study.claim("High exceeds low by more than a half.", margin_reason="half of what is built in")
def high_is_higher(r):
    return r["high", "accuracy"].exceeds(r["low", "accuracy"], by=0.5)
'''

TRIAL = """@study.run
def trial(rng, scale, *, name, level):
    seed = rng.seed
    note(name, seed)
{body}
    return {{"accuracy": level + 0.01 * fitted(rng, scale.n), "loss": fitted(rng, scale.n)}}
"""

DRIVER = """
import json, sys
from neurarium.engine import Plan, load_study, run
study, plan = json.loads(sys.argv[1])
done = run(load_study(study), Plan(**plan))
print(json.dumps([done.rows.table().to_dict("list"), [v.outcome for v in done.verdicts]]))
"""


@dataclass(frozen=True)
class Toy:
    """A study file and the folder it lives in."""

    path: Path

    def executed(self):
        """(condition, seed) -> how often that trial was begun."""
        return Counter(tuple(line.split()[:2]) for line in self._lines())

    def processes(self):
        """The process of each execution, in order."""
        return [int(line.split()[2]) for line in self._lines()]

    def _lines(self):
        file = self.path.parent / "executed"
        return file.read_text().splitlines() if file.exists() else []

    def run(self, store="runs", n_workers=0, watch=lambda event: None, **plan):
        """Run it in this process (or on workers of this process)."""
        return run(load_study(self.path), self.plan(store, n_workers=n_workers, **plan), watch)

    def plan(self, store="runs", **plan):
        """A plan that keeps its store next to the study."""
        return Plan(root=self.path.parent / store, **plan)

    def start(self, store="runs", **plan):
        """A driver in a process of its own."""
        says = json.dumps([str(self.path), {"root": str(self.path.parent / store), **plan}])
        return subprocess.Popen([sys.executable, "-c", DRIVER, says], stdout=subprocess.PIPE, text=True)

    def records(self, store="runs"):
        """How many trials are kept."""
        folder = self.path.parent / store / "toy"
        return len([p for p in folder.iterdir() if p.is_dir() and p.name[0] != "."]) if folder.is_dir() else 0


@pytest.fixture
def make_toy(tmp_path):
    """Write a study; `body` goes into its trial, `trial` replaces it."""

    def write(body="pass", *, trial=None, folder="toy"):
        path = tmp_path / folder / "toy.py"
        path.parent.mkdir(exist_ok=True)
        indented = "\n".join("    " + line for line in body.splitlines())
        path.write_text(STUDY.format(trial=trial or TRIAL.format(body=indented)))
        return Toy(path)

    return write


@pytest.fixture
def wait_until():
    """Wait for something to become true, or fail."""

    def wait(is_true, what, seconds=60):
        end = time.monotonic() + seconds
        while not is_true():
            assert time.monotonic() < end, f"waited {seconds} s in vain for {what}"
            time.sleep(0.02)

    return wait


@pytest.fixture(scope="session", autouse=True)
def _no_workers_left_behind():
    yield
    get_reusable_executor().shutdown(wait=True, kill_workers=True)
