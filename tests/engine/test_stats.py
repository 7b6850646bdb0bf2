"""Every interval against scipy, and its coverage against what it promises."""

import math

import numpy as np
import pytest
from scipy import stats as scipy_stats

from neurarium.core.errors import NeurariumError
from neurarium.engine import evidence, stats
from neurarium.engine.rows import Rows

N_SIMULATIONS = 2000
SIZES = (5, 8, 20)


def test_mean_interval_is_that_of_scipy():
    x = np.random.default_rng(0).normal(3, 2, 7)
    for level in (0.90, 0.95, 0.99):
        ours, theirs = stats.mean_interval(x, level), scipy_stats.ttest_1samp(x, 0).confidence_interval(level)
        assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), rel=1e-12)
        assert ours.estimate == pytest.approx(x.mean())
        assert ours.se == pytest.approx(scipy_stats.sem(x))


def test_of_paired_differences_it_is_the_paired_t_interval_of_scipy():
    rng = np.random.default_rng(1)
    a, b = rng.normal(0, 1, 9), rng.normal(0.5, 1, 9)
    ours, theirs = stats.mean_interval(a - b), scipy_stats.ttest_rel(a, b).confidence_interval(0.95)
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), rel=1e-12)


@pytest.mark.parametrize("values", [[], [0.4]])
def test_fewer_than_two_values_say_nothing(values):
    i = stats.mean_interval(values)
    assert (i.low, i.high, i.n) == (-math.inf, math.inf, len(values))


def test_mean_interval_refuses_nan():
    with pytest.raises(NeurariumError, match="must be finite"):
        stats.mean_interval([0.1, math.nan])


def test_slopes_are_those_of_scipy():
    rng = np.random.default_rng(2)
    x, y = np.array([1.0, 2.0, 4.0, 9.0]), rng.normal(0, 1, (6, 4))
    assert stats.slopes(x, y) == pytest.approx([scipy_stats.linregress(x, row).slope for row in y], rel=1e-12)


def test_slopes_need_two_different_points():
    with pytest.raises(NeurariumError, match="at least two different values"):
        stats.slopes([2.0, 2.0], [[1.0, 3.0]])


def _survival(rng, n, hazard, limit):
    times = rng.exponential(1 / hazard, n).round(2) + 0.01  # rounded: ties happen
    return np.minimum(times, limit), times <= limit


@pytest.mark.parametrize(("n", "limit"), [(6, 1.0), (20, 0.7), (50, 99.0)])
def test_hazard_ratio_agrees_with_the_logrank_test_of_scipy(n, limit):
    rng = np.random.default_rng(n)
    ta, ra = _survival(rng, n, 2.0, limit)
    tb, rb = _survival(rng, n + 3, 1.0, limit)
    ours = stats.hazard_ratio(ta, ra, tb, rb)
    censored = [scipy_stats.CensoredData.right_censored(t, ~r) for t, r in ((ta, ra), (tb, rb))]
    theirs = scipy_stats.logrank(*censored)
    z = math.log(ours.estimate) / ours.se
    assert z == pytest.approx(theirs.statistic, rel=1e-9)
    assert 2 * scipy_stats.norm.sf(abs(z)) == pytest.approx(theirs.pvalue, rel=1e-9)
    assert math.log(ours.high / ours.low) == pytest.approx(2 * scipy_stats.norm.ppf(0.975) * ours.se)


def test_hazard_ratio_on_a_hand_worked_example():
    # a reaches its goal at 1 and 2, b at 3 and never: E = 2/4 + 1/3 + 0 = 5/6, V = 1/4 + 2/9 + 0 = 17/36
    i = stats.hazard_ratio([1, 2], [True, True], [3, 4], [True, False])
    assert math.log(i.estimate) == pytest.approx((2 - 5 / 6) / (17 / 36))
    assert i.se == pytest.approx((17 / 36) ** -0.5)


