"""compare(): numbers with what they are held against, and every misuse caught."""

from functools import partial

import numpy as np
import pandas as pd
import pytest
import torch

from neurarium.alignment import cka, compare, dsa, dsa_distances, dsa_operators, linear_predictivity, procrustes
from neurarium.alignment._compare.measures import pair_measures
from neurarium.core import Recording, Rng
from neurarium.core.card import measure
from neurarium.core.errors import NeurariumError
from neurarium.tasks import lorenz

QUICK = dict(null=40, ci=40)


def drawn(seed, *shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def turned(x, seed=9):
    return x @ torch.linalg.qr(drawn(seed, x.shape[-1], x.shape[-1]))[0]


@pytest.fixture(scope="module")
def latent():
    return drawn(0, 60, 5)


@pytest.fixture(scope="module")
def three(latent):
    near = latent @ drawn(1, 5, 12)
    return {"a": near, "b": turned(near) + 0.3 * drawn(2, 60, 12), "c": drawn(3, 60, 12)}


@pytest.fixture(scope="module")
def found(three):
    return compare(three, measures=["cka", "procrustes"], **QUICK)


def line(comparison, measure, a, b):
    table = comparison.table()
    return table[(table.measure == measure) & (table.a == a) & (table.b == b)].iloc[0]


def test_values_are_those_of_the_measures(three, found):
    for name, function in (("cka", cka), ("procrustes", procrustes)):
        assert line(found, name, "a", "b").value == function(three["a"], three["b"])
    assert found["cka"].values.loc["b", "a"] == found["cka"].values.loc["a", "b"]
    assert found["cka"].values.loc["a", "a"] == 1
    assert found["procrustes"].values.loc["a", "a"] == 0


def test_related_systems_are_told_from_unrelated_ones(found):
    for name in ("cka", "procrustes"):
        assert line(found, name, "a", "b").is_trusted
        assert line(found, name, "a", "b").p_value == 1 / 41
        assert "not told from unrelated data" in line(found, name, "a", "c").reason


def test_debiased_is_zero_for_unrelated_and_one_for_identical_systems(three):
    same = compare({"a": three["a"], "b": 2 * turned(three["a"]) + 1, "c": three["c"]}, **QUICK, measures="procrustes")
    assert line(same, "procrustes", "a", "b").debiased == pytest.approx(1, abs=1e-6)
    assert abs(line(same, "procrustes", "a", "c").debiased) < 0.05


def test_null_of_biased_cka_has_the_mean_that_theory_gives():
    """Independent normal data, p and q units: biased CKA averages √(pq / ((n+p)(n+q)))."""
    biased = {"biased": partial(cka, is_debiased=False)}
    x, y = drawn(1, 40, 30), drawn(2, 40, 50)
    null = line(compare({"x": x, "y": y}, measures=biased, null=200, ci=0), "biased", "x", "y")
    expected = (30 * 50 / ((40 + 30) * (40 + 50))) ** 0.5
    assert null.null_quantile == pytest.approx(expected, abs=0.06)
    assert null.value == pytest.approx(expected, abs=0.06)


def test_intervals_cover_the_truth():
    """CKA of x and x + noise in many units has a known limit; the interval should miss it about once in twenty."""
    n, n_sets, hits = 80, 60, 0
    mixing = drawn(0, 4, 40)
    big = drawn(1, 100_000, 4)
    truth = cka(big @ mixing, big @ mixing + 3 * drawn(2, 100_000, 40))
    for seed in range(n_sets):
        z = drawn(10 + seed, n, 4)
        pair = {"x": z @ mixing, "y": z @ mixing + 3 * drawn(1000 + seed, n, 40)}
        one = line(compare(pair, measures="cka", floor=None, null=0, ci=200, seed=seed), "cka", "x", "y")
        hits += one.low <= truth <= one.high
    assert 52 <= hits <= 60  # 57 are expected of 60, standard deviation 1.7


def test_halves_of_one_system_give_a_floor(three, found):
    floor = line(found, "procrustes", "a", "b").split_half
    assert 0 < floor < line(found, "procrustes", "a", "c").value
    assert compare(three, measures="cka", floor=None, **QUICK).table().split_half.isna().all()


def test_one_unit_has_no_floor_and_says_so(latent):
    one = line(compare({"a": latent[:, :1], "b": latent[:, 1:]}, measures="cka", **QUICK), "cka", "a", "b")
    assert np.isnan(one.split_half)
    assert "no floor" in one.reason


def test_more_units_than_samples_are_doubted_where_the_measure_is_biased():
    x, y = drawn(0, 20, 100), drawn(1, 20, 100)
    found = compare({"x": x, "y": y}, measures=["cka", "procrustes"], **QUICK)
    assert "100 units for 20 samples" in line(found, "procrustes", "x", "y").reason
    assert "100 units" not in line(found, "cka", "x", "y").reason


def test_rows_are_matched_by_identity(three):
    order = np.random.default_rng(0).permutation(60)
    a = pd.DataFrame(three["a"].numpy(), index=[f"s{i}" for i in range(60)])
    b = pd.DataFrame(three["b"].numpy()[order], index=[f"s{i}" for i in order]).iloc[:50]
    matched = line(compare({"a": a, "b": b}, measures="cka", **QUICK), "cka", "a", "b")
    kept = sorted(order[:50])
    assert matched.n_rows == 50
    assert matched.value == pytest.approx(cka(three["a"][kept], three["b"][kept]), abs=1e-12)
    given = compare(
        {"a": a.to_numpy(), "b": b.to_numpy()}, measures="cka", ids={"a": list(a.index), "b": list(b.index)}, **QUICK
    )
    assert line(given, "cka", "a", "b").value == matched.value


def test_unpaired_systems_get_a_reason_instead_of_a_number(three):
    found = compare({"a": three["a"], "b": three["b"][:40]}, measures="cka", **QUICK)
    one = line(found, "cka", "a", "b")
    assert np.isnan(one.value)
    assert not one.is_trusted
    assert one.reason == "unpaired: 60 and 40 samples"
    named = {"a": pd.DataFrame(three["a"].numpy(), index=[f"s{i}" for i in range(60)]), "b": three["b"]}
    assert "only one of the two has ids" in compare(named, measures="cka", **QUICK).table().reason[0]
    strangers = {"a": range(60), "b": range(100, 160)}
    nothing = compare({"a": three["a"], "b": three["b"]}, measures="cka", ids=strangers, **QUICK).table()
    assert nothing.reason[0] == "unpaired: no identity occurs in both systems"


def test_missing_values_leave_rows_out_and_are_counted(three):
    holed = three["a"].clone()
    holed[:7, 3] = torch.nan
    one = line(compare({"a": holed, "b": three["b"]}, measures="cka", **QUICK), "cka", "a", "b")
    assert (one.n_rows, one.n_dropped) == (53, 7)
    assert one.value == pytest.approx(cka(three["a"][7:], three["b"][7:]), abs=1e-12)
    assert "7 rows with missing values" in one.reason


def test_what_the_user_gave_is_not_changed(three):
    points = three["a"][:20].numpy()
    rdm = ((points[:, None] - points) ** 2).sum(-1)
    np.fill_diagonal(rdm, np.nan)
    given = {"a": rdm, "b": 2 * rdm}
    before = {name: values.copy() for name, values in given.items()}
    assert compare(given, **QUICK)["compare-rdms"].values.loc["a", "b"] == pytest.approx(1)
    for name, values in given.items():
        np.testing.assert_array_equal(values, before[name])


def test_constant_units_are_told(three):
    flat = three["a"].clone()
    flat[:, :2] = 5.0
    table = compare({"a": flat, "b": three["b"], "c": three["c"]}, measures="cka", **QUICK).table()
    assert "2 of 12 units of a are constant" in table[table.a == "a"].reason.iloc[0]
    assert "constant" not in table[table.a == "b"].reason.iloc[0]


@pytest.fixture(scope="module")
def trajectories():
    shape = dict(n_trials=24, n_steps=120, stride=4, burn_in=500)
    chaos, cycle = (lorenz(rho=rho, **shape, rng=Rng(1).child(str(rho))) for rho in (28.0, 160.0))
    again = turned(lorenz(rho=28.0, **shape, rng=Rng(2)))
    return {"chaos": chaos, "turned": again, "cycle": cycle}


def test_dsa_is_searched_for_all_pairs_at_once(trajectories):
    found = compare(trajectories, measures={"dsa": partial(dsa, n_delays=5, rank=6)}, null=20, ci=20)
    operators = dsa_operators(list(trajectories.values()), n_delays=5, rank=6)
    expected = dsa_distances(operators)
    np.testing.assert_array_equal(found["dsa"].values.to_numpy(), expected.values.numpy())
    np.testing.assert_allclose(found["dsa"].gap.to_numpy(), (expected.values - expected.lower_bounds).numpy(), atol=0)
    table = found.table()
    assert table.value[0] < 0.5 * table.value[1]  # other trials in other coordinates, against another regime
    assert table.is_trusted[0]
    assert "5 delays, rank 6" in table.reason[0]
    assert table.split_half[0] < table.value[1]


def test_rank_and_delays_are_found_in_the_data_where_nobody_says_them():
    t = torch.arange(60.0, dtype=torch.float64)
    shifts = torch.linspace(0, 6, 16, dtype=torch.float64)[:, None]
    circles = {
        name: torch.stack([torch.cos(w * t + shifts), torch.sin(w * t + shifts)], -1) + 0.01 * drawn(seed, 16, 60, 2)
        for seed, (name, w) in enumerate({"slow": 0.1, "fast": 0.3}.items())
    }
    one = line(compare(circles, measures="dsa", null=3, ci=3), "dsa", "slow", "fast")
    assert "5 delays, rank 2" in one.reason
    assert one.value == pytest.approx(0.2, abs=0.01)  # they turn by 0.1 and 0.3 a step


def test_all_measures_answer_trajectories_and_say_what_they_skip(trajectories):
    few = {name: x[:8, :40] for name, x in trajectories.items()}
    found = compare(few, null=2, ci=2)
    assert {"cka", "dsa", "eigenvalue-wasserstein", "procrustes"} <= set(found)
    assert all(
        "needs (samples, repeats, units)" in why or "needs (stimuli, stimuli)" in why for why in found.skipped.values()
    )
    numbers = found.table()[["measure", "value"]].dropna()
    assert set(numbers.measure) == set(found)


def test_swapped_axes_are_suspected(trajectories):
    smooth = {name: x.transpose(0, 1) for name, x in trajectories.items()}
    assert "time axis of chaos suspected swapped" in compare(smooth, measures="cka", null=2, ci=2).table().reason[0]
    assert "swapped" not in compare(trajectories, measures="cka", null=2, ci=2).table().reason[0]


def test_repeats_are_averaged_or_split(latent):
    signal = latent @ drawn(1, 5, 12)
    a, b = (signal[:, None] + drawn(seed, 60, 10, 12) for seed in (4, 5))
    one = line(compare({"a": a, "b": b}, measures="cka", axes="samples repeats units", **QUICK), "cka", "a", "b")
    assert one.value == pytest.approx(cka(a.mean(1), b.mean(1)), abs=1e-12)
    halves = cka(a[:, :5].mean(1), a[:, 5:].mean(1))
    assert one.split_half == pytest.approx(halves, abs=0.05)


def test_an_asymmetric_measure_is_asked_both_ways(three):
    found = compare({k: three[k] for k in ("a", "b")}, measures="linear_predictivity", null=2, ci=2)
    values = found["linear-predictivity"].values
    assert values.loc["a", "b"] == linear_predictivity(three["a"], three["b"])
    assert values.loc["b", "a"] == linear_predictivity(three["b"], three["a"])


def test_draws_are_reproducible_and_follow_the_seed(three):
    tables = [compare(three, measures="cka", seed=seed, **QUICK).table() for seed in (0, 0, 1)]
    pd.testing.assert_frame_equal(tables[0], tables[1])
    assert (tables[0].low != tables[2].low).all()
    assert (tables[0].value == tables[2].value).all()


def test_measures_agree_where_they_rank_the_pairs_alike(found):
    agreement = found.agreement()
    assert agreement.loc["cka", "cka"] == 1
    assert agreement.loc["cka", "procrustes"] == agreement.loc["procrustes", "cka"] > 0


def test_a_violated_triangle_is_told(three):
    @measure(summary="Not what it says.", level="representation", tags=("distance", "paired"), is_metric=True)
    def square(X, Y):
        return procrustes(X, Y) ** 4

    halfway = {"a": three["a"], "b": three["a"] + 0.5 * three["c"], "c": three["c"]}
    found = compare(halfway, measures={"square": square}, **QUICK)
    assert found["square"].triangle_violation > 0.1
    assert "a triangle is violated" in found.table().reason[0]
    assert compare(halfway, measures="procrustes", **QUICK)["procrustes"].triangle_violation == 0


def test_pairs_that_rank_by_chance_are_remarked_on():
    near = drawn(0, 60, 6)
    systems = {name: near + 0.5 * drawn(seed, 60, 6) for seed, name in enumerate("abcd", 1)}
    found = compare(systems, measures="cka", **QUICK)
    assert found["cka"].rank_stability < 0.7
    assert "pairs rank otherwise in halves" in found.table().reason[0]
    assert found.table().is_trusted.all()


def test_figures_and_page_hold_every_measure_and_escape_names(found, three, tmp_path):
    assert {trace.type for trace in found.plot("procrustes").data} == {"heatmap", "scatter"}
    wild = compare({"<script>alert(1)</script>": three["a"], "b": three["b"]}, measures="cka", **QUICK)
    page = wild.to_html(tmp_path / "page.html").read_text()
    assert "<script>alert" not in page
    assert "Content-Security-Policy" in page
    assert "How alike are" in page


def test_a_recording_is_turned_to_trials_first(trajectories):
    x = trajectories["chaos"].numpy()
    recording = Recording({"x": x.swapaxes(0, 1)})
    one = compare({"a": recording, "b": x}, measures="cka", null=2, ci=2).table()
    assert one.value[0] == pytest.approx(1, abs=1e-12)


def test_a_new_measure_is_found_by_its_card():
    names = [one.name for one in pair_measures("all")]
    assert len(names) == len(set(names))
    assert {"cka", "procrustes", "dsa", "linear-predictivity"} <= set(names)
    for one in pair_measures("all"):
        assert len(one.tags & {"similarity", "distance"}) == 1, one.name
        assert len(one.tags & {"paired", "unpaired"}) == 1, one.name


@pytest.mark.parametrize(
    ("systems", "options", "message"),
    [
        ({"a": drawn(0, 9, 3)}, {}, "`systems` must be a mapping of two names or more"),
        ([drawn(0, 9, 3)] * 2, {}, "`systems` must be a mapping"),
        ({"a": drawn(0, 9, 3), "b": [[1.0]]}, {}, "`b` must be an array"),
        ({"a": drawn(0, 9, 3), "b": drawn(0, 9)}, {}, "`b` must be"),
        ({"a": drawn(0, 9, 3), "b": drawn(0, 9, 3) / 0}, {}, "`b` must hold no infinity"),
        ({"a": drawn(0, 9, 3), "b": drawn(0, 9, 3) + 0j}, {}, "`b` must hold real numbers"),
        ({"a": drawn(0, 9, 3), "b": drawn(0, 9, 3)}, dict(measures="ckaa"), "Did you mean 'cka'"),
        ({"a": drawn(0, 9, 3), "b": drawn(0, 9, 3)}, dict(measures=7), "`measures` must be names"),
        ({"a": drawn(0, 9, 3), "b": drawn(0, 9, 3)}, dict(measures={"mean": np.mean}), "whose card says"),
        ({"a": drawn(0, 9, 3), "b": drawn(0, 9, 3)}, dict(null=-1), "`null` must"),
        ({"a": drawn(0, 9, 3), "b": drawn(0, 9, 3)}, dict(floor="none"), "`floor` must be 'split-half' or None"),
        ({"a": drawn(0, 9, 3), "b": drawn(0, 9, 3)}, dict(axes="time units"), "order of axes"),
        ({"a": drawn(0, 9, 3), "b": drawn(0, 9, 3)}, dict(ids={"c": range(9)}), "no system is called 'c'"),
        ({"a": drawn(0, 9, 3), "b": drawn(0, 9, 3)}, dict(ids={"a": [1] * 9}), "`ids` must name each"),
    ],
)
def test_bad_input_is_refused(systems, options, message):
    with pytest.raises(NeurariumError, match=message):
        compare(systems, **options)
