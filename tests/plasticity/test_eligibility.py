import math

import pytest
import torch
from tests.plasticity._spikes import train

from neurarium.core import NeurariumError
from neurarium.plasticity import Eligibility, Hebb, KWinners, OjaSubspace, PairSTDP


def run(rule, pre, post, reward, n_post=1, n_pre=1):
    w = torch.zeros(n_post, n_pre, dtype=torch.float64)
    state = rule.init_state(w)
    for x, y, m in zip(pre.unbind(0), post.unbind(0), reward.unbind(0), strict=True):
        w, state = rule.step(x, y, w, state, m)
    return w


@pytest.mark.parametrize(("delta", "wait"), [(5, 30), (-8, 200), (3, 0)])
def test_late_reward_finds_the_pair_that_earned_it(delta, wait):
    rule = Eligibility(rule=PairSTDP(a_plus=0.3, a_minus=0.2), tau_ms=150.0, lr=0.5)
    last = max(20, 20 + delta)
    reward = train([last + wait], 400).squeeze(-1) * -2.0
    found = run(rule, train([20], 400), train([20 + delta], 400), reward).item()
    pair = (0.3 if delta > 0 else -0.2) * math.exp(-abs(delta) / 20)
    assert found == pytest.approx(0.5 * -2.0 * pair * math.exp(-wait / 150), rel=1e-12)


def test_each_sample_is_taught_by_its_own_reward():
    generator = torch.Generator().manual_seed(0)
    pre, post = ((torch.rand(50, 4, n, generator=generator) < 0.3).double() for n in (3, 2))
    reward = torch.randn(50, 4, generator=generator, dtype=torch.float64)
    rule = Eligibility(rule=PairSTDP(), tau_ms=20.0)
    alone = [run(rule, *(s[:, b : b + 1] for s in (pre, post, reward)), 2, 3) for b in range(4)]
    torch.testing.assert_close(run(rule, pre, post, reward, 2, 3), torch.stack(alone).mean(0))


def test_trace_that_fades_at_once_under_reward_one_is_the_rule_itself():
    generator = torch.Generator().manual_seed(1)
    pre, post = ((torch.rand(40, 3, n, generator=generator) < 0.3).double() for n in (3, 2))
    inner = PairSTDP()
    found = run(Eligibility(rule=inner, tau_ms=1e-3), pre, post, torch.ones(40, 3), 2, 3)
    torch.testing.assert_close(found, run(inner, pre, post, torch.ones(40, 3), 2, 3))


def test_no_modulator_means_one():
    x, w = torch.ones(2, 3), torch.zeros(3, 3)
    rule = Eligibility(rule=Hebb())
    with_ones, _ = rule.step(x, x, w, rule.init_state(w), torch.ones(2))
    assert torch.equal(rule.step(x, x, w, rule.init_state(w))[0], with_ones)


@pytest.mark.parametrize("inner", [OjaSubspace(), KWinners(rule=Hebb())])
def test_wraps_rules_whose_state_is_not_all_tensors(inner):
    x, w = torch.randn(4, 3, generator=torch.Generator().manual_seed(2)), torch.eye(3)[:2]
    rule = Eligibility(rule=inner, tau_ms=1e-3)
    found, _ = rule.step(x, x @ w.mT, w, rule.init_state(w))
    torch.testing.assert_close(found, inner.step(x, x @ w.mT, w, inner.init_state(w))[0])


def test_sum_of_changes_stays_within_bounds():
    x, w = torch.ones(1, 1), torch.zeros(1, 1)
    rule = Eligibility(rule=Hebb(lr=1.0), bounds=(0.0, 0.5))
    assert rule.step(x, x, w, rule.init_state(w))[0].item() == 0.5


@pytest.mark.parametrize("wrong", [{"tau_ms": 0.0}, {"lr": -1.0}, {"dt_ms": 0.0}, {"rule": "hebb"}])
def test_bad_arguments_are_refused(wrong):
    with pytest.raises(NeurariumError, match=f"Eligibility: `{next(iter(wrong))}` must"):
        Eligibility(**{"rule": Hebb(), **wrong})
