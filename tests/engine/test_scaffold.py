import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from neurarium.core import NeurariumError
from neurarium.core.catalogue import PACKAGE, read_card
from neurarium.engine import checkout, scaffold
from neurarium.engine.checkout import checkout as find_checkout

ROOT = PACKAGE.parent.parent


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """A checkout with two rooms that `new` writes into."""
    package = tmp_path / "src" / "neurarium"
    (package / "neurons").mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "neurons" / "__init__.py").write_text('"""Neurons."""\n\nfrom neurarium.neurons.lif import LIF as LIF\n')
    (tmp_path / "pyproject.toml").touch()
    monkeypatch.setattr(scaffold, "checkout", lambda: tmp_path)
    return tmp_path


def test_names_of_file_and_class(copy):
    for name, stem, symbol in [
        ("scaffolded", "scaffolded", "Scaffolded"),
        ("my-part", "my_part", "MyPart"),
        ("my_other_part", "my_other_part", "MyOtherPart"),
        ("ALIF2", "alif2", "ALIF2"),
        ("LeakyThing", "leaky_thing", "LeakyThing"),
        ("RNNCell", "rnn_cell", "RNNCell"),
    ]:
        entry, test, _ = scaffold.new("part", name)
        assert entry == copy / "src" / "neurarium" / "neurons" / f"{stem}.py"
        assert test == copy / "tests" / "neurons" / f"test_{stem}.py"
        assert read_card(entry, "neurons").symbol == symbol


def test_the_export_is_put_in_order(copy):
    scaffold.new("part", "zeta")
    scaffold.new("part", "aleph")
    scaffold.new("part", "unit10")
    scaffold.new("part", "unit9")
    lines = (copy / "src" / "neurarium" / "neurons" / "__init__.py").read_text().splitlines()
    assert lines[:2] == ['"""Neurons."""', ""]
    assert [line.split()[-1] for line in lines[2:]] == [
        "Aleph", "AlephState", "LIF", "Unit9", "Unit9State", "Unit10", "Unit10State", "Zeta", "ZetaState",
    ]  # fmt: skip


def test_missing_rooms_are_made_with_a_docstring_and_tests(copy):
    files = scaffold.new("part", "gate", "nets/modular")
    inits = [str(f.relative_to(copy)) for f in files if f.name == "__init__.py"]
    assert inits == ["src/neurarium/nets/__init__.py", "src/neurarium/nets/modular/__init__.py"]
    assert files[0].parent.joinpath("__init__.py").read_text().startswith('"""Modular: nets of modules')
    scaffold.new("study", "gate", "nets/modular")
    assert (copy / "tests" / "studies" / "nets" / "modular" / "test_gate.py").is_file()
    assert (copy / "src/neurarium/studies/nets/__init__.py").read_text() == '"""Studies of the room nets."""\n'


def test_a_room_that_is_there_keeps_its_docstring_when_a_study_comes(copy):
    before = (copy / "src" / "neurarium" / "neurons" / "__init__.py").read_text()
    scaffold.new("study", "scaffolded")
    assert (copy / "src" / "neurarium" / "neurons" / "__init__.py").read_text() == before


def test_nothing_is_overwritten(copy):
    entry, test, init = scaffold.new("part", "scaffolded")
    entry.write_text("mine")
    before = init.read_text()
    with pytest.raises(NeurariumError, match="is there already"):
        scaffold.new("part", "scaffolded")
    entry.unlink()
    with pytest.raises(NeurariumError, match="test_scaffolded"):
        scaffold.new("part", "scaffolded")
    assert init.read_text() == before
    assert not entry.exists()
    assert test.exists()


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("", "a letter first"),
        ("1x", "a letter first"),
        ("_x", "a letter first"),
        ("a b", "letters, digits"),
        ("../x", "letters, digits"),
        ("x" * 41, "at most 40"),
        ("class", "word of Python"),
        ("none", "word of Python"),
        ("tensor", "Tensor would hide"),
        ("named-tuple", "NamedTuple would hide"),
        ("l-i-f", "taken by"),
    ],
)
def test_a_name_that_cannot_be_is_refused_and_leaves_nothing(copy, name, says):
    before = sorted(copy.rglob("*"))
    with pytest.raises(NeurariumError, match=says):
        scaffold.new("part", name)
    assert sorted(copy.rglob("*")) == before


def test_a_folder_that_cannot_be_written_is_told(copy):
    (copy / "tests").write_text("a file where a folder should be")
    with pytest.raises(NeurariumError, match="cannot be written"):
        scaffold.new("part", "scaffolded")


def test_without_a_checkout_the_error_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr(checkout, "PACKAGE", tmp_path / "lib" / "site-packages" / "neurarium")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(NeurariumError, match="pip install -e"):
        find_checkout()
    (tmp_path / "src" / "neurarium").mkdir(parents=True)
    (tmp_path / "src" / "neurarium" / "__init__.py").touch()
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "deep").mkdir()
    monkeypatch.chdir(tmp_path / "deep")
    assert find_checkout() == tmp_path


def test_long_exports_are_broken_as_the_formatter_does():
    text = scaffold.with_export('"""Room."""\n', "neurarium.nets.generative.a_name_of_some_length", "AName" * 7)
    assert text.splitlines()[2:] == [
        "from neurarium.nets.generative.a_name_of_some_length import (",
        f"    {'AName' * 7} as {'AName' * 7},",
        ")",
    ]


@pytest.mark.skipif(not (ROOT / "pyproject.toml").is_file(), reason="not a source checkout")
def test_a_new_part_and_a_new_study_pass_their_tests_and_the_catalogues_at_once(tmp_path):
    skip = shutil.ignore_patterns("__pycache__", ".venv*", "runs")
    for folder in ("src", "tests/catalogue"):
        if (ROOT / folder).is_dir():
            shutil.copytree(ROOT / folder, tmp_path / folder, ignore=skip)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for conftest in ("conftest.py", "tests/conftest.py"):
        if (ROOT / conftest).is_file():
            shutil.copy(ROOT / conftest, tmp_path / conftest)
    env = {**os.environ, "PYTHONPATH": str(tmp_path / "src"), "NEURARIUM_PATH": "", "OMP_NUM_THREADS": "1"}

    def ran(*words):
        done = subprocess.run([sys.executable, "-m", *words], cwd=tmp_path, env=env, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    files = []
    for words in (["part", "scaffolded"], ["study", "scaffolded"], ["part", "my-part", "--room", "alignment"]):
        files += ran("neurarium", "new", *words).splitlines()
    made = [str(Path(f).relative_to(tmp_path)) for f in files if f.endswith(".py")]
    assert "tests/neurons/test_scaffolded.py" in made
    assert "tests/studies/neurons/test_scaffolded.py" in made
    assert "14 passed" in ran("pytest", "-q", "-p", "no:cacheprovider", "--doctest-modules", *made)
    if list((tmp_path / "tests" / "catalogue").glob("test_*.py")):
        ran("pytest", "-q", "-p", "no:cacheprovider", "-k", "[scaffolded or [my", "tests/catalogue")
    ran("ruff", "check", *made)
    ran("ruff", "format", "--check", *made)
    verdicts = ran("neurarium", "run", "scaffolded", "--jobs", "0", "--store", str(tmp_path / "runs"), "--no-report")
    assert verdicts.count("HOLDS") == 2