def test_a_run_that_never_reaches_its_goal_tells_nothing():
    i = stats.hazard_ratio([5, 5], [False, False], [5, 5], [False, False])
    assert (i.estimate, i.low, i.high) == (1.0, 0.0, math.inf)


def _means(rng, effect, n, n_draws=20_000):
    x = rng.normal(effect, 1.0, (n_draws, n))
    return x.mean(1), x.std(1, ddof=1) / math.sqrt(n)


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("effect", [0.2, 0.8])
def test_power_is_the_share_of_simulations_above_the_margin(n, effect):
    mean, se = _means(np.random.default_rng(3), effect, n)
    hit = (mean - scipy_stats.t.ppf(0.975, n - 1) * se > 0.1).mean()
    assert stats.power(effect, 0.1, 1 / math.sqrt(n), n) == pytest.approx(hit, abs=0.014)  # 4 binomial errors


@pytest.mark.parametrize("n", SIZES)
def test_detectable_is_the_effect_seen_four_times_in_five(n):
    se = 1 / math.sqrt(n)
    effect = stats.detectable(0.1, se, n)
    assert stats.power(effect, 0.1, se, n) == pytest.approx(0.8, abs=1e-6)
    mean, ses = _means(np.random.default_rng(4), effect, n)
    assert (mean - scipy_stats.t.ppf(0.975, n - 1) * ses > 0.1).mean() == pytest.approx(0.8, abs=0.012)


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("band", [0.5, 1.0])
def test_equivalence_power_is_the_share_of_simulations_inside_the_band(n, band):
    mean, se = _means(np.random.default_rng(5), 0.0, n)
    half = scipy_stats.t.ppf(0.95, n - 1) * se
    inside = ((mean - half >= -band) & (mean + half <= band)).mean()
    assert stats.equivalence_power(band, 1 / math.sqrt(n), n) == pytest.approx(inside, abs=0.014)


@pytest.mark.parametrize("n", [2, 3, 8, 20])
def test_power_is_that_of_scipy_and_stays_finite_far_out(n):
    def exact(shift):
        """Over the sample's standard error s: the mean must clear t s."""
        bar = scipy_stats.t.ppf(0.975, n - 1)
        s = np.sqrt(scipy_stats.chi2.ppf((np.arange(20_000) + 0.5) / 20_000, n - 1) / (n - 1))
        return scipy_stats.norm.cdf(shift - bar * s).mean()

    for shift in (-40.0, -2.0, 0.0, 1.0, 5.0, 36.9, 37.1, 60.0, 1e3, 1e15):
        assert stats.power(shift, 0.0, 1.0, n) == pytest.approx(exact(shift), abs=4e-4)


def test_power_without_spread_or_without_seeds():
    assert stats.power(0.2, 0.1, 0.0, 5) == 1.0
    assert stats.power(0.1, 0.1, 0.0, 5) == 0.0
    assert stats.power(0.2, 0.1, math.inf, 1) == 0.0
    assert stats.detectable(0.1, 0.0, 5) == 0.1
    assert stats.detectable(0.1, math.inf, 1) == math.inf
    assert stats.equivalence_power(0.1, 0.0, 5) == 1.0
    assert stats.equivalence_power(0.1, math.inf, 1) == 0.0


