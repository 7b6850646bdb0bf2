import pytest
import torch

from neurarium.core import NeurariumError
from neurarium.plasticity import PairSTDP
from neurarium.plasticity._traces import advance, bounded, mean_product, running_rate


def test_trace_sums_what_earlier_spikes_left():
    spikes = (torch.rand(30, 2, 3, generator=torch.Generator().manual_seed(0)) < 0.3).double()
    trace, seen = torch.zeros(1, 3, dtype=torch.float64), []
    for s in spikes.unbind(0):
        before, trace = advance(trace, s, 0.8)
        seen.append(before)
    lag = torch.arange(30)[:, None] - torch.arange(30)
    kernel = torch.where(lag > 0, 0.8 ** lag.double(), 0)
    torch.testing.assert_close(torch.stack(seen), torch.einsum("ts,sbu->tbu", kernel, spikes))


def test_mean_product_is_the_mean_of_outer_products():
    post, pre, m = torch.randn(4, 2), torch.randn(4, 3), torch.tensor([1.0, 0.0, -2.0, 0.5])
    by_hand = sum(m[b] * torch.outer(post[b], pre[b]) for b in range(4)) / 4
    torch.testing.assert_close(mean_product(post, pre, m), by_hand)
    torch.testing.assert_close(mean_product(post, pre), mean_product(post, pre, torch.ones(4)))


def test_running_rate_is_a_weighted_mean_of_means():
    rate = running_rate(torch.tensor([1.0]), torch.tensor([[0.0], [4.0]]), 0.75)
    assert rate.item() == 0.75 * 1 + 0.25 * 2


def test_bounds_cut_and_may_be_absent():
    w = torch.tensor([[-2.0, 0.5, 3.0]])
    assert bounded(w, (0.0, 1.0)).tolist() == [[0.0, 0.5, 1.0]]
    assert bounded(w, None) is w


def test_falling_bounds_are_refused():
    with pytest.raises(NeurariumError, match="PairSTDP: `bounds` must be a rising pair of numbers"):
        PairSTDP(bounds=(1.0, 0.0))
