"""Every claim word on made-up rows: it can say yes, no and "I do not know", and it says why."""

import math

import numpy as np
import pytest

from neurarium.core import vocabulary
from neurarium.core.errors import NeurariumError, UnknownNameError
from neurarium.engine.evidence import Evidence
from neurarium.engine.rows import Rows
from neurarium.engine.study import Gate, Study
from neurarium.engine.verdict import judge

N = 8
SPREAD = np.array([-0.03, 0.02, 0.01, -0.01, 0.03, -0.02, 0.015, -0.015])
LUCK = np.linspace(-0.2, 0.2, N)  # shared by all conditions of a seed: pairing must take it out


def made_up(metric="accuracy", *, n=N, drop=(), conditions=None, **samples):
    """Rows with one metric; `drop` names (condition, seed) pairs without a result."""
    data = {
        c: {s: {metric: float(v)} for s, v in enumerate(values) if (c, s) not in drop} for c, values in samples.items()
    }
    arguments = {c: {} for c in samples} | (conditions or {})
    return Rows(data, conditions=arguments, seeds=tuple(range(n)), baseline=next(iter(samples)))


def pair(difference, spread=1.0, metric="accuracy", **kwargs):
    """Conditions b and a with the given paired difference a - b."""
    b = 0.5 + LUCK
    return made_up(metric, b=b, a=b + difference + spread * SPREAD, **kwargs)


TWO_SIDED = {
    "exceeds": (lambda a, b: a.exceeds(b, by=0.1), {"holds": 0.2, "does not hold": 0.0, "inconclusive": 0.11}),
    "matches": (lambda a, b: a.matches(b, within=0.05), {"holds": 0.0, "does not hold": 0.2, "inconclusive": 0.05}),
    "not_worse_than": (
        lambda a, b: a.not_worse_than(b, within=0.1),
        {"holds": 0.0, "does not hold": -0.2, "inconclusive": -0.1},
    ),
}


@pytest.mark.parametrize("outcome", ["holds", "does not hold", "inconclusive"])
@pytest.mark.parametrize("word", TWO_SIDED)
def test_paired_words(word, outcome):
    decide, differences = TWO_SIDED[word]
    r = pair(differences[outcome])
    evidence = decide(r["a", "accuracy"], r["b", "accuracy"])
    assert evidence.outcome == outcome
    assert evidence.interval.estimate == pytest.approx(differences[outcome] * 1.0, abs=1e-9)
    assert evidence.interval.high - evidence.interval.low < 0.06  # LUCK spans 0.4: paired, it is gone
    assert bool(evidence.reason) == (outcome == "inconclusive")
    assert evidence.unit == "fraction"


@pytest.mark.parametrize(
    ("mean", "at_least", "at_most"),
    [(0.7, "holds", "does not hold"), (0.3, "does not hold", "holds"), (0.5, "inconclusive", "inconclusive")],
)
def test_bounds(mean, at_least, at_most):
    sample = made_up(a=mean + SPREAD)["a", "accuracy"]
    assert sample.at_least(0.5).outcome == at_least
    assert sample.at_most(0.5).outcome == at_most


def test_bounds_include_their_end_and_exceeds_does_not():
    r = made_up(a=[0.5] * N, b=[0.25] * N)
    a, b = r["a", "accuracy"], r["b", "accuracy"]
    assert a.at_least(0.5).outcome == a.at_most(0.5).outcome == "holds"
    assert a.exceeds(b, by=0.25).outcome == "does not hold"


@pytest.mark.parametrize(("gain", "outcome"), [(0.3, "holds"), (0.0, "does not hold"), (0.11, "inconclusive")])
def test_interaction(gain, outcome):
    none = 0.3 + LUCK
    r = made_up(none=none, x=none + 0.1, y=none + 0.2, both=none + 0.3 + gain + SPREAD)
    both, x, y = (r[c, "accuracy"] for c in ("both", "x", "y"))
    assert both.interaction(x, y, by=0.1).outcome == outcome
    assert ("none", "accuracy") in r.touched  # the baseline is read too, so the gates see it
    assert both.interaction(x, y, by=0.1, base=r["none", "accuracy"]).interval.estimate == pytest.approx(gain)


