"""A key changes with everything a result depends on, and with nothing else."""

import dataclasses
import functools
import subprocess
import sys

import numpy as np
import pytest
import torch

from neurarium.core.catalogue import PACKAGE
from neurarium.core.errors import NeurariumError
from neurarium.core.surrogate import ATan, Triangle
from neurarium.engine import fingerprint
from neurarium.engine.fingerprint import canonical, closure, source_hash, trial_key


def key(**changes):
    says = {"arguments": {"beta": 0.2}, "condition": "a", "seed": 3, "sizes": {"n": 4}, "source": "s"}
    return trial_key(**(says | changes))


def test_every_part_of_a_trial_changes_its_key():
    keys = {
        key(),
        key(arguments={"beta": 0.3}),
        key(arguments={"gamma": 0.2}),
        key(condition="b"),
        key(seed=4),
        key(sizes={"n": 5}),
        key(source="t"),
    }
    assert len(keys) == 7
    assert all(len(k) == 20 and k.isalnum() for k in keys)


def test_the_order_of_arguments_does_not_change_it():
    assert key(arguments={"a": 1, "b": 2}) == key(arguments={"b": 2, "a": 1})


@dataclasses.dataclass
class Point:
    x: float
    y: object = None


DIFFERENT = [
    1,
    1.0,
    True,
    "1",
    None,
    [1],
    0.1 + 0.2,
    0.3,
    ATan,
    Triangle,
    ATan(width=0.5),
    ATan(width=0.6),
    torch.tanh,
    np.tanh,
    functools.partial(Point, x=1),
    functools.partial(Point, x=2),
    Point(1.0),
    Point(1.0, ATan()),
    np.arange(3),
    np.arange(3.0),
    np.arange(3).reshape(1, 3),
    np.arange(5000),
    np.arange(5000)[::-1],  # shown as text, the two would look alike
    torch.ones(3),
    torch.Tensor,
    np.float32(3),
    {"a", "b"},
    {"a"},
    b"bytes",
]


def test_different_values_are_told_apart():
    texts = [key(arguments={"v": v}) for v in DIFFERENT]
    assert len(set(texts)) == len(DIFFERENT)


def test_an_array_and_its_copy_are_one():
    a = np.random.default_rng(0).normal(size=(3, 4))
    assert canonical(a) == canonical(a.copy()) == canonical(np.asfortranarray(a)) == canonical(torch.tensor(a))


def test_it_is_the_same_in_every_process():
    """Hash seeds differ from process to process; keys must not."""
    script = (
        "from neurarium.engine.fingerprint import trial_key;"
        "from neurarium.core.card import Card;"
        "from pathlib import PurePosixPath as P;"
        "card = Card('n', 'part', 'r', 'S', P('p'), 's');"
        "print(trial_key({'s': {'a', 'b', 'c', 'd'}, 'f': Card, 'g': card, 'h': len}, 'a', 1, {}, ''))"
    )
    keys = {
        subprocess.run(
            [sys.executable, "-c", script], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout
        for seed in ("1", "2")
    }
    assert len(keys) == 1


def test_an_object_without_a_name_is_refused():
    with pytest.raises(NeurariumError, match="be numbers, words, arrays, classes, functions or dataclasses"):
        canonical({"conditions": {"a": object()}})


# ---- source

SOURCE = '''"""A study."""

from neurarium.core.surrogate import ATan


def f(x):
    """Double."""
    return 2 * x  # twice
'''


@pytest.fixture
def hash_of(tmp_path):
    def of(text):
        path = tmp_path / "study.py"
        path.write_text(text)
        return source_hash(path)

    return of


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("  # twice", ""),
        ('"""Double."""', '"""Twice.\n\n    In many words.\n    """'),
        ('    """Double."""\n', ""),
        ('"""A study."""', "# nothing"),
        ("2 * x", "(2  *  x)"),
        ("\n\n\ndef", "\n\n\n\n\ndef"),
    ],
)
def test_comments_docstrings_and_layout_do_not_count(hash_of, old, new):
    assert old in SOURCE
    assert hash_of(SOURCE) == hash_of(SOURCE.replace(old, new))


