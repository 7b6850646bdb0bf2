import math

import pytest
import torch

from neurarium.core import NeurariumError
from neurarium.plasticity import DiehlCookSTDP

TAUS = dict(tau_plus_ms=17.0, tau_minus_ms=23.0, tau_slow_ms=41.0)


def run(rule, pre, post, w, modulator=None):
    state = rule.init_state(w)
    for x, y in zip(pre.unbind(0), post.unbind(0), strict=True):
        w, state = rule.step(x, y, w, state, modulator)
    return w


def train(steps, n_steps):
    spikes = torch.zeros(n_steps, 1, 1, dtype=torch.float64)
    spikes[list(steps)] = 1
    return spikes


def by_events(pre, post, rule, w):
    """The rule as its paper writes it: at each spike of one synapse, from the time of the last spikes."""
    last_pre, last_post = -math.inf, -math.inf
    for k in range(len(pre)):
        r = math.exp(-(k - last_pre) * rule.dt_ms / rule.tau_plus_ms)
        o = math.exp(-(k - last_post) * rule.dt_ms / rule.tau_minus_ms)
        u = math.exp(-(k - last_post) * rule.dt_ms / rule.tau_slow_ms)
        if pre[k]:
            w = min(max(w - rule.a_minus * o, 0.0), 1.0)
            last_pre = k
        if post[k]:
            w = min(max(w + rule.a_plus * r * u, 0.0), 1.0)
            last_post = k
    return w


@pytest.mark.parametrize("a_minus", [0.02, -0.005])
@pytest.mark.parametrize("dt_ms", [0.1, 1.0])
def test_every_synapse_follows_the_formula_of_nearest_spikes(a_minus, dt_ms):
    generator = torch.Generator().manual_seed(0)
    pre, post = ((torch.rand(400, 1, n, generator=generator) < 0.08).double() for n in (3, 2))
    rule = DiehlCookSTDP(a_plus=0.01, a_minus=a_minus, dt_ms=dt_ms, **TAUS)
    w = torch.full((2, 3), 0.4, dtype=torch.float64)
    found = run(rule, pre, post, w)
    for i in range(2):
        for j in range(3):
            assert found[i, j].item() == pytest.approx(by_events(pre[:, 0, j], post[:, 0, i], rule, 0.4), abs=1e-12)
    assert found.unique().numel() > 3


def test_a_single_output_spike_learns_nothing_the_second_does():
    rule = DiehlCookSTDP(a_plus=1.0, a_minus=0.0, dt_ms=1.0, bounds=None, **TAUS)
    w = torch.zeros(1, 1, dtype=torch.float64)
    assert run(rule, train([10], 60), train([12], 60), w).item() == 0
    expected = math.exp(-40 / 17 - 38 / 41)  # last pre spike 40 steps ago, last post spike 38
    assert run(rule, train([10], 60), train([12, 50], 60), w).item() == pytest.approx(expected)


def test_traces_do_not_pile_up():
    rule = DiehlCookSTDP(a_plus=1.0, a_minus=0.0, dt_ms=1.0, bounds=None)
    w = torch.zeros(1, 1, dtype=torch.float64)
    often = run(rule, train(range(0, 20), 40), train([5, 30], 40), w)
    once = run(rule, train([19], 40), train([30], 40), w)
    assert once.item() == 0
    assert often.item() == pytest.approx(math.exp(-11 / 20 - 25 / 40) + 0.0)


def test_batch_is_a_mean_and_a_modulator_scales_it():
    generator = torch.Generator().manual_seed(1)
    pre, post = ((torch.rand(80, 2, n, generator=generator) < 0.2).double() for n in (3, 2))
    rule, w = DiehlCookSTDP(a_plus=0.1, a_minus=0.02, dt_ms=1.0, bounds=None), torch.zeros(2, 3, dtype=torch.float64)
    alone = [run(rule, pre[:, b : b + 1], post[:, b : b + 1], w) for b in range(2)]
    torch.testing.assert_close(run(rule, pre, post, w), (alone[0] + alone[1]) / 2)
    gated = run(rule, pre, post, w, torch.tensor([2.0, 0.0], dtype=torch.float64))
    torch.testing.assert_close(gated, alone[0])


def test_weights_are_scaled_to_their_sum():
    rule = DiehlCookSTDP(total_weight=6.0)
    w = torch.tensor([[1.0, 2.0], [0.0, 0.0]])
    assert rule.normalised(w).tolist() == [[2.0, 4.0], [0.0, 0.0]]


@pytest.mark.parametrize("wrong", [{"tau_slow_ms": 0.0}, {"dt_ms": -1.0}, {"total_weight": 0.0}])
def test_bad_numbers_are_refused(wrong):
    with pytest.raises(NeurariumError, match=f"DiehlCookSTDP: `{next(iter(wrong))}` must be a positive number"):
        DiehlCookSTDP(**wrong)
    with pytest.raises(NeurariumError, match="`bounds` must be a rising pair"):
        DiehlCookSTDP(bounds=(1.0, 0.0))