SIZES = {f"s{x}": {"size": x} for x in (1, 2, 4, 8)}


@pytest.mark.parametrize(("slope", "outcome"), [(0.1, "holds"), (-0.1, "does not hold"), (0.0, "inconclusive")])
def test_grows_with(slope, outcome):
    samples = {c: a["size"] * (slope + SPREAD) + LUCK for c, a in SIZES.items()}
    assert made_up(conditions=SIZES, **samples)["s*", "accuracy"].grows_with("size").outcome == outcome


@pytest.mark.parametrize(("power", "outcome"), [(0.5, "holds"), (1.0, "does not hold"), (0.58, "inconclusive")])
def test_scales_as(power, outcome):
    samples = {c: 3 * a["size"] ** (power + 2 * SPREAD) for c, a in SIZES.items()}
    r = made_up("loss", conditions=SIZES, **samples)
    evidence = r[tuple(SIZES), "loss"].scales_as("size", power=0.5, within=0.1)
    assert evidence.outcome == outcome
    assert evidence.interval.estimate == pytest.approx(power)
    assert evidence.margin == pytest.approx((0.4, 0.6))


def test_scales_as_of_a_metric_that_reaches_zero_is_inconclusive_not_an_error():
    samples = {c: np.full(N, float(a["size"])) for c, a in SIZES.items()}
    samples["s8"][2] = 0.0
    evidence = made_up("loss", conditions=SIZES, **samples)["s*", "loss"].scales_as("size", power=1, within=0.1)
    assert evidence.outcome == "inconclusive"
    assert "loss reaches 0" in evidence.reason


@pytest.mark.parametrize(("factor", "outcome"), [(0.1, "holds"), (10.0, "does not hold"), (1.05, "inconclusive")])
def test_faster_than(factor, outcome):
    b = np.linspace(10, 90, N)
    r = made_up("seconds", b=b, a=b * factor)
    assert r["a", "seconds"].faster_than(r["b", "seconds"]).outcome == outcome


def test_faster_than_counts_runs_stopped_before_their_goal_as_such():
    stopped = {s: {"seconds": 100.0, "seconds_reached": 0.0} for s in range(N)}
    reached = {s: {"seconds": 100.0, "seconds_reached": 1.0} for s in range(N)}
    r = Rows({"a b": reached, "b": stopped}, conditions={"a b": {}, "b": {}}, seeds=tuple(range(N)), baseline="b")
    evidence = r["a b", "seconds"].faster_than(r["b", "seconds"])  # a condition's name may hold a space
    assert evidence.outcome == "holds"
    assert evidence.power is None


def test_not_worse_than_follows_the_direction_of_its_metric():
    for metric, better in (("accuracy", 0.2), ("loss", -0.2)):
        assert vocabulary.METRICS[metric].better == ("higher" if better > 0 else "lower")
        r = pair(better, metric=metric)
        assert r["a", metric].not_worse_than(r["b", metric], within=0.1).outcome == "holds"
        assert r["b", metric].not_worse_than(r["a", metric], within=0.1).outcome == "does not hold"


def test_not_worse_than_refuses_a_metric_without_direction(monkeypatch):
    monkeypatch.setitem(vocabulary.METRICS, "angle", vocabulary.Metric("an angle", "neither", "representation"))
    r = pair(0.0, metric="angle")
    with pytest.raises(NeurariumError, match="must have a direction"):
        r["a", "angle"].not_worse_than(r["b", "angle"], within=0.1)


def test_values_are_paired_by_seed_not_by_position():
    r = pair(0.2, spread=0.0, drop={("a", 0), ("b", 5)})
    evidence = r["a", "accuracy"].exceeds(r["b", "accuracy"], by=0.1)
    assert (evidence.interval.low, evidence.interval.high) == pytest.approx((0.2, 0.2))
    assert (evidence.interval.n, evidence.n_missing) == (6, 2)


