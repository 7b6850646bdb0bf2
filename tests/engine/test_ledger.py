import json

import pytest
from typer.testing import CliRunner

from neurarium.cli import app
from neurarium.core import NeurariumError
from neurarium.engine import ledger

STUDY = '''
"""Does half exceed a tenth?"""

from neurarium.engine import Study

study = Study(
    paper="",
    covers=("half-row",),
    conditions={"half": dict(level=0.5), "tenth": dict(level=0.1)},
    baseline="tenth",
    controls=("tenth",),
    seeds={"quick": 3, "full": 3},
    scales={"micro": {}, "quick": {}, "full": {}},
)


@study.run
def trial(rng, scale, *, level):
    assert rng.seed != 1002 or "FAIL" not in __doc__
    return {"accuracy": level + 0.001 * (rng.seed % 3)}


@study.claim("Half exceeds a tenth by 30 points.", margin_reason="a test")
def half_is_more(r):
    return r["half", "accuracy"].exceeds(r["tenth", "accuracy"], by=0.30)
'''


@pytest.fixture
def lab(tmp_path, monkeypatch):
    """A folder of $NEURARIUM_PATH that is the only one with a ledger."""
    room = tmp_path / "studies" / "cost"
    room.mkdir(parents=True)
    for name in ("b_study", "a_study"):
        (room / f"{name}.py").write_text(STUDY)
    monkeypatch.setenv("NEURARIUM_PATH", str(tmp_path))
    monkeypatch.setenv("NEURARIUM_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "ledger" / "quick.jsonl"
    monkeypatch.setattr(ledger, "homes", lambda: [path])
    return tmp_path


def call(*words, code=0):
    done = CliRunner().invoke(app, ["ledger", *words], catch_exceptions=False)
    assert done.exit_code == code, done.output
    return done


def update(name, **kwargs):
    return call("update", name, "--jobs", "0", **kwargs)


def edit(lab, old, new):
    for path in (lab / "studies" / "cost").glob("*.py"):
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))


def problems(*words, code=1):
    return json.loads(call("check", "--json", *words, code=code).stdout)


def test_a_line_says_what_was_measured_with_what(lab):
    update("a-study")
    line = ledger.read()["a-study"]
    assert line["seeds"] == [1000, 1001, 1002]
    assert (line["room"], line["covers"], line["outcome"]) == ("cost", ["half-row"], "holds")
    (verdict,) = line["verdicts"]
    assert verdict["claim"] == "half_is_more"
    assert verdict["effect"] == pytest.approx(0.4)
    assert (verdict["margin"], verdict["level"], verdict["unit"], verdict["n"]) == ([0.3], 0.95, "fraction", 3)
    assert set(line["versions"]) >= {"python", "torch", "numpy", "neurarium"}
    assert line["wall_s"] > 0
    assert len(line["source"]) == 20


def test_lines_are_sorted_whatever_the_order_of_updates(lab):
    update("b-study")
    update("a-study")
    text = (lab / "ledger" / "quick.jsonl").read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    assert [line["study"] for line in lines] == ["a-study", "b-study"]
    assert [list(line) for line in lines] == [sorted(line) for line in lines]
    assert call("check").stdout == "2 studies, 0 problems, 0 stale lines\n"


def test_an_update_without_a_new_trial_keeps_the_wall_clock_time(lab):
    update("a-study")
    before = ledger.read()["a-study"]
    done = json.loads(call("update", "a-study", "--jobs", "0", "--json").stdout)
    assert done["wall_s"] == before["wall_s"]
    assert done["changes"] == []


def test_a_changed_verdict_must_be_named(lab):
    update("a-study")
    edit(lab, "by=0.30", "by=0.450")
    done = update("a-study")
    assert "name it in CHANGELOG (*Verdicts changed*): half_is_more: holds -> does not hold" in done.stderr
    assert ledger.read()["a-study"]["outcome"] == "does not hold"


def test_a_failed_trial_leaves_the_ledger_as_it_was(lab):
    update("b-study")
    before = (lab / "ledger" / "quick.jsonl").read_bytes()
    edit(lab, "Does half", "FAIL: does half")
    done = update("a-study", code=1)
    assert "failed: half, seed 1002" in done.stderr
    assert (lab / "ledger" / "quick.jsonl").read_bytes() == before


def test_check_misses_a_line(lab):
    update("a-study")
    found = problems()
    assert found["problems"] == [
        {"study": "b-study", "problem": "has no line. Run: neurarium ledger update b-study"},
    ]
    assert not found["ok"]


@pytest.fixture
def full(lab):
    update("a-study")
    update("b-study")
    assert problems(code=0)["ok"]
    return lab / "ledger" / "quick.jsonl"


@pytest.mark.parametrize(
    ("old", "new"),
    [('"outcome": "holds"', '"outcome": "does not hold"'), ('"n": 3', '"n": 8'), ('{"commit"', '{ "commit"')],
)
def test_check_sees_an_edit_by_hand(full, old, new):
    first, second = full.read_text().splitlines()
    assert old in first
    full.write_text(f"{first.replace(old, new)}\n{second}\n")
    (found,) = problems()["problems"]
    assert found["study"] == "a-study"
    assert "edited by hand" in found["problem"]


def test_check_sees_disorder_and_doubles(full):
    first, second = full.read_text().splitlines()
    full.write_text(f"{second}\n{first}\n")
    assert "not sorted" in problems()["problems"][0]["problem"]
    full.write_text(f"{first}\n{first}\n{second}\n")
    assert "a study has two" in problems()["problems"][0]["problem"]


def test_check_sees_a_line_whose_study_or_claim_is_gone(full, lab):
    edit(lab, "half_is_more", "half_is_much_more")
    found = problems()
    assert "'half_is_more'" in found["problems"][0]["problem"]
    (lab / "studies" / "cost" / "b_study.py").unlink()
    assert {"study": "b-study", "problem": "has a line but no study. Remove the line."} in problems()["problems"]


def test_a_stale_line_is_a_warning_and_strictly_an_error(full, lab):
    edit(lab, "0.001 *", "0.002 *")
    assert problems(code=0)["stale"] == ["a-study", "b-study"]
    assert "stale: a-study" in call("check").stdout
    call("check", "--strict", code=1)


def test_a_comment_makes_nothing_stale(full, lab):
    edit(lab, "@study.run", "# a comment\n@study.run")
    assert problems(code=0)["stale"] == []


def test_a_draft_owes_no_line_and_gets_none(lab):
    update("b-study")
    path = lab / "studies" / "cost" / "a_study.py"
    path.write_text(path.read_text().replace('paper="",', 'paper="", tags=("draft",),'))
    assert problems(code=0)["n_studies"] == 1
    assert "Take the tag 'draft' out" in update("a-study", code=2).stderr


def test_a_damaged_line_is_named_by_number(full):
    full.write_text(full.read_text() + "{half a line\n")
    with pytest.raises(NeurariumError, match=r"quick\.jsonl:3"):
        ledger.read(full)
    assert "quick.jsonl:3" in call("check", code=2).stderr


def test_a_study_outside_every_catalogue_has_no_ledger(lab, tmp_path_factory):
    path = tmp_path_factory.mktemp("elsewhere") / "stray.py"
    path.write_text(STUDY)
    assert "is in no catalogue" in update(str(path), code=2).stderr


def test_no_file_is_an_empty_ledger(tmp_path):
    assert ledger.read(tmp_path / "none.jsonl") == {}
