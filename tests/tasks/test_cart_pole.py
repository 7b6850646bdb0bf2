import math

import pytest
import torch

from neurarium.core import Rng
from neurarium.core.errors import NeurariumError
from neurarium.tasks import CartPole
from neurarium.tasks.cart_pole import CartPoleState


def by_hand(x, v, theta, omega, force):
    """One Euler step written out with the numbers of gymnasium's CartPole-v1."""
    temp = (force + 0.05 * omega**2 * math.sin(theta)) / 1.1
    spin = (9.8 * math.sin(theta) - math.cos(theta) * temp) / (0.5 * (4.0 / 3.0 - 0.1 * math.cos(theta) ** 2 / 1.1))
    pull = temp - 0.05 * spin * math.cos(theta) / 1.1
    return x + 0.02 * v, v + 0.02 * pull, theta + 0.02 * omega, omega + 0.02 * spin


def state_of(*rows):
    body = torch.tensor(rows, dtype=torch.float64)
    return CartPoleState(body, torch.arange(4).expand(len(rows), 4), torch.ones(len(rows), dtype=torch.bool))


@pytest.mark.parametrize("push", [1.0, -1.0])
def test_a_step_is_the_hand_integrated_one(push):
    start = (0.3, -0.7, 0.11, 1.9)
    state, expected = state_of(start), start
    for _ in range(3):
        state = CartPole().step(torch.tensor([push], dtype=torch.float64), state)
        expected = by_hand(*expected, 10 * push)
        assert state.body[0].tolist() == pytest.approx(expected, abs=1e-13)


def test_first_step_in_numbers():
    state = CartPole().step(torch.ones(1), state_of((0.0, 0.0, 0.05, 0.0)))
    assert state.body[0].tolist() == pytest.approx([0.0, 0.194370, 0.05, -0.276498], abs=2e-6)


def test_near_the_top_the_pole_falls_as_an_inverted_pendulum():
    """Half of a push to the left and one to the right is no push; θ then grows with the rate of the closed form."""
    rate = math.sqrt(9.8 / (0.5 * (4 / 3 - 0.1 / 1.1)))
    body = (0.0, 0.0, 1e-4, 0.0)
    for _ in range(20):
        left, right = (CartPole().step(torch.tensor([s]).double(), state_of(body)).body[0] for s in (-1, 1))
        body = tuple(((left + right) / 2).tolist())
    euler = ((1 + 0.02 * rate) ** 20 + (1 - 0.02 * rate) ** 20) / 2
    assert body[2] == pytest.approx(1e-4 * euler, rel=1e-5)


def test_episodes_end_beyond_the_track_or_the_tilt_and_stay_as_they_are():
    edge = math.radians(12)
    state = state_of((2.39, 1.0, 0.0, 0.0), (-2.39, -1.0, 0.0, 0.0), (0.0, 0.0, edge - 0.01, 1.0), (0.0, 0.0, 0.0, 0.0))
    state = CartPole().step(torch.ones(4), state)
    assert state.is_up.tolist() == [False, False, False, True]
    later = CartPole().step(torch.ones(4), state)
    assert torch.equal(later.body[:3], state.body[:3])
    assert not torch.equal(later.body[3], state.body[3])
    assert later.is_up.tolist() == [False, False, False, True]


def test_channels_are_permuted_by_episode_and_hold_what_they_should():
    task = CartPole(n_noise=3)
    state, noise = task.reset((200,), rng=Rng(0)), task.noise((200,), rng=Rng(1))
    seen = task.observe(state, noise)
    inverse = state.order.argsort(-1)
    torch.testing.assert_close(seen.gather(-1, inverse), torch.cat([state.body, noise], -1), rtol=0, atol=0)
    first = (state.order == 0).double().mean(0)
    assert ((first - 1 / 7).abs() < 0.1).all()
    assert state.body.abs().max() <= 0.05


def test_a_good_linear_policy_balances_and_no_policy_does_not():
    task, gains = CartPole(), torch.tensor([0.1, 0.5, 3.0, 1.0])
    alive = []
    for policy in (lambda s: s.body @ gains, lambda s: torch.ones(20)):
        state = task.reset((20,), rng=Rng(0))
        total = torch.zeros(20)
        for _ in range(task.n_steps):
            total += state.is_up
            state = task.step(policy(state), state)
        alive.append(total.mean().item())
    assert alive[0] == 500
    assert 8 <= alive[1] <= 11  # as long as gymnasium's cart lasts when it is pushed one way


def test_same_seed_same_episodes():
    one, two = (CartPole(n_noise=1).reset((5,), rng=Rng(3)) for _ in range(2))
    assert torch.equal(one.body, two.body)
    assert torch.equal(one.order, two.order)


@pytest.mark.parametrize("change", [dict(n_noise=-1), dict(noise_std=-0.1), dict(n_steps=0)])
def test_bad_options_are_refused(change):
    with pytest.raises(NeurariumError, match=next(iter(change))):
        CartPole(**change)