@pytest.mark.parametrize("word", ["at_least", "interaction", "grows_with"])
def test_every_word_counts_missing_seeds(word):
    samples = {c: 0.5 + a["size"] * SPREAD for c, a in SIZES.items()}
    r = made_up(conditions=SIZES, drop={("s2", 1), ("s4", 1), ("s8", 6)}, **samples)
    s = {c: r[c, "accuracy"] for c in SIZES}
    evidence, n_missing = {
        "at_least": (s["s2"].at_least(0.1), 1),
        "interaction": (s["s8"].interaction(s["s2"], s["s4"]), 2),
        "grows_with": (r["s*", "accuracy"].grows_with("size"), 2),
    }[word]
    assert evidence.n_missing == n_missing
    assert evidence.interval.n == N - n_missing


@pytest.mark.parametrize("n_left", [0, 1])
def test_fewer_than_two_seeds_are_inconclusive(n_left):
    r = pair(0.2, drop={("a", s) for s in range(n_left, N)})
    evidence = r["a", "accuracy"].exceeds(r["b", "accuracy"])
    assert evidence.outcome == "inconclusive"
    assert f"only {n_left} seed(s)" in evidence.reason


def test_inconclusive_states_the_power_reached():
    r = pair(0.11)
    exceeds = r["a", "accuracy"].exceeds(r["b", "accuracy"], by=0.1)
    assert exceeds.reason.startswith("the interval crosses 0.1; 8 seeds would see ")
    assert "in 80 % of cases" in exceeds.reason
    assert exceeds.detectable is not None
    assert 0.1 < exceeds.detectable < 0.2
    assert exceeds.power is not None
    assert exceeds.power > 0.99  # an effect of twice the margin would have been seen
    matches = pair(0.0, spread=3.0)
    wide = matches["a", "accuracy"].matches(matches["b", "accuracy"], within=0.02)
    assert wide.outcome == "inconclusive"
    assert wide.power is not None
    assert wide.power < 0.2
    assert f"8 seeds would show equality in {wide.power:.0%} of cases" in wide.reason


def test_and_takes_the_weaker():
    r = pair(0.2)
    a, b = r["a", "accuracy"], r["b", "accuracy"]
    holds, fails, unsure = a.exceeds(b), b.exceeds(a), a.exceeds(b, by=0.2)
    assert [e.outcome for e in (holds, fails, unsure)] == ["holds", "does not hold", "inconclusive"]
    assert (holds & holds).outcome == "holds"
    assert (holds & unsure).outcome == (unsure & holds).outcome == "inconclusive"
    assert (unsure & fails).outcome == (fails & holds).outcome == "does not hold"
    both = holds & unsure & fails
    assert both.parts == (holds, unsure, fails)
    assert both.statement == " and ".join(p.statement for p in both.parts)
    assert both.interval == fails.interval


def test_rows_answer_typing_errors_with_the_nearest_name():
    r = pair(0.2)
    with pytest.raises(UnknownNameError, match="condition"):
        r["c", "accuracy"]
    with pytest.raises(UnknownNameError, match="condition"):
        r["zz*", "accuracy"]
    with pytest.raises(UnknownNameError, match="Did you mean 'accuracy'"):
        r["a", "acuracy"]
    with pytest.raises(NeurariumError, match="must be a number in condition 'b'"):
        r["*", "accuracy"].grows_with("size")


def test_table_is_long_and_keeps_the_order_of_conditions_and_seeds():
    table = pair(0.2, drop={("a", 3)}).table()
    assert list(table.columns) == ["condition", "seed", "accuracy"]
    assert table.condition.tolist() == ["b"] * N + ["a"] * (N - 1)
    assert table[table.condition == "a"].seed.tolist() == [0, 1, 2, 4, 5, 6, 7]


# ---- from rows to verdicts


def study(gate=None):
    s = Study(
        paper="",
        conditions={"b": {}, "a": {}},
        baseline="b",
        controls=("b",),
        seeds={"quick": N},
        scales={"micro": {}, "quick": {}, "full": {}},
        gate=gate,
    )
    s.claim("a exceeds b.", margin_reason="made up")(first)
    s.claim("b is not below a half.", margin_reason="made up")(second)
    return s


def first(r):
    return r["a", "accuracy"].exceeds(r["b", "accuracy"], by=0.1)


def second(r):
    return r["b", "accuracy"].at_least(0.1)


