"""What the README says is so."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from neurarium.core.catalogue import NOT_ROOMS, PACKAGE

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
ROW = re.compile(r"^\| \[`([\w/]+)`\]\(src/neurarium/([\w/]+)\) \|", re.MULTILINE)
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")


def run(*command, **kwargs):
    env = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "error"}
    return subprocess.run(
        [sys.executable, *command], capture_output=True, text=True, timeout=300, env=env, check=False, **kwargs
    )


def rooms():
    """Folders that hold entries: packages without rooms inside, helpers apart; the studies are one room."""
    packages = {p.parent.relative_to(PACKAGE) for p in PACKAGE.rglob("__init__.py")}
    packages = {p for p in packages if p.parts and p.parts[0] not in NOT_ROOMS}
    packages = {p for p in packages if not any(part.startswith("_") for part in p.parts)}
    parents = {parent for p in packages for parent in p.parents}
    return {p.as_posix() for p in packages if p not in parents and p.parts[0] != "studies"} | {"studies"}


def test_the_example_runs(tmp_path):
    (example,) = BLOCK.findall(README)
    assert len([line for line in example.splitlines() if line.strip()]) <= 12
    done = run("-c", example, cwd=tmp_path)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.stem)
def test_a_script_passes_its_own_check(path, tmp_path):
    assert "assert " in path.read_text(encoding="utf-8")
    done = run(str(path), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def test_there_are_scripts():
    assert EXAMPLES


def test_the_table_names_exactly_the_rooms_there_are():
    rows = ROW.findall(README)
    assert all(name == folder for name, folder in rows)
    assert {name for name, _ in rows} == rooms()
    assert len(rows) == len(set(rows))


@pytest.mark.parametrize(("name", "limit"), [("README.md", 150), ("CONTRIBUTING.md", 120)])
def test_it_stays_short(name, limit):
    assert len((ROOT / name).read_text(encoding="utf-8").splitlines()) <= limit


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_links_lead_somewhere(name):
    for target in LINK.findall((ROOT / name).read_text(encoding="utf-8")):
        assert (ROOT / target).exists(), target


def test_the_readme_needs_no_network():
    assert not re.search(r"!\[[^\]]*\]\(https?:|<img[^>]+https?:", README)


def test_the_figure_is_small_and_whole():
    figure = (ROOT / "docs/assets/flow.svg").read_text(encoding="utf-8")
    assert len(figure) < 10_000
    assert not re.search(r"(href|src)=|url\(|<script", figure)


def test_the_version_is_one():
    from neurarium import __version__

    assert f"version: {__version__}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f'version = "{__version__}"\n' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def test_the_changelog_always_has_its_two_sections():
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    for release in changes.split("\n## ")[1:]:
        assert "\n### Verdicts changed\n" in release
        assert "\n### Corrections\n" in release
