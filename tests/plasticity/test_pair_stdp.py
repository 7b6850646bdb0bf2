import math

import pytest
import torch
from tests.plasticity._spikes import change, train

from neurarium.core import NeurariumError
from neurarium.plasticity import PairSTDP


def window(delta_ms, a_plus, a_minus, tau_plus, tau_minus):
    if delta_ms == 0:
        return 0.0
    return a_plus * math.exp(-delta_ms / tau_plus) if delta_ms > 0 else -a_minus * math.exp(delta_ms / tau_minus)


@pytest.mark.parametrize("dt_ms", [0.5, 1.0])
def test_measured_window_is_the_formula(dt_ms):
    rule = PairSTDP(a_plus=0.3, a_minus=0.2, tau_plus_ms=17.0, tau_minus_ms=34.0, dt_ms=dt_ms)
    for steps in range(-80, 81, 5):
        found = change(rule, train([100], 201), train([100 + steps], 201)).item()
        assert found == pytest.approx(window(steps * dt_ms, 0.3, 0.2, 17.0, 34.0), abs=1e-12)


def test_all_pairs_of_two_trains_add_up():
    generator = torch.Generator().manual_seed(3)
    pre, post = ((torch.rand(120, 1, n, generator=generator) < 0.1).double() for n in (3, 2))
    found = change(PairSTDP(a_plus=0.3, a_minus=0.2, tau_plus_ms=17.0, tau_minus_ms=34.0), pre, post)
    for i in range(2):
        for j in range(3):
            pairs = [
                window(t - s, 0.3, 0.2, 17.0, 34.0)
                for t in post[:, 0, i].nonzero().flatten().tolist()
                for s in pre[:, 0, j].nonzero().flatten().tolist()
            ]
            assert found[i, j].item() == pytest.approx(sum(pairs), abs=1e-12)


def test_batch_is_a_mean_over_trains_of_their_own():
    generator = torch.Generator().manual_seed(4)
    pre, post = ((torch.rand(60, 5, n, generator=generator) < 0.2).double() for n in (3, 2))
    rule = PairSTDP()
    alone = [change(rule, pre[:, b : b + 1], post[:, b : b + 1]) for b in range(5)]
    torch.testing.assert_close(change(rule, pre, post), torch.stack(alone).mean(0))


@pytest.mark.parametrize(("is_depression_modulated", "growth"), [(False, 3.0), (True, 1.0)])
def test_modulator_scales_all_or_the_loss_alone(is_depression_modulated, growth):
    rule = PairSTDP(a_plus=1.0, a_minus=1.0, is_depression_modulated=is_depression_modulated)
    on, off, w = torch.ones(1, 1), torch.zeros(1, 1), torch.zeros(1, 1)
    for (x, y), factor in (((on, off), growth), ((off, on), -3.0)):
        _, state = rule.step(x, y, w, rule.init_state(w))
        after, _ = rule.step(y, x, w, state, torch.tensor([3.0]))
        assert after.item() == pytest.approx(factor * math.exp(-1 / 20), rel=1e-6)


def test_weights_stay_within_their_bounds():
    pre, post = train(range(0, 90, 9), 100), train(range(1, 91, 9), 100)
    assert change(PairSTDP(a_plus=0.3, a_minus=0.1, bounds=(0.0, 1.0)), pre, post).item() == 1.0
    assert change(PairSTDP(a_plus=0.1, a_minus=0.3, bounds=(0.0, 1.0)), post, pre).item() == 0.0


@pytest.mark.parametrize(
    "wrong", [{"a_plus": float("nan")}, {"tau_plus_ms": 0.0}, {"tau_minus_ms": -1.0}, {"dt_ms": 0.0}]
)
def test_numbers_out_of_range_are_refused(wrong):
    with pytest.raises(NeurariumError, match=f"PairSTDP: `{next(iter(wrong))}` must"):
        PairSTDP(**wrong)