def test_the_first_claim_is_primary():
    verdicts = judge(study(), pair(0.2))
    assert [(v.claim, v.is_primary, v.outcome) for v in verdicts] == [
        ("first", True, "holds"),
        ("second", False, "holds"),
    ]


def test_more_than_a_fifth_missing_is_inconclusive():
    one = judge(study(), pair(0.2, drop={("a", 0)}))
    two = judge(study(), pair(0.2, drop={("a", 0), ("a", 1)}))
    assert [v.outcome for v in one] == ["holds", "holds"]
    assert [v.outcome for v in two] == ["inconclusive", "holds"]  # the second claim does not read a
    assert two[0].evidence.reason == "2 of 8 trials of a gave no result"
    assert math.isfinite(two[0].evidence.interval.low)  # the numbers stay visible


def test_a_condition_without_any_row_is_inconclusive_not_an_error():
    nothing = pair(0.2, drop={("a", s) for s in range(N)})
    assert judge(study(), nothing)[0].evidence.reason == "8 of 8 trials of a gave no result"


@pytest.mark.parametrize(
    ("gate", "outcomes"),
    [
        (Gate("accuracy", 0.3), ["holds", "holds"]),
        (Gate("accuracy", 0.6), ["inconclusive", "inconclusive"]),
        (Gate("accuracy", 0.6, conditions=("a",)), ["holds", "holds"]),
    ],
)
def test_the_skill_gate(gate, outcomes):
    verdicts = judge(study(gate), pair(0.2))  # means: b 0.5, a 0.7
    assert [v.outcome for v in verdicts] == outcomes
    if "inconclusive" in outcomes:
        assert verdicts[0].evidence.reason == "the model did not learn: accuracy 0.5 in b, the gate is 0.6"


def test_a_gate_whose_metric_is_missing_does_not_open():
    verdict = judge(study(Gate("loss", 0.0)), pair(0.2))[0]
    assert verdict.outcome == "inconclusive"
    assert "did not learn" in verdict.evidence.reason


def test_a_claim_that_gives_no_evidence_is_an_error_that_names_it():
    s = study()
    s.claim("Nothing.", margin_reason="made up")(lambda r: None)
    with pytest.raises(NeurariumError, match="return what a claim word gives"):
        judge(s, pair(0.2))


def test_evidence_is_plain_data():
    assert isinstance(first(pair(0.2)), Evidence)


def test_a_claim_needs_a_reason_for_its_margin():
    with pytest.raises(NeurariumError, match="say why the margin is what it is"):
        study().claim("x", margin_reason="  ")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"baseline": "c"}, "no condition is called 'c'"),
        ({"controls": ()}, "name a condition in which the claim must vanish"),
        ({"scales": {"quick": {}, "full": {}}}, "'micro'"),
        ({"scales": {"quick": {}, "micro": {}, "full": {}, "huge": {}}}, "use the names"),
        ({"gate": Gate("accuracy", 0.5, conditions=("zz",))}, "no condition is called 'zz'"),
    ],
)
def test_a_study_refuses_an_incomplete_declaration(change, message):
    whole = {"paper": "", "conditions": {"b": {}, "a": {}}, "baseline": "b", "controls": ("a",)}
    whole |= {"seeds": {"quick": 2}, "scales": {"micro": {}, "quick": {}, "full": {}}}
    with pytest.raises(NeurariumError, match=message):
        Study(**(whole | change))


def test_a_study_refuses_an_argument_its_trial_does_not_take():
    s = study()
    s.conditions["a"] = {"beta": 1}
    with pytest.raises(NeurariumError, match="only give what the trial takes"):
        s.run(lambda rng, scale: {})


def test_micro_runs_one_seed_and_sizes_fall_back_on_quick():
    s = study()
    s.scales = {"quick": {"n": 5, "m": 1}, "micro": {"n": 2}, "full": {}}
    assert (s.n_seeds("micro"), s.n_seeds("quick"), s.n_seeds("full")) == (1, N, N)
    assert (s.scale("micro").n, s.scale("micro").m, s.scale("full").n) == (2, 1, 5)
    with pytest.raises(UnknownNameError, match="size of this scale"):
        _ = s.scale("quick").k
    with pytest.raises(UnknownNameError, match="scale"):
        s.scale("huge")
