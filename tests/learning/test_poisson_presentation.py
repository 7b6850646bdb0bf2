import numpy as np
import pytest
import torch

from neurarium.core import NeurariumError, Rng
from neurarium.learning import poisson_presentation
from neurarium.learning._diehl_cook_kernel import in_order, net_constants, rule_constants, show
from neurarium.nets.spiking import DiehlCook
from neurarium.plasticity import DiehlCookSTDP


def layer(dt_ms, n_inputs=64, n_units=12, **changes):
    net = DiehlCook(n_inputs=n_inputs, n_units=n_units, dt_ms=dt_ms, **{"inhibition": 5.0, **changes}, rng=Rng(0))
    net.weight *= 0.35  # within the bounds of the rule
    return net


def events(n_steps, n_inputs, n_spikes, seed=0):
    generator = np.random.default_rng(seed)
    return generator.integers(n_inputs, size=n_spikes), generator.integers(n_steps, size=n_spikes)


@pytest.mark.parametrize("is_learning", [True, False])
@pytest.mark.parametrize(("dt_ms", "n_steps"), [(0.1, 1500), (0.3, 700)])
def test_kernel_equals_the_steps_of_net_and_rule(is_learning, dt_ms, n_steps):
    net, rule = layer(dt_ms, theta_plus_mv=0.8, tau_gi_ms=30.0), DiehlCookSTDP(a_plus=0.3, a_minus=-2e-3, dt_ms=dt_ms)
    lines, times = events(n_steps, 64, round(64 * 0.1 * n_steps * dt_ms))
    w, theta, counts = np.ascontiguousarray(net.weight.numpy().T), np.zeros(12, np.float32), np.zeros(12, np.float32)
    show(
        *in_order(lines, times, n_steps),
        w,
        theta,
        counts,
        net_constants(net),
        rule_constants(rule, n_steps),
        is_learning,
    )
    x = torch.zeros(n_steps, 1, 64)
    x.index_put_((torch.tensor(times), torch.tensor(0), torch.tensor(lines)), torch.tensor(1.0), accumulate=True)
    net.train(is_learning)
    state, traces, total, before = net.init_state(x[0]), rule.init_state(net.weight), 0.0, net.weight.clone()
    for x_t in x.unbind(0):
        z, state = net.step(x_t, state)
        total = total + z[0]
        if is_learning:
            net.weight, traces = rule.step(x_t, z, net.weight, traces)
    assert counts.tolist() == total.tolist()
    assert counts.sum() > 5
    torch.testing.assert_close(torch.from_numpy(w.T.copy()), net.weight, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(torch.from_numpy(theta), state.theta_mv[0], atol=1e-4, rtol=0)
    assert torch.equal(net.weight, before) != is_learning


def test_events_are_sorted_by_step():
    lines, times = events(9, 5, 40)
    starts, ordered = in_order(lines, times, 9)
    assert starts[0] == 0
    assert starts[-1] == 40
    for k in range(9):
        assert ordered[starts[k] : starts[k + 1]].tolist() == lines[times == k].tolist()


def test_input_rates_are_those_asked_for():
    """Every spike of a strong line fires the unit, so its spikes are the input's, with a dead time of 50 ms."""
    net = layer(0.5, n_inputs=2, n_units=1, inhibition=0.0)
    net.weight.copy_(torch.tensor([[30.0, 0.0]]))
    slow = poisson_presentation(net, torch.tensor([[0.05, 1.0]]).repeat(400, 1), rng=Rng(0)).mean()
    rate, silence = 0.05 * 63.75 / 1000, 50.0
    assert slow.item() == pytest.approx(350 * rate / (1 + rate * silence), rel=0.08)


def test_learning_changes_the_net_and_looking_does_not():
    net, rule = layer(0.5), DiehlCookSTDP(dt_ms=0.5)
    x = torch.rand(4, 8, 8, generator=Rng(0)("x"))
    weight, theta = net.weight.clone(), net.theta_mv.clone()
    a, b = (poisson_presentation(net, x, rng=Rng(1)) for _ in range(2))
    assert torch.equal(a, b)
    assert torch.equal(net.weight, weight)
    counts = poisson_presentation(net, x, rule=rule, rng=Rng(1))
    assert not torch.equal(net.weight, weight)
    torch.testing.assert_close(net.theta_mv - theta, 0.05 * counts.sum(0))


def test_competition_makes_units_specialise():
    """Four patterns without overlap, shown in turn: each ends with units of its own, whose weights have its shape."""
    patterns = torch.eye(4).repeat_interleave(49, 1)
    net = DiehlCook(n_inputs=196, n_units=16, dt_ms=0.5, rng=Rng(0))
    rule = DiehlCookSTDP(a_plus=0.1, dt_ms=0.5)
    for _ in range(15):
        counts = poisson_presentation(net, patterns, rule=rule, rng=Rng(0))
    best = counts.argmax(0)
    assert best.unique().numel() == 4
    inside = net.weight.view(16, 4, 49).sum(2)
    assert (inside.argmax(1) == best).double().mean() > 0.9
    assert (inside.max(1).values / inside.sum(1)).mean() > 0.5


@pytest.mark.parametrize(
    ("pixels", "rule", "says"),
    [
        (torch.zeros(2, 9), None, "`pixels` must have 64 pixels"),
        (torch.full((2, 8, 8), 1.5), None, "`pixels` must lie between 0 and 1"),
        (torch.zeros(2, 8, 8), DiehlCookSTDP(dt_ms=1.0), "`rule` must have the net's time step"),
    ],
)
def test_bad_input_is_refused(pixels, rule, says):
    with pytest.raises(NeurariumError, match=f"poisson_presentation: {says}"):
        poisson_presentation(layer(0.5), pixels, rule=rule, rng=Rng(0))