@pytest.mark.parametrize(("old", "new"), [("2 * x", "3 * x"), ("f(x)", "f(x, y=1)"), ("ATan", "Triangle as ATan")])
def test_code_counts(hash_of, old, new):
    assert hash_of(SOURCE) != hash_of(SOURCE.replace(old, new))


def test_where_the_file_lies_does_not_count(tmp_path):
    for folder in ("a", "z"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "study.py").write_text(SOURCE)
    assert source_hash(tmp_path / "a" / "study.py") == source_hash(tmp_path / "z" / "study.py")


def reached(tmp_path, text):
    path = tmp_path / "study.py"
    path.write_text(text)
    return {str(p.relative_to(PACKAGE)) for p in closure(path) - {path}}


@pytest.mark.parametrize(
    "text",
    [
        "from neurarium.core.surrogate import ATan",
        "from neurarium.core import ATan",  # through the re-export
        "from neurarium.core import ATan as A",
        "import neurarium.core.surrogate",
        "import neurarium.core.surrogate as s",
        "from neurarium.core import surrogate",
        "def f():\n    from neurarium.core.surrogate import spike",  # wherever it stands
        "if True:\n    from neurarium.core import spike",
    ],
)
def test_imports_are_followed(tmp_path, text):
    assert reached(tmp_path, text) == {"core/rng.py", "core/surrogate.py", "core/errors.py"}


def test_a_package_as_a_whole_is_followed(tmp_path):
    assert "core/surrogate.py" in reached(tmp_path, "import neurarium.core")
    assert "core/surrogate.py" in reached(tmp_path, "from neurarium import core")


def test_other_packages_and_the_engine_are_not(tmp_path):
    text = "import torch, numpy.linalg\nfrom neurarium.engine import Study\nfrom neurarium.engine.study import Gate\n"
    assert reached(tmp_path, text + "from neurarium import engine\nimport neurarium.engine.stats\n") == {
        "core/rng.py",  # every trial is handed an Rng
        "core/errors.py",
    }


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package of its own, to see what a change in one file does."""
    root = tmp_path / "neurarium"
    files = {
        "core/__init__.py": "",
        "core/rng.py": "SEED = 1\n",
        "nets/__init__.py": "from neurarium.nets.gru import GRU as GRU\nfrom .rnn import RNN as RNN\n",
        "nets/gru.py": "from neurarium.nets._init import scale\nclass GRU: ...\n",
        "nets/rnn.py": "from ._init import scale\nfrom .deep import depth\nclass RNN: ...\n",
        "nets/_init.py": "scale = 1.0\n",
        "nets/other.py": "x = 1\n",
        "nets/deep/__init__.py": "depth = 1\n",
        "studies/__init__.py": "",
    }
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.setattr(fingerprint, "PACKAGE", root)
    return root


@pytest.mark.parametrize(
    ("imports", "counts"),
    [
        ("from neurarium.nets import GRU", {"nets/gru.py", "nets/_init.py", "core/rng.py"}),
        ("from neurarium.nets import RNN", {"nets/rnn.py", "nets/_init.py", "nets/deep/__init__.py", "core/rng.py"}),
        ("from neurarium.nets.deep import depth", {"nets/deep/__init__.py", "core/rng.py"}),
        ("from neurarium.nets import deep", {"nets/deep/__init__.py", "core/rng.py"}),
    ],
)
def test_a_change_in_a_file_that_is_used_changes_the_hash_in_another_it_does_not(package, imports, counts):
    study = package / "studies" / "a.py"
    study.write_text(imports + "\n")
    before = source_hash(study)
    for path in sorted(package.rglob("*.py")):
        if path != study:
            text = path.read_text()
            path.write_text(text + "CHANGED = 1\n")
            assert (source_hash(study) != before) == (str(path.relative_to(package)) in counts), path
            path.write_text(text)
            assert source_hash(study) == before


def test_two_files_that_import_each_other_end(package):
    (package / "nets" / "a.py").write_text("from neurarium.nets import b\n")
    (package / "nets" / "b.py").write_text("from neurarium.nets import a\n")
    assert len(closure(package / "nets" / "a.py")) == 3
