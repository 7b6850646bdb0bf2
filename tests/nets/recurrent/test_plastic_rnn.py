"""Plastic rate network: its limit, its trace, its reward, the compiled sweep."""

import pytest
import torch

from neurarium.core import Rng
from neurarium.core.errors import NeurariumError
from neurarium.nets.recurrent import LeakyRNN, PlasticRNN
from neurarium.plasticity import Eligibility, Hebb


def net_of(n_stacked=None, **changes):
    return PlasticRNN(**{"n_inputs": 3, "n_units": 5, "n_stacked": n_stacked, "rng": Rng(0)} | changes).double()


def lived(net, n_rows, n_steps=9, n_shares=None):
    """A state with a history: kicked, rewarded, kicked again."""
    x = torch.randn(n_steps, n_rows, net.n_inputs, generator=Rng(1)("x"), dtype=torch.float64)
    kicks = net.draw_kicks(n_steps, n_shares or n_rows, chance=0.4, rng=Rng(2)).double()
    with torch.no_grad():
        _, state = net.unroll(x, net.init_state(x[0]), kicks)
        state = net.learn(state, torch.linspace(-3, 3, n_rows).double(), lr=1.0, clip=10.0)
    return x, kicks, state


def test_without_plasticity_it_is_the_leaky_network_seen_before_its_filter():
    """v = W_rec h + s: h of a LeakyRNN whose drive is the low-passed input s of one step before."""
    net = net_of(plasticity=0.0)
    x, _, state = lived(net, 4)
    assert state.change.abs().max() > 0.01  # there is something learned that must not act
    state = state._replace(v=torch.zeros_like(state.v))
    y, _ = net(x, state)
    plain = LeakyRNN(n_inputs=5, n_units=5, rng=Rng(3)).double()
    w_in, w_rec = net.weight.detach().split([3, 5], -1)
    with torch.no_grad():
        plain.weight_in.copy_(torch.eye(5))
        plain.weight_rec.copy_(w_rec)
    low_passed, s = [], torch.zeros(4, 5, dtype=torch.float64)
    for x_t in x.unbind(0):
        s = plain.a * s + (1 - plain.a) * x_t @ w_in.mT
        low_passed.append(s)
    s = torch.stack(low_passed)
    h, _ = plain(torch.cat([torch.zeros_like(s[:1]), s[:-1]]))
    torch.testing.assert_close(y, torch.tanh(h @ w_rec.mT + s), rtol=1e-12, atol=1e-12)


def test_what_was_learned_acts_as_alpha_times_p():
    net, told = net_of(plasticity=0.75), net_of(plasticity=0.0)
    x, _, state = lived(net, 1)
    with torch.no_grad():
        told.weight.copy_(net.weight + 0.75 * state.change[0])
    torch.testing.assert_close(net(x, state)[0], told(x, state)[0], rtol=1e-12, atol=1e-12)


def test_trace_and_change_of_one_row_are_those_of_the_eligibility_rule():
    net = net_of(plasticity=0.0, dt_ms=20.0, tau_trace_ms=300.0)
    x, kicks, _ = lived(net, 1)
    rule = Eligibility(rule=Hebb(lr=1.0), tau_ms=300.0, dt_ms=20.0, lr=0.5)
    w, state = torch.zeros(5, 8, dtype=torch.float64), net.init_state(x[0])
    waiting = rule.init_state(w)
    for x_t, kick in zip(x.unbind(0), kicks.unbind(0), strict=True):
        pre = torch.cat([x_t, state.v.tanh()], -1)
        w, waiting = rule.step(pre, kick, w, waiting, torch.zeros(1, dtype=torch.float64))
        _, state = net.step(x_t, state, kick)
    torch.testing.assert_close(state.trace, waiting.trace, rtol=1e-12, atol=1e-12)
    paid = net.learn(state, torch.tensor([2.0]).double(), lr=0.5, clip=1e9)
    torch.testing.assert_close(paid.change[0], 0.5 * 2.0 * waiting.trace[0], rtol=1e-12, atol=1e-12)


def test_one_step_by_hand():
    net = PlasticRNN(n_inputs=1, n_units=1, tau_ms=20.0, tau_trace_ms=20.0, dt_ms=20.0, rng=Rng(0)).double()
    kept = torch.exp(torch.tensor(-1.0)).double()
    with torch.no_grad():
        net.weight.copy_(torch.tensor([[2.0, -1.0]]))
    x = torch.tensor([[0.5]]).double()
    state = net.init_state(x)._replace(v=torch.tensor([[0.3]]).double(), change=torch.full((1, 1, 2), 0.4).double())
    y, after = net.step(x, state, torch.tensor([[0.25]]).double())
    rate = torch.tensor(0.3).double().tanh()
    v = kept * 0.3 + (1 - kept) * ((2.0 + 0.2) * 0.5 + (-1.0 + 0.2) * rate) + 0.25
    torch.testing.assert_close(y.squeeze(), v.tanh())
    torch.testing.assert_close(after.trace.flatten(), torch.stack([0.25 * x.squeeze(), 0.25 * rate]))


