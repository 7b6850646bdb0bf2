import pytest
import torch

from neurarium.core import Rng
from neurarium.studies.neurons import _sensory_layers as layers
from neurarium.tasks import CartPole

SIZES = layers.Sizes(n_units=4, n_keys=5, n_queries=6)
PLACED = layers.Sizes(n_units=4, n_keys=5, n_queries=6, n_places=5)
KEYS = [layers.attention, layers.cooperator, layers.shuffled, layers.alone]


def population(key, n_agents=3):
    return layers.agents(key, SIZES, torch.stack([SIZES.first(Rng(s)) for s in range(n_agents)]).double())


def seen(n_agents=3, n_episodes=2, n_channels=5):
    return torch.randn(n_agents, n_episodes, n_channels, generator=Rng(0)("seen"), dtype=torch.float64)


def answers(key, inputs):
    who = population(key)
    state = who.start(inputs)
    for _ in range(3):
        push, _, state = who.act(inputs, state)
    return push


@pytest.mark.parametrize("key", KEYS)
def test_the_order_of_channels_does_not_matter(key):
    order = torch.tensor([3, 0, 4, 1, 2])
    torch.testing.assert_close(answers(key, seen()), answers(key, seen()[..., order]))


@pytest.mark.parametrize("key", KEYS)
def test_only_the_shuffled_layer_hears_of_other_episodes(key):
    changed = seen()
    changed[:, 1] += 1
    moved = (answers(key, seen()) != answers(key, changed)).any(0)
    assert moved.tolist() == [key is layers.shuffled, True]


@pytest.mark.parametrize("key", KEYS)
def test_agents_together_act_as_each_alone(key):
    who, inputs = population(key), seen()
    push, _, _ = who.act(inputs, who.start(inputs))
    for n in range(3):
        one = who.kept(torch.tensor([n]))
        alone, _, _ = one.act(inputs[n : n + 1], one.start(inputs[n : n + 1]))
        torch.testing.assert_close(alone[0], push[n])


def test_unit_of_a_channel_is_torch_lstm_cell():
    who, inputs = population(layers.attention, 1), seen(1)
    cell = torch.nn.LSTMCell(2, 4).double()
    i, f, o, g = range(4)
    with torch.no_grad():  # torch's order of gates is i, f, g, o
        for name, w in (
            ("weight_ih", who.w["x"][0].mT),
            ("weight_hh", who.w["h"][0].mT),
            ("bias_ih", who.w["b"][0, 0]),
        ):
            parts = w.chunk(4)
            getattr(cell, name).copy_(torch.cat([parts[i], parts[f], parts[g], parts[o]]))
        cell.bias_hh.zero_()
        state = (torch.zeros(10, 4).double(), torch.zeros(10, 4).double())
        ours = who.start(inputs)
        for _ in range(3):
            last = ours[2]
            _, _, ours = who.act(inputs, ours)
            fed = torch.stack([inputs, last[..., None].expand_as(inputs)], -1).reshape(10, 2)
            state = cell(fed, state)
    torch.testing.assert_close(ours[0].reshape(10, 4), state[0])


def test_neighbours_are_all_but_oneself():
    keys = torch.randn(2, 3, 5, 4, generator=Rng(0)("keys"), dtype=torch.float64)
    by_hand = torch.stack([torch.cat([keys[:, :, :i], keys[:, :, i + 1 :]], 2).mean(2) for i in range(5)], 2)
    torch.testing.assert_close(layers.neighbours(keys), by_hand)


def test_parameters_split_and_none_is_left():
    flat = SIZES.first(Rng(0))
    parts = SIZES.split(flat[None])
    assert len(flat) == SIZES.n_parameters() == sum(p.numel() for p in parts.values())
    assert {n: tuple(p.shape[1:]) for n, p in parts.items()} == SIZES.shapes()


@pytest.mark.parametrize("key", KEYS)
def test_putting_fallen_agents_aside_changes_no_return(key):
    task = CartPole(n_noise=1, n_steps=60)
    who = layers.agents(key, SIZES, torch.stack([SIZES.first(Rng(s)) for s in range(8)]) * 3)
    starts = task.reset((8, 2), rng=Rng(0))
    noise = task.noise((60, 8, 2), rng=Rng(0))
    together = layers.play(who, task, starts, noise)
    for n in range(8):
        rows = torch.tensor([n])
        alone = layers.play(who.kept(rows), task, type(starts)(*(s[rows] for s in starts)), noise[:, rows])
        assert torch.equal(alone[0], together[n])
    assert together.min() < 30 < 60  # some are put aside early


def test_a_context_tied_to_places_is_not_permutation_invariant():
    flat = torch.stack([PLACED.first(Rng(s)) for s in range(3)]).double()
    order, found = torch.tensor([3, 0, 4, 1, 2]), []
    for inputs in (seen(), seen()[..., order]):
        who = layers.agents(layers.placed, PLACED, flat)
        state = who.start(inputs)
        for _ in range(3):
            push, _, state = who.act(inputs, state)
        found.append(push)
    assert (found[0] - found[1]).abs().max() > 1e-3
    assert PLACED.n_parameters() == SIZES.n_parameters() + 6 * 5 + 5
