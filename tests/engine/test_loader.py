"""A study is found by name or by file; one that cannot be loaded says where and why."""

import pytest

from neurarium.core.errors import NeurariumError, UnknownNameError
from neurarium.engine import load_study
from neurarium.engine.runner import planned_seeds


def test_by_file(make_toy):
    toy = make_toy()
    loaded = load_study(toy.path)
    assert loaded.name == "toy"
    assert loaded.question == "Is a larger number larger?"
    assert list(loaded.study.conditions) == ["low", "high", "same"]
    assert [c.name for c in loaded.study.claims] == ["high_is_higher"]
    assert loaded.card.kind == "study"
    assert planned_seeds(loaded, toy.plan()) == (0, 1, 2)
    assert planned_seeds(loaded, toy.plan(scale="full")) == (0, 1, 2, 3)
    assert planned_seeds(loaded, toy.plan(scale="micro")) == (0,)
    assert planned_seeds(loaded, toy.plan(seeds=(7,))) == (7,)


def test_by_name_in_any_spelling(make_toy, tmp_path, monkeypatch):
    room = tmp_path / "more" / "studies" / "neurons"
    room.mkdir(parents=True)
    (room / "larger_numbers.py").write_text(make_toy().path.read_text())
    monkeypatch.setenv("NEURARIUM_PATH", str(tmp_path / "more"))
    for name in ("larger-numbers", "larger_numbers", "LargerNumbers"):
        loaded = load_study(name)
        assert loaded.name == "larger-numbers"
        assert loaded.card.room == "neurons"
    with pytest.raises(UnknownNameError, match="Did you mean 'larger-numbers'"):
        load_study("larger-number")


def test_a_study_that_has_a_question_of_its_own_asks_it(make_toy):
    toy = make_toy()
    toy.path.write_text(toy.path.read_text().replace('paper="",', 'paper="", question="Really?",'))
    assert load_study(toy.path).question == "Really?"


def test_two_files_of_one_name_do_not_get_in_each_others_way(make_toy):
    one, two = make_toy(folder="one"), make_toy(folder="two")
    two.path.write_text(two.path.read_text().replace('"full": 4', '"full": 9'))
    assert load_study(one.path).study.seeds["full"] == 4
    assert load_study(two.path).study.seeds["full"] == 9
    assert load_study(one.path).source != load_study(two.path).source


def test_prepared_carries_out_assignments_without_touching_the_study(make_toy):
    loaded = load_study(make_toy().path)
    conditions, scale = loaded.prepared("micro", ("conditions.high.level=3", "scale.n=7"))
    assert (conditions["high"]["level"], scale.n, scale.name, scale.device) == (3.0, 7, "micro", "cpu")
    assert loaded.study.conditions["high"]["level"] == 1.0
    assert loaded.prepared("micro")[1].n == 2


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("study = Study(", "study = Study((", "cannot be read as Python"),
        ("def note(", "study = study.conditions\n\ndef note(", r"toy\.py:\d+: the study cannot be imported"),
        ("import torch", "import torhc", r"toy\.py:\d+: the study cannot be imported \(ModuleNotFoundError"),
        ("def note(", "1 / 0\n\ndef note(", r"toy\.py:\d+: the study cannot be imported \(ZeroDivisionError"),
        ("@study.run\n", "", "no trial. Decorate a function with @study.run"),
        ("@study.claim", "study.claim", "invalid syntax|cannot be read|no claim"),
        ('controls=("same",)', 'controls=("smae",)', "Did you mean 'same'"),
        ('margin_reason="half of what is built in"', 'margin_reason=""', "say why the margin"),
        ("level=x", "levle=x", "only give what the trial takes"),
    ],
)
def test_a_broken_study_says_what_is_wrong_in_one_line(make_toy, old, new, message):
    toy = make_toy()
    source = toy.path.read_text()
    assert old in source
    toy.path.write_text(source.replace(old, new, 1))
    with pytest.raises(NeurariumError, match=message) as error:
        load_study(toy.path)
    assert str(toy.path) in str(error.value) or "Decorate" in str(error.value) or "no claim" in str(error.value)
    assert "\n" not in str(error.value)


def test_a_file_whose_study_is_something_else(make_toy):
    toy = make_toy()
    toy.path.write_text(toy.path.read_text() + "\n\nstudy = 3\n")
    with pytest.raises(NeurariumError, match=r"toy\.py: `study` is not a Study"):
        load_study(toy.path)


def test_a_file_that_is_not_there():
    with pytest.raises(NeurariumError, match="there is no such file"):
        load_study("nowhere/toy.py")


def test_what_is_not_text(tmp_path):
    path = tmp_path / "toy.py"
    path.write_bytes(b"\xff\xfe\x00study")
    with pytest.raises(NeurariumError, match=r"toy\.py"):
        load_study(path)