def test_a_reward_moves_no_weight_by_more_than_the_bound():
    _, _, state = lived(net_of(), 4)
    paid = net_of().learn(state, torch.tensor([50.0, -50.0, 0.0, 1e-6]).double(), clip=0.01)
    moved = paid.change - state.change
    assert moved.abs().max() <= 0.01 + 1e-15
    torch.testing.assert_close(moved[0], (1.5 * state.trace[0]).clamp(-0.01, 0.01))
    assert (moved[2] == 0).all()


def test_node_perturbation_follows_the_gradient_of_the_reward():
    """Expected change = lr · var(ξ) · dR/dv zᵀ for a reward linear in the rates of one step."""
    net = PlasticRNN(n_inputs=2, n_units=3, plasticity=0.0, rng=Rng(0)).double()
    n, wish = 200_000, torch.tensor([1.0, -2.0, 0.5]).double()
    x = torch.tensor([[0.7, -1.2]]).double().expand(n, 2)
    kick = net.draw_kicks(1, n, chance=1.0, size=0.1, rng=Rng(4))[0].double()
    with torch.no_grad():
        y, state = net.step(x, net.init_state(x), kick)
        calm, _ = net.step(x[:1], net.init_state(x[:1]))
    reward = ((y - calm) * wish).sum(-1)
    mean = net.learn(state, reward, lr=1.0, clip=1e9).change.mean(0)
    expected = 0.1**2 / 3 * (wish * (1 - calm[0] ** 2))[:, None] * torch.cat([x[0], torch.zeros(3).double()])
    assert (mean - expected).norm() < 0.05 * expected.norm()


@pytest.mark.parametrize(("n_stacked", "n_shares"), [(None, 6), (None, 1), (2, 3), (6, 2)])
def test_the_compiled_sweep_is_repeated_step(n_stacked, n_shares):
    net = net_of(n_stacked=n_stacked, n_units=6)
    x, kicks, state = lived(net, 6, n_shares=n_shares)
    with torch.no_grad():
        y, end = net.unroll(x, state, kicks)
    stepped, now = [], state
    for x_t, kick in zip(x.unbind(0), kicks.unbind(0), strict=True):
        y_t, now = net.step(x_t, now, kick)
        stepped.append(y_t)
    for left, right in zip((y, *end), (torch.stack(stepped), *now), strict=True):
        torch.testing.assert_close(left, right.detach(), rtol=1e-12, atol=1e-12)
    with_gradient, _ = net.unroll(x, state, kicks)
    torch.testing.assert_close(with_gradient.detach(), y, rtol=1e-12, atol=1e-12)


def test_stacked_networks_are_single_ones():
    net, single = net_of(n_stacked=3), net_of()
    x, _, state = lived(net, 6)
    together, _ = net(x, state)
    for i in range(3):
        with torch.no_grad():
            single.weight.copy_(net.weight[i])
        own = slice(2 * i, 2 * i + 2)
        alone, _ = single(x[:, own], type(state)(*(part[own] for part in state)))
        torch.testing.assert_close(together[:, own], alone, rtol=1e-12, atol=1e-12)


def test_kicks_are_as_rare_and_as_large_as_asked():
    kicks = net_of().draw_kicks(2000, 10, chance=0.1, size=0.5, rng=Rng(0))
    assert ((kicks != 0).double().mean() - 0.1).abs() < 0.005
    assert 0.49 < kicks.abs().max() <= 0.5
    assert (kicks[kicks != 0].std() - 0.5 / 3**0.5).abs() < 0.01


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (dict(n_units=0), "n_units"),
        (dict(tau_ms=0.0), "tau_ms"),
        (dict(tau_trace_ms=-1.0), "tau_trace_ms"),
        (dict(plasticity=float("nan")), "plasticity"),
        (dict(n_stacked=0), "n_stacked"),
    ],
)
def test_bad_arguments_are_refused(arguments, message):
    with pytest.raises(NeurariumError, match=message):
        net_of(**arguments)


def test_bad_shares_are_refused():
    with pytest.raises(NeurariumError, match="an equal share of rows"):
        net_of(n_stacked=2)(torch.zeros(4, 3, 3).double())
    net = net_of()
    x = torch.zeros(4, 3, 3).double()
    with pytest.raises(NeurariumError, match="share 3 rows out evenly"):
        net.unroll(x, net.init_state(x[0]), torch.zeros(4, 2, 5).double())
    with pytest.raises(NeurariumError, match="over 4 steps"):
        net.unroll(x, net.init_state(x[0]), torch.zeros(3, 1, 5).double())
    with pytest.raises(NeurariumError, match="chance"):
        net.draw_kicks(4, 1, chance=2.0, rng=Rng(0))
    with pytest.raises(NeurariumError, match="clip"):
        net.learn(net.init_state(x[0]), torch.zeros(3).double(), clip=0.0)
