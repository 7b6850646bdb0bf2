import math

import pytest
import torch
from tests.plasticity._spikes import change, train

from neurarium.core import NeurariumError
from neurarium.plasticity import TRIPLET_FITS, PairSTDP, TripletFit, TripletSTDP

N_PAIRS = 60  # the pairing protocol of Sjöström et al. 2001, as the paper simulates it


def measured(fit, period, delta):
    """Change by 60 pairs with post `delta` ms after pre, one pair each `period` ms."""
    pre, post = (
        train((50 + shift + k * period for k in range(N_PAIRS)), 100 + N_PAIRS * period) for shift in (0, delta)
    )
    return change(TripletSTDP(fit=fit), pre, post).item()


def predicted(fit, period, delta):
    """The sums of equations 2 to 4 of the paper, spike by spike."""

    def left(tau, first, n):  # of n spikes, the last of them `first` ms ago
        return sum(math.exp(-(first + i * period) / tau) for i in range(n))

    total = 0.0
    for k in range(N_PAIRS):
        ahead = delta % period if delta > 0 else period + delta  # from the last pre to this post
        n_pre, n_post = (k + 1, k) if delta > 0 else (k, k + 1)  # earlier spikes of the other side
        growth = fit.a2_plus + fit.a3_plus * left(fit.tau_y_ms, period, k)
        loss = fit.a2_minus + fit.a3_minus * left(fit.tau_x_ms, period, k)
        total += growth * left(fit.tau_plus_ms, ahead, n_pre) - loss * left(fit.tau_minus_ms, period - ahead, n_post)
    return total


@pytest.mark.parametrize("name", TRIPLET_FITS)
@pytest.mark.parametrize("delta", [10, -10])
@pytest.mark.parametrize("period", [20, 25, 50, 100])
def test_pairing_protocol_gives_the_papers_sums(name, delta, period):
    fit = TRIPLET_FITS[name]
    assert measured(fit, period, delta) == pytest.approx(predicted(fit, period, delta), abs=1e-12)


def test_visual_cortex_depends_on_frequency_as_recorded():
    """Sjöström et al. 2001: after before pre depresses at 10 and 20 Hz, strengthens at 40 and 50 Hz; means ± s.e.m."""
    recorded = {(100, 10): (0.14, 0.10), (50, 10): (0.29, 0.14), (25, 10): (0.53, 0.11), (20, 10): (0.56, 0.26)} | {
        (100, -10): (-0.41, 0.11), (50, -10): (-0.34, 0.10), (25, -10): (0.56, 0.32), (20, -10): (0.75, 0.19)
    }  # fmt: skip
    found = {point: measured(TRIPLET_FITS["visual cortex"], *point) for point in recorded}
    misses = [((found[p] - mean) / error) ** 2 for p, (mean, error) in recorded.items()]
    assert sum(misses) / len(misses) < 2.0
    assert found[20, -10] > found[25, -10] > 0 > found[100, -10]
    assert found[20, 10] > found[25, 10] > found[50, 10] > found[100, 10] > 0


def test_without_triplets_it_is_the_pair_rule():
    fit = TripletFit(a2_plus=0.3, a3_plus=0.0, a2_minus=0.2, a3_minus=0.0)
    pair = PairSTDP(a_plus=0.3, a_minus=0.2, tau_plus_ms=16.8, tau_minus_ms=33.7)
    generator = torch.Generator().manual_seed(0)
    pre, post = ((torch.rand(90, 2, n, generator=generator) < 0.2).double() for n in (3, 4))
    torch.testing.assert_close(change(TripletSTDP(fit=fit), pre, post), change(pair, pre, post))


def test_slow_traces_leave_out_the_spike_of_the_moment():
    fit = TripletFit(a2_plus=0.0, a3_plus=1.0, a2_minus=0.0, a3_minus=1.0)
    assert change(TripletSTDP(fit=fit), train([5], 30), train([9], 30)).item() == 0.0
    post_pre_post = change(TripletSTDP(fit=fit), train([5], 30), train([2, 9], 30)).item()
    assert post_pre_post == pytest.approx(math.exp(-4 / 16.8 - 7 / 125))
    pre_post_pre = change(TripletSTDP(fit=fit), train([2, 9], 30), train([5], 30)).item()
    assert pre_post_pre == pytest.approx(-math.exp(-4 / 33.7 - 7 / 101))


def test_bounds_and_rate():
    pre, post = train(range(0, 90, 9), 100), train(range(1, 91, 9), 100)
    fit = TRIPLET_FITS["hippocampus"]
    once = change(TripletSTDP(fit=fit), pre, post)
    torch.testing.assert_close(change(TripletSTDP(fit=fit, lr=3.0), pre, post), 3 * once)
    assert change(TripletSTDP(fit=fit, lr=1e3, bounds=(0.0, 1.0)), pre, post).item() in (0.0, 1.0)


@pytest.mark.parametrize("wrong", [{"lr": 0.0}, {"dt_ms": -1.0}, {"fit": "visual cortex"}])
def test_bad_arguments_are_refused(wrong):
    with pytest.raises(NeurariumError, match=f"TripletSTDP: `{next(iter(wrong))}` must"):
        TripletSTDP(**wrong)


@pytest.mark.parametrize("wrong", [{"a2_plus": -1.0}, {"tau_x_ms": 0.0}])
def test_bad_constants_are_refused(wrong):
    with pytest.raises(NeurariumError, match=f"TripletFit: `{next(iter(wrong))}` must"):
        TripletFit(**{"a2_plus": 1.0, "a3_plus": 0.0, "a2_minus": 1.0, "a3_minus": 0.0, **wrong})