# Coverage of every claim word, measured on the words themselves. The world: seeds differ a lot, conditions share
# the seed's luck, and the true effect of each word is known.
POINTS = (1.0, 2.0, 4.0, 8.0)
CONDITIONS = {
    "base": {"size": 0.0},
    "a": {"size": 0.0},
    "b": {"size": 0.0},
    "ab": {"size": 0.0},
    **{f"size_{i}": {"size": x} for i, x in enumerate(POINTS)},
    **{f"power_{i}": {"size": x} for i, x in enumerate(POINTS)},
}
MEANS = {"base": 1.0, "a": 1.3, "b": 1.2, "ab": 1.9}  # ab gains 0.4 over what a and b gain alone
WORDS = {
    "exceeds": (0.95, 0.3, lambda r: r["a", "loss"].exceeds(r["base", "loss"], by=0.1)),
    "matches": (0.90, 0.3, lambda r: r["a", "loss"].matches(r["base", "loss"], within=0.5)),
    "not_worse_than": (0.95, -0.3, lambda r: r["a", "loss"].not_worse_than(r["base", "loss"], within=0.1)),
    "at_least": (0.95, 1.3, lambda r: r["a", "loss"].at_least(1.0)),
    "at_most": (0.95, 1.3, lambda r: r["a", "loss"].at_most(1.0)),
    "interaction": (0.95, 0.4, lambda r: r["ab", "loss"].interaction(r["a", "loss"], r["b", "loss"])),
    "grows_with": (0.95, 0.25, lambda r: r["size_*", "loss"].grows_with("size")),
    "scales_as": (0.90, 0.7, lambda r: r["power_*", "loss"].scales_as("size", power=0.5, within=0.1)),
}


def _worlds(n):
    rng = np.random.default_rng(1000 + n)
    luck = rng.normal(0, 2.0, (N_SIMULATIONS, 1, n))
    noise = rng.normal(0, 0.5, (N_SIMULATIONS, len(CONDITIONS), n))
    table = np.empty_like(noise)
    for i, (name, arguments) in enumerate(CONDITIONS.items()):
        if name.startswith("power_"):  # a power law with noise that is normal on the logarithm
            table[:, i] = 2 * arguments["size"] ** 0.7 * np.exp(0.2 * luck[:, 0] + 0.2 * noise[:, i])
        else:
            table[:, i] = MEANS.get(name, 0.25 * arguments["size"]) + luck[:, 0] + noise[:, i]
    seeds = tuple(range(n))
    for world in table.tolist():
        data = {
            c: {s: {"loss": v} for s, v in zip(seeds, w, strict=True)} for c, w in zip(CONDITIONS, world, strict=True)
        }
        yield Rows(data, conditions=CONDITIONS, seeds=seeds, baseline="base")


@pytest.mark.parametrize("n", SIZES)
def test_coverage_of_every_claim_word(n, monkeypatch, record_property):
    for slow in ("power", "detectable", "equivalence_power"):  # the interval does not depend on them
        monkeypatch.setattr(evidence, slow, lambda *args: 0.0)
    hits = dict.fromkeys(WORDS, 0)
    for rows in _worlds(n):
        for word, (level, truth, decide) in WORDS.items():
            i = decide(rows).interval
            assert (i.level, i.n) == (level, n)
            hits[word] += i.low <= truth <= i.high
    for word, (level, _, _) in WORDS.items():
        least, most = scipy_stats.binom.ppf([5e-5, 1 - 5e-5], N_SIMULATIONS, level)
        record_property(f"{word} n={n}", hits[word] / N_SIMULATIONS)
        assert least <= hits[word] <= most, f"{word} covers {hits[word] / N_SIMULATIONS:.3f}, promised {level}"


@pytest.mark.parametrize(
    ("ratio", "n", "measured"), [(1.0, 20, 0.937), (1.0, 50, 0.956), (2.0, 20, 0.916), (2.0, 50, 0.935)]
)
def test_coverage_of_faster_than(ratio, n, measured, record_property):
    """Peto's ratio is exact only for many runs and a ratio near one: nominal 95 % cover what is written here."""
    rng = np.random.default_rng(n)
    hits = 0
    for _ in range(N_SIMULATIONS):
        i = stats.hazard_ratio(*_survival(rng, n, ratio, 1.5), *_survival(rng, n, 1.0, 1.5))
        hits += i.low <= ratio <= i.high
    record_property(f"faster_than ratio={ratio} n={n}", hits / N_SIMULATIONS)
    assert hits / N_SIMULATIONS == pytest.approx(measured, abs=0.01)
