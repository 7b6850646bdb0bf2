import pytest
import torch

from neurarium.alignment import sdr_error_rates
from neurarium.core import NeurariumError, Rng
from neurarium.neurons import ActiveDendrite


def patterns(n, n_units, n_active, seed):
    keys = torch.rand(n, n_units, generator=Rng(seed)("patterns"))
    return torch.zeros(n, n_units, dtype=torch.bool).scatter_(1, keys.topk(n_active).indices, True)


def test_overlap_is_the_binary_dot_product_in_any_shape():
    dendrite = ActiveDendrite(n_inputs=50, n_segments=9, n_synapses=6, threshold=3)
    for seed in range(3):
        dendrite.store(patterns(9, 50, 10, seed), rng=Rng(seed))
    x = patterns(12, 50, 15, 9)
    expected = x.long() @ dendrite.synapses.long().mT
    assert torch.equal(dendrite.overlap(x), expected)
    assert torch.equal(dendrite(x), expected >= 3)
    assert torch.equal(dendrite(x.reshape(3, 4, 50)), dendrite(x).reshape(3, 4, 9))
    assert torch.equal(dendrite(x[0]), dendrite(x)[0])
    assert dendrite(x).dtype == torch.bool


def test_a_segment_without_synapses_is_silent():
    dendrite = ActiveDendrite(n_inputs=5, n_segments=3, n_synapses=2, threshold=1)
    assert not dendrite(torch.ones(4, 5, dtype=torch.bool)).any()


def test_synapses_grow_on_active_cells_alone_and_unions_keep_the_old_ones():
    dendrite = ActiveDendrite(n_inputs=40, n_segments=200, n_synapses=5, threshold=5)
    first, second = patterns(200, 40, 8, 0), patterns(200, 40, 8, 1)
    dendrite.store(first, rng=Rng(0))
    before = dendrite.synapses.clone()
    assert (before.sum(1) == 5).all()
    assert not (before & ~first).any()
    dendrite.store(second, rng=Rng(1))
    assert not (before & ~dendrite.synapses).any()
    assert not (dendrite.synapses & ~(first | second)).any()
    assert dendrite(first).diagonal().all()
    assert dendrite(second).diagonal().all()
    share = before[:, :].sum().item() / first.sum().item()
    assert share == 5 / 8
    chosen = before.float().sum(0) / first.float().sum(0)  # each active cell is as likely
    assert (chosen - 5 / 8).abs().max() < 0.35


@pytest.mark.parametrize("n_patterns", [1, 4])
def test_error_rates_are_those_of_the_closed_form(n_patterns):
    sizes = dict(n_units=300, n_active=24, n_synapses=10)
    rates = sdr_error_rates(**sizes, threshold=[4, 7], n_patterns=n_patterns, corruption=0.5)
    dendrite = ActiveDendrite(n_inputs=300, n_segments=1500, n_synapses=10, threshold=4)
    for k in range(n_patterns):
        stored = patterns(1500, 300, 24, k)
        dendrite.store(stored, rng=Rng(k))
    alarms = dendrite(patterns(1000, 300, 24, 99)).double().mean()
    keep = torch.rand(1500, 300, generator=Rng(7)("keep")).masked_fill(~stored, -1).topk(12).indices
    new = torch.rand(1500, 300, generator=Rng(7)("new")).masked_fill(stored, -1).topk(12).indices
    noisy = torch.zeros_like(stored).scatter_(1, keep, True).scatter_(1, new, True)
    misses = (dendrite.overlap(noisy).diagonal() < 7).double().mean()
    assert alarms == pytest.approx(rates.false_positive[0], rel=0.02)
    assert misses == pytest.approx(rates.false_negative[1], abs=4 * 0.5 / 1500**0.5)


def test_growth_is_reproducible_and_leaves_the_global_state_alone():
    before = torch.get_rng_state()
    pair = [ActiveDendrite(n_inputs=30, n_segments=4, n_synapses=3, threshold=2) for _ in range(3)]
    for dendrite, seed in zip(pair, (0, 0, 1), strict=True):
        dendrite.store(patterns(4, 30, 9, 5), rng=Rng(seed))
    assert torch.equal(pair[0].synapses, pair[1].synapses)
    assert not torch.equal(pair[0].synapses, pair[2].synapses)
    assert torch.equal(before, torch.get_rng_state())
    twin = ActiveDendrite(n_inputs=30, n_segments=4, n_synapses=3, threshold=2)
    twin.load_state_dict(pair[0].state_dict())
    assert torch.equal(twin.synapses, pair[0].synapses)


@pytest.mark.parametrize("wrong", [{"threshold": 0}, {"n_segments": 0}, {"n_synapses": 7}])
def test_bad_sizes_are_refused(wrong):
    with pytest.raises(NeurariumError, match=f"ActiveDendrite: `{next(iter(wrong))}` must be"):
        ActiveDendrite(**{**dict(n_inputs=6, n_segments=2, n_synapses=3, threshold=2), **wrong})


def test_bad_patterns_are_refused():
    dendrite = ActiveDendrite(n_inputs=6, n_segments=2, n_synapses=3, threshold=2)
    with pytest.raises(NeurariumError, match=r"`patterns` must be \(2, 6\)"):
        dendrite.store(torch.ones(3, 6, dtype=torch.bool), rng=Rng(0))
    with pytest.raises(NeurariumError, match="`patterns` must have at least 3 active cells each, got 0"):
        dendrite.store(torch.zeros(2, 6, dtype=torch.bool), rng=Rng(0))
