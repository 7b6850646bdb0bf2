"""Errors that name the parameter, the value and the way out."""

import math
import subprocess
import sys

import pytest

from neurarium.core.errors import NeurariumError, UnknownNameError, bad, check_fraction, check_positive, unknown
from neurarium.core.extras import require
from neurarium.core.units import decay, missing_suffix
from neurarium.core.vocabulary import METRICS, metric


def test_bad_is_one_sentence_and_a_hint():
    assert str(bad("LIF", "tau_mem_ms", "be positive", "x", "Mend it.")) == (
        "LIF: `tau_mem_ms` must be positive, got 'x'. Mend it."
    )
    assert str(bad("LIF", "dt_ms", "be positive", 0)) == "LIF: `dt_ms` must be positive, got 0."
    assert isinstance(bad("a", "b", "c", 1), ValueError)


@pytest.mark.parametrize(
    ("name", "meant"),
    [("hebian", " Did you mean 'hebbian'?"), ("hebb", " Did you mean 'hebbian'?"), ("zzzz", "")],
)
def test_unknown_says_what_was_meant(name, meant):
    error = unknown("study", name, ["hebbian", "maze"])
    assert str(error) == f"no study is called {name!r}.{meant}"
    assert isinstance(error, (UnknownNameError, LookupError, NeurariumError))


def test_unknown_names_several_and_adds_its_hint():
    text = str(unknown("rule", "oja_1", ["oja_2", "oja_3", "hebb"], "See the list."))
    assert "'oja_2' or 'oja_3'" in text or "'oja_3' or 'oja_2'" in text
    assert text.endswith("? See the list.")


@pytest.mark.parametrize("value", [0, -1, math.nan, math.inf, "1", None, [1]])
def test_check_positive_refuses(value):
    with pytest.raises(NeurariumError, match="LIF: `tau_ms` must be a positive number"):
        check_positive("LIF", dt_ms=1.0, tau_ms=value)


@pytest.mark.parametrize("value", [-0.01, 1.01, math.nan, "half", None])
def test_check_fraction_refuses(value):
    with pytest.raises(NeurariumError, match="LIF: `p` must lie between 0 and 1"):
        check_fraction("LIF", p=value)


def test_checks_let_good_values_through():
    check_positive("LIF", a=1, b=1e-300)
    check_fraction("LIF", a=0, b=1, c=0.5)


def test_require_says_how_to_install_what_is_missing():
    assert require("cluster", "json").loads("1") == 1
    with pytest.raises(
        NeurariumError, match=r"`no_such_thing` is not installed\. Run: pip install 'neurarium\[text\]'"
    ):
        require("text", "no_such_thing")


def test_every_metric_has_a_meaning_and_a_direction():
    for name, m in METRICS.items():
        assert m.meaning, name
        assert m.better in ("higher", "lower", "neither"), name
        assert m.level in ("behaviour", "representation", "implementation"), name
        assert not missing_suffix(name), name
    assert metric("accuracy__anti") == metric("accuracy")
    with pytest.raises(UnknownNameError, match="Did you mean 'accuracy'"):
        metric("acuracy__anti")


def test_units():
    assert decay(1.0, 20.0) == pytest.approx(math.exp(-1 / 20))
    assert missing_suffix("delay")
    assert missing_suffix("tau_mem")
    assert not missing_suffix("delay_steps")
    assert not missing_suffix("n_delays")


def test_names_of_core_are_loaded_when_asked_for():
    script = "import sys, neurarium.core as c; assert 'torch' not in sys.modules; c.NeurariumError; c.part; c.require; "
    script += "assert 'torch' not in sys.modules; c.Rng; assert 'torch' in sys.modules"
    subprocess.run([sys.executable, "-c", script], check=True)
    import neurarium.core

    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        neurarium.core.Nothing  # noqa: B018
