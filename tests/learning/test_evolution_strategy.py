import pytest
import torch

from neurarium.core import Rng
from neurarium.core.errors import NeurariumError
from neurarium.learning import EvolutionStrategy
from neurarium.learning.evolution_strategy import _centred_ranks


def test_ranks_by_hand():
    assert _centred_ranks(torch.tensor([3.0, 1.0, 2.0])).tolist() == [0.5, -0.5, 0.0]
    assert _centred_ranks(torch.tensor([1.0, 5.0, 1.0, 1.0, 5.0])).tolist() == [-0.25, 0.375, -0.25, -0.25, 0.375]
    assert _centred_ranks(torch.full((4,), 7.0)).tolist() == [0.0] * 4


def test_candidates_are_antithetic_around_the_mean():
    search = EvolutionStrategy(n_pairs=5, search_std=0.3)
    state = search.init_state(torch.arange(4.0))
    noise = search.draw(state, rng=Rng(0))
    found = search.candidates(state, noise)
    torch.testing.assert_close(found[:5] + found[5:], 2 * state.mean.expand(5, -1))
    torch.testing.assert_close(found[:5] - state.mean, 0.3 * noise)


def test_one_pair_by_hand():
    """Ranks of a pair are ±1/2: the slope is ±ε / (2 σ), and Adam's first step ±lr along its signs."""
    search = EvolutionStrategy(n_pairs=1, search_std=0.5, lr=0.1)
    state, noise = search.init_state(torch.zeros(3)), torch.tensor([[1.0, -2.0, 0.5]])
    for returns, sign in (([2.0, 1.0], 1.0), ([1.0, 2.0], -1.0)):
        after = search.tell(state, noise, torch.tensor(returns))
        torch.testing.assert_close(after.first, sign * 0.1 * noise[0] / (2 * 0.5))
        torch.testing.assert_close(after.mean, sign * 0.1 * noise[0].sign())


def test_updates_are_those_of_torch_adam_on_the_same_slopes():
    search = EvolutionStrategy(n_pairs=6, lr=0.03)
    state = search.init_state(torch.randn(4, generator=Rng(0)("start"), dtype=torch.float64))
    peer = torch.nn.Parameter(state.mean.clone())
    adam = torch.optim.Adam([peer], lr=0.03)
    for i in range(5):
        noise = search.draw(state, rng=Rng(i))
        returns = -search.candidates(state, noise).square().sum(-1)
        ranks = returns.argsort().argsort().double() / 11 - 0.5
        peer.grad = -(ranks[:6] - ranks[6:]) @ noise / (2 * 6 * 0.1)
        adam.step()
        state = search.tell(state, noise, returns)
        torch.testing.assert_close(state.mean, peer.detach())


def test_only_the_order_of_returns_counts():
    search = EvolutionStrategy(n_pairs=4)
    state = search.init_state(torch.zeros(3))
    noise, returns = search.draw(state, rng=Rng(0)), torch.randn(8, generator=Rng(1)("returns"))
    one, two = search.tell(state, noise, returns), search.tell(state, noise, returns.exp() * 100)
    assert torch.equal(one.mean, two.mean)


def test_nothing_moves_where_all_returns_are_equal():
    search = EvolutionStrategy(n_pairs=4)
    state = search.init_state(torch.ones(3))
    after = search.tell(state, search.draw(state, rng=Rng(0)), torch.full((8,), 9.0))
    assert torch.equal(after.mean, state.mean)


def test_slope_points_up_hill():
    search, up = EvolutionStrategy(n_pairs=4000), torch.tensor([3.0, -1.0, 0.5])
    state = search.init_state(torch.zeros(3))
    noise = search.draw(state, rng=Rng(0))
    after = search.tell(state, noise, search.candidates(state, noise) @ up)
    assert torch.cosine_similarity(after.first, up, dim=0) > 0.995


@pytest.mark.parametrize("change", [dict(n_pairs=0), dict(search_std=0.0), dict(lr=-1.0)])
def test_bad_options_are_refused(change):
    with pytest.raises(NeurariumError, match=next(iter(change))):
        EvolutionStrategy(**change)


def test_bad_number_of_returns_is_refused():
    search = EvolutionStrategy(n_pairs=2)
    state = search.init_state(torch.zeros(3))
    with pytest.raises(NeurariumError, match="returns"):
        search.tell(state, torch.zeros(2, 3), torch.zeros(3))
