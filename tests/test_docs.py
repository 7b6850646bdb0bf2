"""The generated pages of the documentation."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

from neurarium.core.catalogue import cards

DOCS = Path(__file__).resolve().parent.parent / "docs"


@pytest.fixture(scope="module")
def generate():
    spec = importlib.util.spec_from_file_location("docs_generate", DOCS / "_generate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def pages(generate):
    return generate.pages(ledger=Path("there is none"))


@pytest.fixture
def ledger(tmp_path):
    card = cards("study")[0]
    line = {
        "study": card.name,
        "room": card.room,
        "outcome": "does not hold",
        "verdicts": [
            {
                "claim": "it_is_better",
                "outcome": "does not hold",
                "effect": 0.01,
                "low": -0.02,
                "high": 0.0412,
                "level": 0.95,
                "margin": [0.1],
                "unit": "fraction",
                "n": 8,
                "reason": "<b>a|b</b>",
            }
        ],
        "seconds": 12.3,
        "seeds": [1000, 1001],
        "versions": {"torch": "2.13.0"},
        "commit": "abc",
        "source": "def",
    }
    path = tmp_path / "quick.jsonl"
    path.write_text(json.dumps(line) + "\n")
    return card.name, path


def test_every_study_has_a_page(pages):
    for card in cards("study"):
        page = pages[f"catalogue/studies/{card.name}.md"]
        assert card.summary in page
        assert f"neurarium run {card.name}" in page
        for claim in card.more["claims"]:
            assert claim["text"][:20] in page
        assert f"(studies/{card.name}.md)" in pages["catalogue/studies.md"]


def test_every_entry_is_listed_in_the_catalogue_its_room_and_the_reference(generate, pages):
    for card in cards():
        if card.kind != "study":
            path = f"{card.module}.{card.symbol}"
            assert f"[{path}]" in pages["catalogue/index.md"]
            assert f"[{path}]" in pages[f"catalogue/rooms/{generate.slug(card.room)}.md"]
            assert f"::: {path}\n" in pages[f"reference/{generate.slug(card.room)}.md"]


def test_without_a_ledger_a_study_is_not_measured_yet(pages):
    assert all("Not in the ledger yet." in pages[f"catalogue/studies/{c.name}.md"] for c in cards("study"))


def test_the_ledger_line_is_on_the_studys_page_and_harmless(generate, ledger):
    name, path = ledger
    page = generate.pages(ledger=path)[f"catalogue/studies/{name}.md"]
    assert "| it is better | does not hold | 1 points | -2 to 4.12 (95 %) | 10 | 8 |" in page
    assert "&lt;b&gt;a&#124;b&lt;/b&gt;" in page
    assert "torch 2.13.0" in page


def test_a_reason_that_several_claims_share_is_written_out(generate, tmp_path):
    path = tmp_path / "study.py"
    path.write_text("BAR = 'half of the gap'\nOTHER, x = 1, 2\nTABLE = {}\n")
    assert generate._constants(path) == {"BAR": "half of the gap"}


def test_a_number_that_was_not_finite_is_shown_as_missing(generate, ledger):
    name, path = ledger
    line = json.loads(path.read_text())
    line["verdicts"][0].update(low=None, high=None)
    path.write_text(json.dumps(line) + "\n")
    assert "– to – (95 %)" in generate.pages(ledger=path)[f"catalogue/studies/{name}.md"]


def test_writing_twice_changes_nothing_and_stale_pages_go(generate, tmp_path):
    first = generate.write(tmp_path, ledger=tmp_path / "none")
    stale = tmp_path / "catalogue" / "studies" / "gone.md"
    stale.write_text("old")
    before = {p: p.stat().st_mtime_ns for p in first}
    assert generate.write(tmp_path, ledger=tmp_path / "none") == first
    assert {p: p.stat().st_mtime_ns for p in first} == before
    assert not stale.exists()


def test_it_does_not_import_torch(tmp_path):
    code = "import sys; import _generate; _generate.pages(); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=DOCS, check=False, timeout=60).returncode == 0


def test_roles_become_links_where_the_name_is_described_and_code_elsewhere(generate):
    known = {"LIF": "neurarium.neurons.lif.LIF"}
    assert generate.linked("see :class:`LIF`, :func:`~gone` and ``a :b`", known) == (
        "see [`LIF`][neurarium.neurons.lif.LIF], `gone` and ``a :b`"
    )


@pytest.mark.parametrize(
    ("reference", "link"),
    [
        ("arxiv:1803.09574", "[arxiv:1803.09574](<https://arxiv.org/abs/1803.09574>)"),
        ("", ""),
        ("javascript:alert(1)", "javascript:alert(1)"),
        ("doi:10.1/a>b", "[doi:10.1/a&gt;b](<https://doi.org/10.1/a&gt;b>)"),
    ],
)
def test_papers_link_only_to_where_papers_are(generate, reference, link):
    assert generate.paper(reference) == link


def test_every_hand_written_page_is_in_the_navigation():
    navigation = (DOCS.parent / "mkdocs.yml").read_text(encoding="utf-8")
    for page in DOCS.rglob("*.md"):
        path = page.relative_to(DOCS).as_posix()
        if not path.startswith(("catalogue/", "reference/")):
            assert path in navigation, path


def test_the_site_asks_for_nothing_from_elsewhere():
    settings = (DOCS.parent / "mkdocs.yml").read_text(encoding="utf-8")
    assert "font: false" in settings
    assert "http" not in settings
