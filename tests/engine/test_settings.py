"""``--set``: by path, with the type of what it replaces, and one clear line when it does not fit."""

import math

import numpy as np
import pytest

from neurarium.core.errors import NeurariumError, UnknownNameError
from neurarium.engine.settings import override

TREE = {
    "scale": {"n_epochs": 3, "rate_hz": 0.5, "widths": (8, 16), "names": ["a"], "empty": (), "is_deep": False},
    "conditions": {"alif": {"beta": 0.2, "rule": "oja", "neuron": math.sin, "limit": None, "np": np.float64(2)}},
}


def changed(assignment):
    path, _, _ = assignment.partition("=")
    value = override(TREE, [assignment])
    for word in path.strip().split("."):
        value = value[word]
    return value


@pytest.mark.parametrize(
    ("assignment", "value"),
    [
        ("scale.n_epochs=5", 5),
        (" scale.n_epochs = 5 ", 5),
        ("scale.rate_hz=2", 2.0),
        ("scale.rate_hz=1e-3", 0.001),
        ("scale.rate_hz=inf", math.inf),
        ("scale.widths=[4, 2, 1]", (4, 2, 1)),
        ("scale.widths=4", (4,)),
        ('scale.names=["b", "c"]', ["b", "c"]),
        ("scale.names=b", ["b"]),
        ("scale.empty=[1]", (1,)),
        ("scale.is_deep=true", True),
        ("conditions.alif.beta=0", 0.0),
        ("conditions.alif.rule=hebb", "hebb"),
        ('conditions.alif.rule="hebb"', "hebb"),
        ("conditions.alif.rule=3", "3"),
        ("conditions.alif.rule=a=b", "a=b"),
        ("conditions.alif.limit=7", 7),
        ("conditions.alif.np=3", 3.0),
    ],
)
def test_a_value_takes_the_type_of_what_it_replaces(assignment, value):
    got = changed(assignment)
    assert got == value
    assert type(got) is type(value)


@pytest.mark.parametrize(
    ("assignment", "message"),
    [
        ("scale.n_epochs=2.5", "`scale.n_epochs` must be a int like 3, got '2.5'"),
        ("scale.n_epochs=many", "must be a int like 3, got 'many'"),
        ("scale.n_epochs=true", "must be a int"),
        ("scale.n_epochs=", "must be a int"),
        ("scale.rate_hz=fast", "must be a float like 0.5"),
        ("scale.is_deep=1", "must be a bool like False"),
        ("scale.is_deep=yes", "must be a bool like False"),
        ('scale.widths=[1, "a"]', r"must be a tuple like \(8, 16\)"),
        ("scale.widths=wide", "must be a tuple"),
        ("scale.n_epochs", "look like a.b=3"),
        ("conditions.alif=3", "be a number, word or list"),
        ("conditions.alif.neuron=cos", "write a condition in the study instead"),
        ("scale.n_epochs.more=3", "name a single setting"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_in_one_line(assignment, message):
    with pytest.raises(NeurariumError, match=message) as error:
        override(TREE, [assignment])
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("assignment", "near"),
    [("scale.n_epoch=3", "n_epochs"), ("scal.n_epochs=3", "scale"), ("conditions.lif.beta=1", "alif")],
)
def test_an_unknown_path_gets_the_nearest_one(assignment, near):
    with pytest.raises(UnknownNameError, match=f"Did you mean '{near}'"):
        override(TREE, [assignment])


@pytest.mark.parametrize("assignment", ["=3", "", ".=3", "scale.=3"])
def test_an_empty_path_is_refused(assignment):
    with pytest.raises(NeurariumError):
        override(TREE, [assignment])


def test_the_original_stays_and_the_rest_is_copied():
    result = override(TREE, ["scale.n_epochs=9", "conditions.alif.beta=1", "scale.n_epochs=4"])
    assert result["scale"]["n_epochs"] == 4  # the last word counts
    assert result["conditions"]["alif"] == {**TREE["conditions"]["alif"], "beta": 1.0}
    assert TREE["scale"]["n_epochs"] == 3
    assert result["scale"] is not TREE["scale"]
    assert override(TREE, []) == TREE
